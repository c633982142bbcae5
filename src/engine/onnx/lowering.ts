/** Turning a program into an ONNX graph. Operators write their nodes through {@link OnnxLowering}. */

import type { Provider } from '../../platform/index.js'
import { fingerprint } from '../operators/constant.js'
import type { DType, Program, Shape, Tensor, TensorData } from '../tensor.js'
import {
  type AttributeValue,
  attribute,
  type ElementType,
  elementType,
  encodeModel,
  type GraphMessage,
  type NodeMessage,
  opsetVersions,
  type TensorMessage,
  valueInfo,
  webgpuOpsets,
} from './proto.js'

/** Constants above this many bytes become inputs of the session, so that sessions share them and no file grows huge. */
const largestInitializer = 64 * 1024

/** What ONNX Runtime 1.30 has no kernel for on WebGPU, of what operators here are lowered to. */
const missingOnWebgpu: ReadonlySet<string> = new Set([
  'ArgMax',
  'ArgMin',
  'BitShift',
  'BitwiseAnd',
  'BitwiseOr',
  'BitwiseXor',
  'Loop',
  'Mod',
  'Scan',
  'Sign',
])

/** A kernel on WebGPU may have 8 buffers on any device; that of Split has one for what is split and one for each part. */
const mostParts = 7

export const onnxType = { f32: 'float', i32: 'int32', bool: 'bool' } as const satisfies Record<DType, ElementType>

export interface OnnxLowering {
  /** What the graph is for: one may lack operators that another has. */
  readonly provider: Provider
  /** Adds a node with one output; returns its name. */
  node(type: string, inputs: readonly string[], attributes?: Record<string, AttributeValue>, domain?: string): string
  /** Adds a node with several outputs. */
  nodes(
    type: string,
    inputs: readonly string[],
    attributes: Record<string, AttributeValue>,
    outputs: number,
    domain?: string,
  ): string[]
  cast(x: string, type: ElementType): string
  reshape(x: string, shape: Shape): string
  /** Consecutive parts along an axis. */
  split(x: string, sizes: readonly number[], axis: number): string[]
  constant(value: TensorData): string
  /**
   * A tensor of any size that the model holds itself, so that the runtime may arrange it as its kernels want it. Equal
   * names mean equal tensors.
   */
  embedded(name: string, dims: Shape, type: ElementType, bytes: Uint8Array): string
  scalar(value: number, dtype?: DType): string
  /** A list of 64-bit integers, as shapes and axes are given to ONNX. */
  int64(values: readonly number[]): string
  int64Scalar(value: number): string
  /**
   * A nested graph. Its last inputs, the captures, are read from the enclosing graph under the given names; `leading`
   * are scalar inputs that ONNX passes first and the program does not read.
   */
  subgraph(program: Program, captures: readonly string[], leading?: readonly ElementType[]): GraphMessage
}

export type HeldTensor = TensorMessage & { rawData: Uint8Array }

export interface LoweredProgram {
  readonly model: Uint8Array
  readonly inputNames: readonly string[]
  readonly outputNames: readonly string[]
  /** Large constants, to be fed with every run. */
  readonly constants: ReadonlyMap<string, TensorData>
  /** Tensors that the model holds, their bytes beside its file: by name, which is where the file says that they lie. */
  readonly embedded: ReadonlyMap<string, Uint8Array>
  readonly nodeCount: number
  /** Types of its nodes that the provider lacks. */
  readonly onCpu: readonly string[]
}

export function lower(program: Program, provider: Provider = 'cpu'): LoweredProgram {
  const { graph, tensors, ...lowered } = lowerToGraph(program, { provider })
  const references = tensors.map(({ rawData, ...tensor }): TensorMessage => {
    const where = { location: tensor.name, offset: '0', length: String(rawData.length) }
    return { ...tensor, dataLocation: 1, externalData: Object.entries(where).map(([key, value]) => ({ key, value })) }
  })
  return {
    ...lowered,
    model: encodeModel(
      { ...graph, initializers: [...graph.initializers, ...references] },
      provider === 'webgpu' ? webgpuOpsets : opsetVersions,
    ),
    embedded: new Map(tensors.map(({ name, rawData }) => [name, rawData])),
  }
}

/** The graph of a program, before it becomes a file; inputs and outputs may be given names of their own. */
export function lowerToGraph(
  program: Program,
  {
    provider = 'cpu',
    ...names
  }: {
    readonly provider?: Provider
    readonly inputs?: readonly string[]
    readonly outputs?: readonly string[]
  } = {},
): Omit<LoweredProgram, 'model' | 'embedded'> & {
  readonly graph: GraphMessage
  /** Tensors to be added to the graph's own. */
  readonly tensors: readonly HeldTensor[]
} {
  const constants = new Map<string, TensorData>()
  const initializers = new Map<string, TensorMessage>()
  const embedded = new Map<string, HeldTensor>()
  let counter = 0
  const fresh = () => `v${counter++}`
  let count = 0

  function initializer(key: string, dims: readonly number[], type: ElementType, bytes: () => Uint8Array): string {
    if (!initializers.has(key))
      initializers.set(key, { name: `c${initializers.size}`, dims, dataType: elementType[type], rawData: bytes() })
    return initializers.get(key)!.name
  }

  function lowerGraph(graph: Program, inputNames: readonly string[]): { nodes: NodeMessage[]; outputs: string[] } {
    const nodes: NodeMessage[] = []
    const names = new Map<Tensor, string>(graph.inputs.map((input, index) => [input, inputNames[index]]))
    const lowering: OnnxLowering = {
      provider,
      node: (type, inputs, attributes, domain) => lowering.nodes(type, inputs, attributes ?? {}, 1, domain)[0],
      nodes(type, inputs, attributes, outputCount, domain) {
        const outputs = Array.from({ length: outputCount }, fresh)
        const list = Object.entries(attributes).map(([name, value]) => {
          return attribute(
            name,
            name === 'alpha' || name === 'beta' || name === 'epsilon' ? { float: value as number } : value,
          )
        })
        nodes.push({ inputs, outputs, opType: type, domain, attributes: list })
        count++
        return outputs
      },
      cast: (x, type) => lowering.node('Cast', [x], { to: elementType[type] }),
      reshape: (x, shape) => lowering.node('Reshape', [x, lowering.int64(shape)], { allowzero: 1 }),
      split(x, sizes, axis) {
        if (provider === 'cpu' || sizes.length <= mostParts)
          return lowering.nodes('Split', [x, lowering.int64(sizes)], { axis }, sizes.length)
        let end = 0
        return sizes.map((size) => {
          end += size
          const range = [end - size, end].map((at) => lowering.int64([at]))
          return lowering.node('Slice', [x, ...range, lowering.int64([axis])])
        })
      },
      constant(value) {
        const data = value.data instanceof Float64Array ? Float32Array.from(value.data) : value.data
        const key = `${value.dtype}[${value.shape}]${fingerprint(data)}`
        const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
        if (bytes.length <= largestInitializer) return initializer(key, value.shape, onnxType[value.dtype], () => bytes)
        const name = `constant:${key}`
        constants.set(name, { ...value, data })
        return name
      },
      embedded(name, dims, type, rawData) {
        embedded.set(name, { name, dims, dataType: elementType[type], rawData })
        return name
      },
      scalar: (value, dtype = 'f32') =>
        lowering.constant({
          shape: [],
          dtype,
          data:
            dtype === 'f32' ? Float32Array.of(value) : dtype === 'i32' ? Int32Array.of(value) : Uint8Array.of(value),
        }),
      int64: (values) => initializer(`int64[${values}]`, [values.length], 'int64', () => bytesOf(values)),
      int64Scalar: (value) => initializer(`int64 ${value}`, [], 'int64', () => bytesOf([value])),
      subgraph(nested, captures, leading = []) {
        const own = nested.inputs.slice(0, nested.inputs.length - captures.length)
        const ownNames = own.map(fresh)
        const inner = lowerGraph(nested, [...ownNames, ...captures])
        // A subgraph must make its outputs itself: values passed through get an Identity.
        const outputs = inner.outputs.map((name, index) => {
          if (inner.nodes.some((node) => node.outputs.includes(name)) && inner.outputs.indexOf(name) === index)
            return name
          const copy = fresh()
          inner.nodes.push({ inputs: [name], outputs: [copy], opType: 'Identity', attributes: [] })
          return copy
        })
        return {
          name: fresh(),
          nodes: inner.nodes,
          initializers: [],
          inputs: [
            ...leading.map((type) => valueInfo(fresh(), type, [])),
            ...own.map((input, index) => valueInfo(ownNames[index], onnxType[input.dtype], input.shape)),
          ],
          outputs: outputs.map((name, index) =>
            valueInfo(name, onnxType[nested.outputs[index].dtype], nested.outputs[index].shape),
          ),
        }
      },
    }
    for (const node of graph.nodes) {
      const results = node.operator.onnx(
        lowering,
        node.inputs.map((input) => names.get(input)!),
        node,
      )
      const list = typeof results === 'string' ? [results] : results
      node.outputs.forEach((output, index) => {
        names.set(output, list[index])
      })
    }
    return { nodes, outputs: graph.outputs.map((output) => names.get(output)!) }
  }

  const inputNames = names.inputs ?? program.inputs.map((_, index) => `in${index}`)
  const { nodes, outputs } = lowerGraph(program, inputNames)
  const outputNames = names.outputs ?? outputs.map((_, index) => `out${index}`)
  const made = new Set(nodes.flatMap((node) => node.outputs))
  const final = new Map<string, string>()
  outputs.forEach((name, index) => {
    // Each output needs a name of its own: what is returned twice or passed straight through is copied.
    if (made.has(name) && !final.has(name)) final.set(name, outputNames[index])
    else nodes.push({ inputs: [name], outputs: [outputNames[index]], opType: 'Identity', attributes: [] })
  })
  for (const node of nodes) rename(node, final)
  const graph: GraphMessage = {
    name: 'seqlab',
    nodes,
    initializers: [...initializers.values()],
    inputs: [
      ...program.inputs.map((input, index) => valueInfo(inputNames[index], onnxType[input.dtype], input.shape)),
      ...[...constants].map(([name, value]) => valueInfo(name, onnxType[value.dtype], value.shape)),
    ],
    outputs: program.outputs.map((output, index) =>
      valueInfo(outputNames[index], onnxType[output.dtype], output.shape),
    ),
  }
  const types = new Set(nodes.map(({ opType }) => opType))
  const onCpu = provider === 'webgpu' ? [...types].filter((type) => missingOnWebgpu.has(type)) : []
  return { graph, tensors: [...embedded.values()], inputNames, outputNames, constants, nodeCount: count, onCpu }
}

/** Gives values other names wherever a node makes or reads them, in nested graphs too. */
function rename(node: NodeMessage, names: ReadonlyMap<string, string>): void {
  const other = (name: string) => names.get(name) ?? name
  node.inputs = node.inputs.map(other)
  node.outputs = node.outputs.map(other)
  for (const { g } of node.attributes) for (const nested of g?.nodes ?? []) rename(nested, names)
}

function bytesOf(values: readonly number[]): Uint8Array {
  return new Uint8Array(BigInt64Array.from(values, (value) => BigInt(value)).buffer)
}
