/** A program as an ONNX model that needs nothing from seqlab: named inputs and outputs, parameters held by the model. */
import { simplify } from '../simplify.js'
import type { Program, TensorData } from '../tensor.js'
import { type HeldTensor, lowerToGraph, onnxType } from './lowering.js'
import { elementType, encodeModel, type GraphMessage, type TensorMessage } from './proto.js'

export interface NamedProgram {
  readonly program: Program
  /** Names of the program's inputs and outputs, in order. */
  readonly inputs: readonly string[]
  readonly outputs: readonly string[]
}

/** A model whose large tensors have not been put anywhere yet. */
export interface StandaloneModel {
  readonly graph: GraphMessage
  /** Parameters and large constants, each with its bytes; equal names in several models mean equal tensors. */
  readonly tensors: readonly HeldTensor[]
}

/** Lowers a program; the inputs that `values` names are no inputs of the model but tensors that it holds. */
export function standaloneModel(
  { program, inputs, outputs }: NamedProgram,
  values: Readonly<Record<string, TensorData>>,
): StandaloneModel {
  const { graph, constants, tensors: embedded } = lowerToGraph(simplify(program), { inputs, outputs })
  const held = new Map([...Object.entries(values).filter(([name]) => inputs.includes(name)), ...constants])
  const tensors = [...held].map(([name, { shape, dtype, data }]) => ({
    name,
    dims: shape,
    dataType: elementType[onnxType[dtype]],
    rawData: new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
  }))
  return {
    graph: { ...graph, inputs: graph.inputs.filter(({ name }) => !held.has(name)) },
    tensors: [...tensors, ...embedded],
  }
}

/** The file of a model whose large tensors are inside of it, or where `place` says. */
export function encodeStandalone({ graph, tensors }: StandaloneModel, place?: ExternalTensors['place']): Uint8Array {
  const held = place ? tensors.map(place) : tensors
  return encodeModel({ ...graph, initializers: [...graph.initializers, ...held] })
}

/** ONNX asks for this alignment, so that the file can be mapped into memory. */
const alignment = 4096

export type ExternalTensors = ReturnType<typeof externalTensors>

/** A file of tensors beside models that would be too large for protobuf, shared by all of them. */
export function externalTensors(location: string) {
  const chunks: Uint8Array[] = []
  const offsets = new Map<string, number>()
  let end = 0
  const append = (bytes: Uint8Array) => {
    chunks.push(bytes)
    end += bytes.length
  }
  return {
    /** The file's bytes, once every tensor is placed. */
    chunks,
    place({ rawData, ...tensor }: HeldTensor): TensorMessage {
      if (!offsets.has(tensor.name)) {
        append(new Uint8Array(-end & (alignment - 1)))
        offsets.set(tensor.name, end)
        append(rawData)
      }
      const where = { location, offset: String(offsets.get(tensor.name)), length: String(rawData.length) }
      return { ...tensor, dataLocation: 1, externalData: Object.entries(where).map(([key, value]) => ({ key, value })) }
    },
  }
}
