import type { ComparisonReport, CurvePoint, ModelResult } from '#seqlab/evaluation/report/types.js'

interface Shape {
  loss: number
  speed: number
  /** µs of a token at a position. */
  time: (position: number) => number
  /** Bytes of state at a position. */
  state: (position: number) => number
}

const kib = 1024
const shapes: Record<string, Shape> = {
  transformer: { loss: 1.842, speed: 21_400, time: (t) => 402 + 0.31 * t, state: (t) => 4 * kib * (t + 1) },
  'transformer-xl': {
    loss: 1.797,
    speed: 13_900,
    time: (t) => 455 + 1.9 * Math.min(t, 64),
    state: (t) => 4 * kib * Math.min(t + 1, 64),
  },
  gla: { loss: 1.804, speed: 15_800, time: () => 518, state: () => 64 * kib },
  deltanet: { loss: 1.871, speed: 11_200, time: () => 566, state: () => 64 * kib },
}

/** A report with the shape of a real one: 600 steps, noise from a seed, a cache that grows beside states that do not. */
export function exampleReport(names: string[] = Object.keys(shapes), steps = 600): ComparisonReport {
  const batchTokens = 12 * 64
  const models = names.map((model, i) => exampleModel(model, shapes[model] ?? shapes.gla, i + 1, steps, batchTokens))
  return {
    title: 'Four ways to remember, on Tiny Shakespeare',
    command: `npx seqlab compare --models ${names.join(',')} --data data/tinyshakespeare/input.txt --steps ${steps} --out runs/main`,
    version: '0.1.0',
    machine: { cpu: 'AMD EPYC 9B14', threads: 2, runtime: 'Node 20.20.2, ONNX Runtime 1.30.0' },
    data: { name: 'Tiny Shakespeare', tokenizer: 'char', trainTokens: 1_003_854, validTokens: 111_540 },
    settings: {
      steps,
      batch: 12,
      context: 64,
      rate: 0.003,
      schedule: 'cosine',
      warmup: 30,
      seed: 1,
      optimizer: { name: 'adamw', betas: [0.9, 0.99] },
    },
    models,
  }
}

function exampleModel(model: string, shape: Shape, seed: number, steps: number, batchTokens: number): ModelResult {
  const noise = generator(seed)
  const curve = Array.from({ length: steps }, (_, i): CurvePoint => {
    const step = i + 1
    const loss = shape.loss + (4.17 - shape.loss) * Math.exp(-((step / steps) ** 0.6) * 6.5)
    const tokens = step * batchTokens
    const point = {
      step,
      tokens,
      seconds: tokens / shape.speed,
      trainLoss: loss - 0.09 * (step / steps) + 0.05 * noise(),
    }
    return step % Math.ceil(steps / 12) === 0 || step === 1 || step === steps
      ? { ...point, validLoss: loss + 0.008 * noise() }
      : point
  })
  const decode = Array.from({ length: 64 }, (_, i) => {
    const position = 16 * i + 1
    const stateBytes = shape.state(position)
    const allocatedBytes =
      model === 'transformer' ? shape.state(128 * 2 ** Math.max(0, Math.ceil(Math.log2(position / 128)))) : stateBytes
    return { position, microseconds: shape.time(position) * (1 + 0.02 * Math.abs(noise())), stateBytes, allocatedBytes }
  })
  const end = curve[curve.length - 1]
  const validLoss = end.validLoss ?? Number.NaN
  return {
    model,
    params: 811_008 + 3_700 * seed,
    trainLoss: end.trainLoss,
    validLoss,
    bitsPerByte: validLoss / Math.LN2,
    tokensPerSecond: shape.speed,
    stateBytes: shape.state(1000),
    microsecondsPerToken: shape.time(1000),
    peakRssMiB: 388 + 21 * seed,
    seconds: end.seconds,
    sample: sampleText,
    curve,
    decode,
    configuration: {
      input: { kind: 'token', vocabulary: 65 },
      dim: 128,
      blocks: Array.from({ length: 4 }, () => ({
        mixer: { id: model, heads: 4 },
        channelMixer: { id: 'mlp', width: 512 - 8 * seed },
      })),
      norm: 'layer',
      dropout: 0,
    },
  }
}

/** Numbers about evenly spread over (−1, 1), the same for the same seed. */
function generator(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 31 - 1
  }
}

const sampleText = `ROMEO:
I will not stay the night to see thee so,
And what the sun hath said of him, my lord,
Is but a word <b>of & "honour"</b> to the world.

JULIET:
O, then I was a wither'd thing, and thou
Shalt be the morning's caun of all my weres.`
