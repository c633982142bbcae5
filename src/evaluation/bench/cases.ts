/** Every case of the benchmark. */
import { createModel, type ModelConfigInput, preset } from '../../models/index.js'
import { UserError } from '../../platform/errors.js'
import { adamW } from '../../training/index.js'
import type { Extras, Figures } from './figures.js'
import { type BenchFrame, frameModel } from './frame.js'
import { decoding, training, type Workload } from './workload.js'

export interface BenchCase {
  readonly name: string
  readonly summary: string
  /** What runs, each in its own process; the first gives the case its time and memory. */
  readonly workloads: Readonly<Record<string, Workload>>
  /** Where PyTorch runs the same beside it. */
  readonly frame?: BenchFrame
  /** Steps that a side takes before it is the next one's turn. */
  readonly steps: number
  /** Only the first step of a new process counts. */
  readonly fresh?: true
  extras?(figures: Readonly<Record<string, Figures>>): Extras
}

const small: BenchFrame = {
  task: 'train',
  mixer: 'softmax',
  vocabulary: 256,
  context: 256,
  batch: 8,
  dim: 256,
  heads: 4,
  layers: 4,
}
const characters: BenchFrame = { ...small, vocabulary: 65, context: 64, batch: 12, dim: 128 }

/** Adam, which AdamW is without decay, and no clipping: what the other side does too. */
const frameTraining = (frame: BenchFrame): Workload =>
  training({
    model: () => frameModel(frame),
    batch: frame.batch,
    context: frame.context,
    optimizer: adamW(0.9, 0.999),
    weightDecay: 0,
    clip: 0,
  })

function sideBySide(name: string, summary: string, frame: BenchFrame, steps: number): BenchCase {
  const ours = frame.task === 'train' ? frameTraining(frame) : decoding(() => frameModel(frame))
  return { name, summary, workloads: { ours }, frame, steps }
}

/** A preset trained as `train` does by default. */
function presetTraining(name: string, batch: number, context: number, settings: Partial<ModelConfigInput>): Workload {
  return training({ model: () => createModel({ ...preset(name), ...settings }), batch, context })
}

const deep = { dim: 256, layers: 12 }
const words = 50_000

/** 97 million parameters. */
const large = () =>
  createModel({
    ...preset('transformer'),
    dim: 768,
    heads: 12,
    layers: 12,
    input: { kind: 'tokens', vocabulary: 16_000 },
  })

export const benchCases: readonly BenchCase[] = [
  sideBySide('gpt-small', 'softmax attention, 4 layers, d=256, T=256, batch 8', small, 3),
  sideBySide('gpt-char', 'softmax attention, 4 layers, d=128, T=64, batch 12, 65 characters', characters, 15),
  sideBySide('gla', 'gated linear attention in the frame of gpt-small', { ...small, mixer: 'gla' }, 3),
  sideBySide('mamba2', 'scalar decay in the frame of gpt-small', { ...small, mixer: 'mamba2' }, 3),
  sideBySide('deltanet', 'the delta rule in the frame of gpt-small', { ...small, mixer: 'delta-net' }, 3),
  sideBySide('retnet', 'retention in the frame of gpt-small', { ...small, mixer: 'retnet' }, 3),
  sideBySide('rwkv6', 'the recurrence of RWKV-6 in the frame of gpt-small', { ...small, mixer: 'rwkv6' }, 3),
  sideBySide('mamba', 'the selective state space in the frame of gpt-small', { ...small, mixer: 'mamba' }, 3),
  sideBySide('hyena', 'long convolutions and gates in the frame of gpt-small', { ...small, mixer: 'hyena' }, 3),
  sideBySide('s4', 'state spaces as convolutions in the frame of gpt-small', { ...small, mixer: 's4' }, 3),
  sideBySide('lstm', '2 LSTM layers, d=256, T=256, batch 8', { ...small, mixer: 'lstm', layers: 2 }, 3),
  sideBySide('gru', '2 GRU layers, d=256, T=256, batch 8', { ...small, mixer: 'gru', layers: 2 }, 3),
  sideBySide('gla-decode', 'one token through gla, batch 1', { ...small, task: 'decode', mixer: 'gla', batch: 1 }, 100),
  {
    name: 'tiny',
    summary: 'the transformer preset, 1 layer, d=32, T=32, batch 4',
    workloads: { ours: presetTraining('transformer', 4, 32, { dim: 32, layers: 1 }) },
    steps: 100,
    extras: ({ ours }) => ({ stepsPerSecond: 1000 / ours.msPerStep }),
  },
  {
    name: 'gla-long',
    summary: 'the gla preset, 4 layers, d=256, at T=4,096, batch 1, against T=512, batch 8',
    workloads: {
      long: presetTraining('gla', 1, 4096, { dim: 256 }),
      short: presetTraining('gla', 8, 512, { dim: 256 }),
    },
    steps: 1,
    extras: ({ long, short }) => ({
      shortTokensPerSecond: Math.round(short.tokensPerSecond),
      throughputKept: long.tokensPerSecond / short.tokensPerSecond,
    }),
  },
  {
    name: 'recompute',
    summary: 'the transformer preset, 12 layers, d=256, T=1,024, batch 2, computed again in the backward pass',
    workloads: {
      recomputed: presetTraining('transformer', 2, 1024, { ...deep, recompute: true }),
      stored: presetTraining('transformer', 2, 1024, deep),
    },
    steps: 1,
    extras: ({ recomputed, stored }) => ({
      storedMsPerStep: stored.msPerStep,
      storedPeakRssMiB: stored.peakRssMiB,
      memorySaved: 1 - recomputed.peakRssMiB / stored.peakRssMiB,
      gradientsEqual: recomputed.fingerprint === stored.fingerprint,
    }),
  },
  {
    name: 'vocabulary',
    summary: 'the transformer preset, 4 layers, d=256, 50,000 words, 2,048 tokens a batch',
    workloads: {
      ours: presetTraining('transformer', 8, 256, { dim: 256, input: { kind: 'tokens', vocabulary: words } }),
    },
    steps: 1,
  },
  {
    name: 'quantized',
    summary: 'one token through 97 million parameters, 12 layers, d=768, 16,000 words, in int4, int8 and f32',
    workloads: { int4: decoding(large, 'int4'), int8: decoding(large, 'int8'), f32: decoding(large) },
    steps: 10,
    extras: ({ int4, int8, f32 }) => ({
      int8TokensPerSecond: int8.tokensPerSecond,
      int8PeakRssMiB: int8.peakRssMiB,
      f32TokensPerSecond: f32.tokensPerSecond,
      f32PeakRssMiB: f32.peakRssMiB,
      int4Speedup: int4.tokensPerSecond / f32.tokensPerSecond,
      int4PeakMemory: int4.peakRssMiB / f32.peakRssMiB,
      int4RssMiB: int4.rssMiB ?? Number.NaN,
      int8RssMiB: int8.rssMiB ?? Number.NaN,
      f32RssMiB: f32.rssMiB ?? Number.NaN,
      int4Memory: (int4.rssMiB ?? Number.NaN) / (f32.rssMiB ?? Number.NaN),
    }),
  },
  {
    name: 'first-step',
    summary: 'gpt-small from nothing: tracing, compiling and running the first step in a new process',
    workloads: { ours: frameTraining(small) },
    steps: 1,
    fresh: true,
    extras: ({ ours }) => ({ firstStepSeconds: ours.msPerStep / 1000 }),
  },
]

export function findCase(name: string): BenchCase {
  const found = benchCases.find((entry) => entry.name === name)
  if (found) return found
  throw new UserError(
    `--cases: no case is called "${name}" – use some of ${benchCases.map((entry) => entry.name).join(', ')}`,
  )
}
