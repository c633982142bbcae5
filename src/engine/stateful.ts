/** Programs over state: tracing a function of named leaves and fed values, with the bindings an executor needs. */
import type {
  Bindings,
  CompileOptions,
  Executor,
  InputBinding,
  LeafSpec,
  OutputBinding,
  StateStore,
} from './executor.js'
import type { Program, Spec, Tensor, TensorData } from './tensor.js'
import { trace } from './trace.js'
import { flatten, type Mapped, unflatten } from './tree.js'

/** A leaf that is appended to or a ring: its buffer, and how many positions were ever written: an i32 scalar, or [rows, 1]. */
export interface Cache {
  readonly buffer: Tensor
  readonly used: Tensor
}

export interface Stateful<F> {
  readonly program: Program
  readonly bindings: Bindings
  /** The nesting of what is returned to the caller. */
  readonly fetched: F
}

/** State by path, as a traced function gets it. */
export type StateTensors = Readonly<Record<string, Tensor & Cache>>

/**
 * Traces `fn(state, feeds)`. It returns the new values of the leaves it changes (new slices for leaves that are appended
 * to) and what to fetch.
 */
export function traceStateful<Feeds, F>(
  state: Readonly<Record<string, LeafSpec>>,
  feeds: Feeds,
  fn: (
    state: StateTensors,
    feeds: Mapped<Feeds, Spec, Tensor>,
  ) => { state: Readonly<Record<string, Tensor>>; fetch: F },
): Stateful<F> {
  const inputs: InputBinding[] = []
  const outputs: OutputBinding[] = []
  const specs = Object.fromEntries(
    Object.entries(state).map(([path, { shape, dtype, change, apart }]) => {
      const buffer: Spec = { shape, dtype }
      inputs.push({ leaf: path })
      if (change === 'replace') return [path, buffer]
      inputs.push({ used: path })
      return [path, { buffer, used: { shape: apart ? [shape[0], 1] : [], dtype: 'i32' } as Spec }]
    }),
  )
  const fed = flatten<Spec>(feeds as never)
  inputs.push(...fed.leaves.map(() => 'feed' as const))
  let fetched: F | undefined
  const program = trace(
    (before: any, values: any) => {
      const result = fn(before, values)
      for (const path of Object.keys(result.state)) {
        if (!state[path]) throw new Error(`traceStateful: "${path}" is not a leaf of the state`)
        outputs.push({ leaf: path })
      }
      fetched = result.fetch
      const out = flatten<Tensor>(result.fetch as never).leaves
      outputs.push(...out.map(() => 'fetch' as const))
      return [...Object.values(result.state), ...out]
    },
    specs as never,
    feeds as never,
  )
  return { program, bindings: { inputs, outputs }, fetched: fetched as F }
}

/** A stateful program compiled against a store: feeds in, fetched values out, nested as traced. */
export interface Step<Feeds, F> {
  run(feeds: Feeds): Promise<Mapped<F, Tensor, TensorData>>
  release(): Promise<void>
}

export async function compileStateful<Feeds, F>(
  executor: Executor,
  store: StateStore,
  { program, bindings, fetched }: Stateful<F>,
  options: Pick<CompileOptions, 'handedOver'> = {},
): Promise<Step<Feeds, F>> {
  const executable = await executor.compile(program, { ...options, bindings, store })
  return {
    async run(feeds) {
      const results = await executable.run(flatten<TensorData>(feeds as never).leaves)
      return unflatten(fetched, results) as never
    },
    release: () => executable.release(),
  }
}
