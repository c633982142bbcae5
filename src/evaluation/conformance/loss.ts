/** A random linear function of all that a subject returns, with its gradients: what derivatives are checked on. */
import {
  add,
  concat,
  constant,
  type Executable,
  mapTree,
  mul,
  type Spec,
  scalar,
  slice,
  sum,
  type Tensor,
  type TensorData,
  trace,
  vjp,
} from '../../engine/index.js'
import { gaussian, parameterStream } from '../../nn/initializers.js'
import { type Held, stateTensors, written } from './held-state.js'
import { capacityOf, type Part, type Runner, type StateData } from './runner.js'
import type { Sequence } from './sequence.js'
import type { Given, Subject, Values } from './subject.js'

/** Features, parameters, the state before them and projected values by path: `x`, `parameters.…`, `state.…`, `projected.…`. */
export function lossInputs(
  { batch, length, width, x, projected = {} }: Sequence,
  parameters: Values,
  state: StateData,
): Values {
  const named = (prefix: string, values: Values) =>
    Object.entries(values).map(([path, { shape, dtype, data }]): [string, TensorData] => [
      `${prefix}.${path}`,
      { shape, dtype, data },
    ])
  const features: TensorData = { shape: [batch, length, width], dtype: 'f32', data: x }
  return Object.fromEntries([
    ['x', features],
    ...named('parameters', parameters),
    ...named('state', state),
    ...named('projected', projected),
  ])
}

export type Loss = ReturnType<typeof createLoss>

/**
 * The loss of a sequence computed in parts, differentiated through all of them. Its programs hold the rows of `sequence`
 * and how much of each cache in `state` is used; what {@link lossInputs} gives is fed. Auxiliary losses are of a call: those
 * of several are not those of one, so they count for one call only.
 */
export function createLoss(
  { subject, executor }: Runner,
  sequence: Sequence,
  parts: readonly Part[],
  state: StateData,
  inputs: Values,
  auxiliary = parts.length === 1,
) {
  const specs = mapTree(inputs, ({ shape, dtype }: Spec): Spec => ({ shape, dtype }))
  const used = Object.fromEntries(Object.entries(state).map(([name, leaf]) => [name, leaf.used]))
  const compute = (values: Readonly<Record<string, Tensor>>) =>
    lossOf(subject, sequence, parts, { used, auxiliary }, values)
  const feeds = (given: Values) => Object.keys(specs).map((path) => given[path])
  let value: Promise<Executable> | undefined
  let gradient: Promise<Executable> | undefined
  let paths: string[] = []

  const differentiated = () =>
    trace((values) => {
      const sources = Object.keys(specs).filter((path) => specs[path].dtype === 'f32')
      const found = vjp(
        [compute(values)],
        [scalar(1)],
        sources.map((path) => values[path]),
      )
      paths = sources.filter((_, index) => found[index])
      return found.filter((each) => each !== undefined)
    }, specs)

  return {
    async value(given: Values): Promise<number> {
      value ??= executor.compile(trace((values) => [compute(values)], specs))
      const [loss] = await (await value).run(feeds(given))
      return loss.data[0]
    },
    /** Gradients by path; absent where no output depends on an input. */
    async gradients(given: Values): Promise<Values> {
      gradient ??= executor.compile(differentiated())
      const found = await (await gradient).run(feeds(given))
      return Object.fromEntries(paths.map((path, index) => [path, found[index]]))
    },
  }
}

function lossOf(
  subject: Subject,
  sequence: Sequence,
  parts: readonly Part[],
  { used, auxiliary }: { used: Readonly<Record<string, number>>; auxiliary: boolean },
  values: Readonly<Record<string, Tensor>>,
): Tensor {
  const leaves = subject.leaves({ batch: sequence.batch, capacity: capacityOf(subject) })
  const parameters = Object.fromEntries(subject.parameters.map(({ path }) => [path, values[`parameters.${path}`]]))
  const projected = Object.keys(sequence.projected ?? {})
  let state: Record<string, Held> = Object.fromEntries(
    Object.keys(leaves).map((name) => [name, { buffer: values[`state.${name}`], used: used[name] }]),
  )
  const outputs: Tensor[] = []
  const terms: Tensor[] = []
  let from = 0
  for (const { form, length } of parts) {
    const to = from + length
    const { x: _, projected: __, ...rest } = subject.given(sequence, from, to)
    const rows = mapTree(rest, ({ shape, dtype, data }: TensorData) => constant(data, shape, dtype))
    const chosen = Object.fromEntries(projected.map((name) => [name, slice(values[`projected.${name}`], 2, from, to)]))
    const given = {
      x: slice(values.x, 1, from, to),
      ...rows,
      ...(projected.length > 0 && { projected: chosen }),
    } as Given<Tensor>
    const result = subject.forward(form, parameters, given, stateTensors(leaves, state))
    outputs.push(result.y)
    if (auxiliary) terms.push(...Object.values(result.losses).map((loss) => sum(loss)))
    state = Object.fromEntries(
      Object.entries(leaves).map(([name, leaf]) => [name, written(leaf, state[name], result.state[name])]),
    )
    from = to
  }
  const real = sequence.rows?.valid.flat()
  terms.push(weighted(concat(outputs, 1), 'y', real))
  // In caches, the slots of padding hold what nothing may depend on.
  for (const [name, leaf] of Object.entries(leaves)) {
    if (leaf.dtype === 'f32' && !real) terms.push(weighted(state[name].buffer, name))
  }
  return terms.reduce((total, term) => add(total, term))
}

/** Σ w · t with fixed random weights w, 0 at rows [B, T] that are not real. */
function weighted(t: Tensor, label: string, real?: readonly boolean[]): Tensor {
  const weights = gaussian(1)(t.shape, parameterStream(7, label))
  const width = real ? t.size / real.length : 1
  return sum(
    mul(
      t,
      constant(
        real ? weights.map((weight, index) => (real[Math.floor(index / width)] ? weight : 0)) : weights,
        t.shape,
      ),
    ),
  )
}
