/** A text read token by token: the state after each, and every tensor that has a name as each token has it. */
import { compileStateful, type Shape, sizeOf, type Tensor, type TensorData } from '../../engine/index.js'
import { isCausal, type StateLeaf } from '../../mechanisms/index.js'
import { carriedLeaves, parameterValues, startedLeaves } from '../../models/index.js'
import { UserError } from '../../platform/errors.js'
import { readingProgram } from '../program.js'
import { checkTokens, namedTensors, type Subject } from './subject.js'

/** A leaf of the state of one layer, over the text. */
export interface StateTrace extends Pick<StateLeaf, 'change'> {
  readonly layer: number
  /** Its name in the mixer: `memory`. */
  readonly leaf: string
  /** Without the batch. */
  readonly shape: Shape
  /** What it holds after so many tokens of the text, 0 for none; places of a cache that are not filled yet are 0. */
  after(tokens: number): Float32Array
}

/** A named tensor, over the text. */
export interface NamedSteps {
  readonly name: string
  /** Of one token. */
  readonly shape: Shape
  /** [T, …shape] */
  readonly data: Float32Array
}

export interface StepTrace {
  readonly states: readonly StateTrace[]
  readonly named: readonly NamedSteps[]
}

/** States of a text that take more are refused. */
const largest = 2 ** 29

/**
 * @throws UserError for a text that the model cannot read, mixers that are not causal, and states beyond 512 MiB
 * @throws the signal's reason when it is aborted
 */
export async function readSteps(
  { model, parameters, executor }: Subject,
  text: ArrayLike<number>,
  signal?: AbortSignal,
): Promise<StepTrace> {
  const tokens = checkTokens(model, text)
  const blind = model.layers.find(({ mixer, settings }) => !isCausal(mixer, settings))
  if (blind) throw new UserError(`inspect: ${blind.mixer.id} sees the whole text at once and has no state by token`)
  const T = tokens.length
  const leaves = carriedLeaves(model, 1, T)
  const watched = Object.entries(leaves).filter(([path, { dtype }]) => dtype === 'f32' && path.startsWith(prefix))
  const recorders = watched.map(([path, leaf]) => recorder(path, leaf, T))
  const bytes = recorders.reduce((sum, { size }) => sum + 4 * size, 0)
  if (bytes > largest) {
    const [needed, limit] = [bytes, largest].map((count) => `${Math.round(count / 2 ** 20)} MiB`)
    throw new UserError(`inspect: the states of ${T} tokens take ${needed}, more than ${limit} – give a shorter text`)
  }

  let names: readonly [string, Shape][] = []
  const program = readingProgram(model, { batch: 1, length: 1, capacity: T }, ({ features }) => {
    const found = namedTensors(features)
    names = found.map(([name, { shape }]) => [name, shape])
    return found.map(([, tensor]) => tensor)
  })
  const named = names.map(([name, shape]) => ({ name, shape, data: new Float32Array(T * sizeOf(shape)) }))
  const store = executor.createStore()
  try {
    await store.write({ ...parameterValues(parameters), ...startedLeaves(leaves) })
    const step = await compileStateful<{ tokens: TensorData }, Tensor[]>(executor, store, program)
    const paths = watched.map(([path]) => path)
    const record = async (after: number) => {
      const state = await store.read(paths)
      recorders.forEach(({ record }, index) => {
        record(after, state[paths[index]].data as Float32Array)
      })
    }
    await record(0)
    for (let t = 0; t < T; t++) {
      signal?.throwIfAborted()
      const values = await step.run({ tokens: { shape: [1, 1], dtype: 'i32', data: tokens.slice(t, t + 1) } })
      values.forEach(({ data }, index) => {
        named[index].data.set(data, t * data.length)
      })
      await record(t + 1)
    }
  } finally {
    await store.dispose()
  }
  return { states: recorders.map(({ trace }) => trace), named }
}

const prefix = 'carried.layers.'

/** What is kept of a leaf: of one that is appended to, the last buffer alone, as it holds all earlier ones. */
function recorder(path: string, { shape: [, ...shape], change }: StateLeaf, T: number) {
  const [layer, ...rest] = path.slice(prefix.length).split('.')
  const size = sizeOf(shape)
  const axis = change !== 'replace' && 'append' in change ? change.append - 1 : undefined
  const kept = new Float32Array(axis === undefined ? (T + 1) * size : size)
  const inner = axis === undefined ? 0 : sizeOf(shape.slice(axis + 1))
  const trace: StateTrace = {
    layer: Number(layer),
    leaf: rest.join('.'),
    shape,
    change,
    after(tokens) {
      if (axis === undefined) return kept.slice(tokens * size, (tokens + 1) * size)
      return kept.map((value, index) => (Math.floor(index / inner) % T < tokens ? value : 0))
    },
  }
  return {
    size: kept.length,
    trace,
    record: (after: number, values: Float32Array) => kept.set(values, axis === undefined ? after * size : 0),
  }
}
