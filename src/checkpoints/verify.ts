/** Verifying that a checkpoint computes here what it computed where it was made: logits, loss, gradients, and token by token. */
import {
  type Executor,
  flatten,
  full,
  gradients,
  mean,
  mul,
  reshape,
  slice,
  type Tensor,
  type TensorData,
  trace,
} from '../engine/index.js'
import { createDecoder } from '../inference/index.js'
import { isCausal } from '../mechanisms/index.js'
import { carriedState, type Model, type PlacedNetwork } from '../models/index.js'
import { crossEntropy, logits } from '../nn/loss.js'
import { UserError } from '../platform/errors.js'
import { platform } from '../platform/index.js'
import { decodeSafetensors } from '../training/safetensors.js'
import { type OpenCheckpoint, openCheckpoint, readParameters } from './open.js'
import { eachPlace } from './rearrange.js'

export interface CheckpointVerdict {
  readonly architecture: string
  /** Largest difference of the logits, relative to the reference's largest magnitude. */
  readonly maxLogitError: number
  /** Difference of the loss. */
  readonly lossError: number
  /** The worst of all tensors' gradients, each relative to its reference's largest magnitude. */
  readonly maxGradientError: number
  /** The same as for logits, of those read token by token against those of the whole text; null where no token can be read so. */
  readonly stepError: number | null
  readonly pass: boolean
  /** Of what does not pass, what departs first on the way from the input to the head. */
  readonly departs?: string
}

/** The reference itself is in single precision, so values agree less closely than two forms of one mechanism do. */
export const checkpointLimits = { logits: 2e-5, loss: 1e-5, gradient: 1e-4, step: 2e-5 } as const

/**
 * Gradients that are small against the rest are sums of terms much larger than themselves, and only as exact as those:
 * offsets of keys, whose gradients are zero but for rounding, or rates of strong decays. Nothing counts as smaller than
 * this share of the largest gradient of the model. Measured against float64 in 70 drawn models, PyTorch's own gradients
 * of rates are off by up to 1.3e-6 of the largest one; the limit is 2e-6 of it with this share.
 */
const smallestShare = 0.02

/**
 * @param folder with `io.safetensors` (input_ids, logits, loss) and `grads.safetensors` beside the checkpoint
 * @throws UserError where the folder cannot be read
 */
export async function verifyCheckpoint(executor: Executor, folder: string): Promise<CheckpointVerdict> {
  const checkpoint = await openCheckpoint(folder)
  try {
    const reference = await readReference(folder)
    const parameters = await readParameters(checkpoint)
    const { model, architecture } = checkpoint
    const [, length] = reference.tokens.shape
    if ('longest' in model && length > model.longest)
      throw new UserError(
        `${folder}: the model reads texts of ${model.longest} tokens, io.safetensors has ${length} – compare with shorter ones`,
      )
    const computed = await compute(executor, checkpoint, parameters, reference.tokens)
    const maxLogitError = relativeError(computed.logits.data, reference.logits)
    const lossError = Math.abs(computed.loss - reference.loss)
    const errors = gradientErrors(checkpoint, computed.gradients, reference.gradients)
    const maxGradientError = Math.max(...errors.values())
    const stepError = stepsThrough(model)
      ? await stepwise(executor, model, parameters, reference.tokens, computed.logits)
      : null
    const wrong = [...errors].find(([, error]) => !(error <= checkpointLimits.gradient))
    const departs = wrong
      ? `gradient of ${wrong[0]}, by ${wrong[1].toExponential(1)}`
      : !(maxLogitError <= checkpointLimits.logits) || !(lossError <= checkpointLimits.loss)
        ? 'logits'
        : !((stepError ?? 0) <= checkpointLimits.step)
          ? 'token by token'
          : undefined
    const pass = departs === undefined
    const verdict = { architecture: architecture.id, maxLogitError, lossError, maxGradientError, stepError, pass }
    return pass ? verdict : { ...verdict, departs }
  } finally {
    await checkpoint.weights.close()
  }
}

async function readReference(folder: string) {
  const { files } = platform()
  const read = async (name: string) => {
    const path = files.join(folder, name)
    if (await files.exists(path)) return decodeSafetensors(await files.read(path), { name: path }).tensors
    throw new UserError(`${path}: is missing – verify needs the values that other software computed, beside the model`)
  }
  const io = await read('io.safetensors')
  for (const name of ['input_ids', 'logits', 'loss'])
    if (!io[name]) throw new UserError(`${files.join(folder, 'io.safetensors')}: lacks ${name} – complete the file`)
  const { shape, data } = io.input_ids
  const tokens: TensorData = { shape, dtype: 'i32', data: Int32Array.from(data) }
  return { tokens, logits: io.logits.data, loss: io.loss.data[0], gradients: await read('grads.safetensors') }
}

/** Whether a model can be read token by token. */
const stepsThrough = (model: Model | PlacedNetwork): model is Model =>
  !('network' in model) && model.layers.every(({ mixer, settings }) => isCausal(mixer, settings))

async function compute(
  executor: Executor,
  { model, architecture }: OpenCheckpoint,
  parameters: Readonly<Record<string, TensorData>>,
  tokens: TensorData,
) {
  const ahead = architecture.predicts === 'next token' ? 1 : 0
  const program = trace(
    (given: { parameters: Record<string, Tensor>; x: Tensor }) => {
      const nested = model.nest(({ path }) => given.parameters[path])
      const read = 'network' in model ? rewritten(model, nested, given.x) : judged(model, nested, given.x, ahead)
      return { ...read, gradients: gradients(mean(read.loss), given.parameters) }
    },
    { parameters, x: tokens },
  )
  const executable = await executor.compile(program)
  const [scores, loss, ...found] = await executable.run(flatten<TensorData>({ parameters, x: tokens }).leaves)
  await executable.release()
  const paths = Object.keys(parameters)
  return {
    logits: scores,
    loss: loss.data[0],
    gradients: Object.fromEntries(paths.map((path, index) => [path, found[index]])),
  }
}

/** Logits of tokens [B, T] by row, and the mean loss of each token, or of the one after. */
function judged(model: Model, nested: unknown, x: Tensor, ahead: number) {
  const [B, T] = x.shape
  const { features } = model.forward(nested, { x }, carriedState(model, {}, B))
  const head = model.head(nested)
  const width = features.shape[2]
  const count = B * (T - ahead)
  const rows = reshape(slice(features, 1, 0, T - ahead), [count, width])
  const targets = reshape(slice(x, 1, ahead, T), [count])
  const loss = mul(crossEntropy(rows, head, targets, full([count], 1)), 1 / count)
  return { logits: logits(reshape(features, [B * T, width]), head), loss }
}

/** The same of a network whose source and target are the same tokens. */
function rewritten(network: PlacedNetwork, nested: unknown, x: Tensor) {
  const { loss, outputs } = network.forward(nested, { source: x, target: x })
  const [B, T, V] = outputs.logits.shape
  return { logits: reshape(outputs.logits, [B * T, V]), loss }
}

/** The error of each stored tensor's gradient; what several parameters were read from gets the sum of theirs. */
function gradientErrors(
  { entries }: OpenCheckpoint,
  found: Readonly<Record<string, TensorData>>,
  reference: Readonly<Record<string, TensorData>>,
): Map<string, number> {
  const names = [...entries.keys()].filter((name) => reference[name])
  const largest = Math.max(...names.map((name) => magnitude(reference[name].data)))
  return new Map(
    names.map((name) => {
      const { data: want } = reference[name]
      const got = new Float64Array(want.length)
      for (const { path, placement } of entries.get(name)!) {
        const { data } = found[path]
        eachPlace(placement, (stored, own) => {
          got[stored] += data[own]
        })
      }
      return [name, relativeError(got, want, largest * smallestShare)]
    }),
  )
}

/** Largest difference between logits read token by token and those of the whole text, relative to their magnitude. */
async function stepwise(
  executor: Executor,
  model: Model,
  parameters: Readonly<Record<string, TensorData>>,
  tokens: TensorData,
  whole: TensorData,
): Promise<number> {
  const [B, T] = tokens.shape
  const V = whole.shape[1]
  const decoder = await createDecoder(model, parameters, { executor, batch: B })
  const stepped = new Float32Array(B * T * V)
  try {
    for (let t = 0; t < T; t++) {
      const scores = await decoder.step(Array.from({ length: B }, (_, b) => tokens.data[b * T + t]))
      for (let b = 0; b < B; b++) stepped.set(scores.subarray(b * V, (b + 1) * V), (b * T + t) * V)
    }
  } finally {
    await decoder.dispose()
  }
  return relativeError(stepped, whole.data)
}

function magnitude(values: ArrayLike<number>): number {
  let largest = 0
  for (let i = 0; i < values.length; i++) largest = Math.max(largest, Math.abs(values[i]))
  return largest
}

function relativeError(got: ArrayLike<number>, want: ArrayLike<number>, least = 1e-7): number {
  if (got.length !== want.length) return Number.POSITIVE_INFINITY
  let difference = 0
  for (let i = 0; i < want.length; i++) {
    const error = Math.abs(got[i] - want[i])
    if (Number.isNaN(error)) return Number.POSITIVE_INFINITY
    difference = Math.max(difference, error)
  }
  return difference / Math.max(magnitude(want), least)
}
