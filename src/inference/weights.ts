/** Parameters worked into programs: what depends on them alone (joined matrices, rates, biases) is computed once. */
import {
  type Executor,
  type InputBinding,
  type Program,
  partition,
  type Stateful,
  type StateStore,
  simplify,
  type Tensor,
  type TensorData,
  valueKeys,
  withConstants,
} from '../engine/index.js'

/** Values of at most this many numbers become part of a program: each input of a run costs about a microsecond. */
const largestConstant = 4096

const prefix = 'parameters.'

export interface Weights {
  /** The same program without the leaves `parameters.…`: it reads constants, and leaves of the store made for it. */
  bind<F>(stateful: Stateful<F>): Promise<Stateful<F>>
}

/** @param parameters by path */
export function createWeights(
  parameters: Readonly<Record<string, TensorData>>,
  executor: Executor,
  store: StateStore,
): Weights {
  const constants = new Map<string, TensorData>()
  const stored = new Set<string>()

  async function keep(key: string, value: TensorData): Promise<void> {
    if (value.data.length <= largestConstant) constants.set(key, value)
    else {
      await store.write({ [key]: value })
      stored.add(key)
    }
  }

  /** Keeps those outputs of a program over parameters that are not kept yet. */
  async function compute(program: Program, leaves: readonly string[], keys: readonly string[]): Promise<void> {
    const values = leaves.map((leaf) => parameters[leaf.slice(prefix.length)])
    const missing = keys
      .map((key, index) => ({ key, tensor: program.outputs[index] }))
      .filter(({ key }) => !constants.has(key) && !stored.has(key))
    const derived = missing.filter(({ tensor }) => tensor.node)
    for (const { key, tensor } of missing) if (!tensor.node) await keep(key, values[program.inputs.indexOf(tensor)])
    if (derived.length === 0) return
    const executable = await executor.compile({ ...program, outputs: derived.map(({ tensor }) => tensor) })
    const results = await executable.run(values)
    await executable.release()
    for (const [index, { key }] of derived.entries()) await keep(key, results[index])
  }

  return {
    async bind({ program: traced, bindings, fetched }) {
      const program = simplify(traced)
      const sources = new Map<Tensor, InputBinding>(
        program.inputs.map((input, index) => [input, bindings.inputs[index]]),
      )
      const given = program.inputs.filter((input) => parameterLeaf(sources.get(input)))
      const leaves = given.map((input) => parameterLeaf(sources.get(input)) as string)
      const { known, rest } = partition(program, new Set(given))
      const keys = valueKeys(known, leaves)
      await compute(known, leaves, keys)

      const fixed = new Map<Tensor, TensorData>()
      known.outputs.forEach((tensor, index) => {
        const value = constants.get(keys[index])
        if (value) fixed.set(tensor, value)
        else sources.set(tensor, { leaf: keys[index] })
      })
      const inputs = rest.inputs.filter((input) => !fixed.has(input)).map((input) => sources.get(input) as InputBinding)
      return { program: withConstants(rest, fixed), bindings: { inputs, outputs: bindings.outputs }, fetched }
    },
  }
}

function parameterLeaf(source: InputBinding | undefined): string | undefined {
  if (source === undefined || source === 'feed' || !('leaf' in source)) return undefined
  return source.leaf.startsWith(prefix) ? source.leaf : undefined
}
