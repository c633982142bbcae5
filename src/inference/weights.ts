/**
 * Parameters worked into programs: what depends on them alone (joined matrices, rates, biases) is computed once, and
 * matrices that rows are multiplied by, or looked up in, are quantized where that is asked for.
 */
import {
  add,
  affineOperator,
  type Executor,
  free,
  gatherOperator,
  type InputBinding,
  isRowProduct,
  type MatMul,
  matmulOperator,
  type Node,
  type Program,
  partition,
  type QuantizedMatrix,
  quantize,
  quantizedBytes,
  quantizedGather,
  quantizedMatmul,
  rebuild,
  type Stateful,
  type StateStore,
  simplify,
  sizeOf,
  type Tensor,
  type TensorData,
  valueKeys,
  withConstants,
} from '../engine/index.js'

/** Values of at most this many numbers become part of a program: each input of a run costs about a microsecond. */
const largestConstant = 4096
/** Smaller matrices stay f32: there is nothing to win. */
const smallestQuantized = 4096
/** Numbers of the parameters whose derived values are computed together. */
const atOnce = 2 ** 22

const prefix = 'parameters.'

export const weightForms = ['f32', 'int8', 'int4'] as const
export type WeightForm = (typeof weightForms)[number]

/**
 * Gives parameters by path whenever a program is made, so that nobody has to hold all of them: each time in an array of its
 * own, whose memory is given back once it was used.
 */
export type ParameterSource = (path: string) => TensorData | Promise<TensorData>

export interface Weights {
  /**
   * The same program without the leaves `parameters.…`: it reads constants, leaves of the store made for it, and quantized
   * matrices of its own. The memory of these is to be handed over to the executor when it is compiled.
   */
  bind<F>(stateful: Stateful<F>): Promise<{ stateful: Stateful<F>; handedOver: ArrayBuffer[] }>
}

interface WeightOptions {
  readonly executor: Executor
  readonly store: StateStore
  readonly form: WeightForm
}

/** @param parameters by path */
export function createWeights(
  parameters: Readonly<Record<string, TensorData>> | ParameterSource,
  { executor, store, form }: WeightOptions,
): Weights {
  const lent = typeof parameters !== 'function'
  const parameter = lent ? (path: string) => parameters[path] : parameters
  const constants = new Map<string, TensorData>()
  const stored = new Set<string>()

  async function keep(key: string, value: TensorData): Promise<void> {
    if (value.data.length <= largestConstant) constants.set(key, value)
    else {
      await store.write({ [key]: value })
      stored.add(key)
    }
  }

  /** Values of a program over parameters, few at a time. */
  async function* compute(
    program: Program,
    leaves: readonly string[],
    wanted: readonly Tensor[],
  ): AsyncGenerator<readonly [Tensor, TensorData]> {
    const given = async (input: Tensor) =>
      parameter(leaves[program.inputs.indexOf(input)].slice(prefix.length)) as TensorData
    for (const tensor of wanted.filter(({ node }) => !node)) yield [tensor, await given(tensor)]
    for (const { inputs, outputs, nodes } of separate(program, wanted)) {
      const values: TensorData[] = []
      for (const input of inputs) values.push(await given(input))
      const executable = await executor.compile({ inputs, outputs, nodes, named: new Map() })
      const results = await executable.run(values)
      await executable.release()
      if (!lent) free(values.map(({ data }) => data.buffer))
      for (const [index, output] of outputs.entries()) yield [output, results[index]]
    }
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
      const keys = new Map(valueKeys(known, leaves).map((key, index) => [known.outputs[index], key]))
      const uses = form === 'f32' ? [] : rest.nodes.filter((node) => keys.has(matrixOf(node)) && isQuantizable(node))
      const whole = wholeInputs(rest, new Set(uses))
      const isMissing = (tensor: Tensor) =>
        whole.has(tensor) && !constants.has(keys.get(tensor) as string) && !stored.has(keys.get(tensor) as string)

      const bits = form === 'int4' ? 4 : 8
      const wayOf = (node: Node) => {
        // Rows of a table are columns of the matrix that a head which shares it has.
        const { transposeB: transposed, scale } = isLookUp(node)
          ? { transposeB: true, scale: 1 }
          : (node.attributes as MatMul)
        return { way: `${keys.get(matrixOf(node))} ${transposed} ${scale}`, transposed, scale }
      }
      // One piece of memory for all: allocators give large pieces back to the system when they are freed, small ones seldom.
      const places = new Map<string, readonly [number, number]>()
      let total = 0
      for (const node of uses) {
        const { way, transposed } = wayOf(node)
        if (places.has(way)) continue
        const { shape } = matrixOf(node)
        const size = quantizedBytes(transposed ? shape.toReversed() : shape, bits)
        places.set(way, [total, total + size])
        total += size
      }
      const memory = new Uint8Array(total)
      const made = new Map<string, QuantizedMatrix>()
      const quantized = new Map<Node, QuantizedMatrix>()
      const wanted = known.outputs.filter(
        (tensor) => isMissing(tensor) || uses.some((node) => matrixOf(node) === tensor),
      )
      for await (const [tensor, value] of compute(known, leaves, wanted)) {
        if (isMissing(tensor)) await keep(keys.get(tensor) as string, value)
        for (const node of uses.filter((node) => matrixOf(node) === tensor)) {
          const { way, transposed, scale } = wayOf(node)
          const into = memory.subarray(...(places.get(way) as [number, number]))
          if (!made.has(way)) made.set(way, quantize(value, bits, { transposed, scale, into }))
          quantized.set(node, made.get(way) as QuantizedMatrix)
        }
        // Left to the collector, arrays that nobody else has would be most of what a process holds.
        if ((tensor.node || !lent) && !constants.has(keys.get(tensor) as string)) free([value.data.buffer])
      }

      const copy = rebuild(rest, (node, [first, second, offset]) => {
        const matrix = quantized.get(node)
        if (!matrix) return undefined
        if (isLookUp(node)) return [quantizedGather(matrix, second)]
        const product = quantizedMatmul(first, matrix)
        return [offset ? add(product, offset) : product]
      })
      const fixed = new Map<Tensor, TensorData>()
      const inputs: Tensor[] = []
      const own: InputBinding[] = []
      rest.inputs.forEach((tensor, index) => {
        const key = keys.get(tensor)
        if (key !== undefined && !whole.has(tensor)) return
        inputs.push(copy.inputs[index])
        const value = key === undefined ? undefined : constants.get(key)
        if (value) fixed.set(copy.inputs[index], value)
        else own.push(key === undefined ? (sources.get(tensor) as InputBinding) : { leaf: key })
      })
      return {
        stateful: {
          program: withConstants({ ...copy, inputs }, fixed),
          bindings: { inputs: own, outputs: bindings.outputs },
          fetched,
        },
        handedOver: [memory.buffer],
      }
    },
  }
}

const isLookUp = ({ operator }: Node) => operator === gatherOperator
/** What a product of rows multiplies by, and a look-up reads. */
const matrixOf = (node: Node) => node.inputs[isLookUp(node) ? 0 : 1]

/** A product of rows by one matrix, or a look-up of rows in one. */
function isQuantizable(node: Node): boolean {
  if (isLookUp(node)) {
    const [table, { dtype }] = node.inputs
    return (
      node.attributes === 0 &&
      table.rank === 2 &&
      table.dtype === 'f32' &&
      table.size >= smallestQuantized &&
      dtype === 'i32'
    )
  }
  if (node.operator !== matmulOperator && node.operator !== affineOperator) return false
  const { inputs, attributes } = node as Node<MatMul>
  const [rows, matrix] = inputs
  return (
    isRowProduct({ inputs: [rows, matrix], attributes }) &&
    !attributes.transposeA &&
    rows !== matrix &&
    sizeOf(matrix.shape) >= smallestQuantized
  )
}

/** What a program reads otherwise than as the matrix of one of these products and look-ups. */
function wholeInputs({ nodes, outputs }: Program, uses: ReadonlySet<Node>): Set<Tensor> {
  return new Set([
    ...nodes.flatMap((node) =>
      uses.has(node) ? node.inputs.filter((tensor) => tensor !== matrixOf(node)) : node.inputs,
    ),
    ...outputs,
  ])
}

/** Programs for the computed ones of `wanted`: what shares inputs stays together, and what is small is put together. */
function separate({ inputs, nodes }: Program, wanted: readonly Tensor[]) {
  const reached = new Map<Tensor, ReadonlySet<Tensor>>(inputs.map((input) => [input, new Set([input])]))
  const reachOf = (tensors: readonly Tensor[]) => new Set(tensors.flatMap((tensor) => [...(reached.get(tensor) ?? [])]))
  for (const node of nodes) {
    const reach = reachOf(node.inputs)
    for (const output of node.outputs) reached.set(output, reach)
  }
  let groups: { reach: Set<Tensor>; outputs: Tensor[] }[] = []
  for (const output of wanted.filter(({ node }) => node)) {
    const reach = reachOf([output])
    const near = groups.filter((group) => [...reach].some((input) => group.reach.has(input)))
    const merged = {
      reach: new Set([...near.flatMap((group) => [...group.reach]), ...reach]),
      outputs: [...near.flatMap(({ outputs }) => outputs), output],
    }
    groups = [...groups.filter((group) => !near.includes(group)), merged]
  }
  const batches: typeof groups = []
  const count = (reach: ReadonlySet<Tensor>) => [...reach].reduce((sum, { size }) => sum + size, 0)
  for (const { reach, outputs } of groups) {
    const last = batches.at(-1)
    if (last && count(last.reach) + count(reach) <= atOnce) {
      for (const input of reach) last.reach.add(input)
      last.outputs.push(...outputs)
    } else batches.push({ reach, outputs })
  }
  return batches.map(({ reach, outputs }) => ({
    inputs: inputs.filter((input) => reach.has(input)),
    nodes: nodes.filter((node) => [...reachOf(node.outputs)].every((input) => reach.has(input))),
    outputs,
  }))
}

function parameterLeaf(source: InputBinding | undefined): string | undefined {
  if (source === undefined || source === 'feed' || !('leaf' in source)) return undefined
  return source.leaf.startsWith(prefix) ? source.leaf : undefined
}
