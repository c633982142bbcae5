/** The part of the ONNX file format that seqlab writes, as protobuf messages. Field numbers from onnx.proto (IR version 10). */
import protobuf from 'protobufjs/minimal.js'

type Kind = 'int64' | 'int32' | 'float' | 'string' | 'bytes' | MessageName
type Field = readonly [id: number, kind: Kind]

/** Fields by name. Lists need no mark: they are written one after the other, as proto2 has them. */
const messages = {
  Model: { irVersion: [1, 'int64'], producerName: [2, 'string'], graph: [7, 'Graph'], opsets: [8, 'Opset'] },
  Opset: { domain: [1, 'string'], version: [2, 'int64'] },
  Graph: {
    nodes: [1, 'Node'],
    name: [2, 'string'],
    initializers: [5, 'TensorValue'],
    inputs: [11, 'ValueInfo'],
    outputs: [12, 'ValueInfo'],
  },
  Node: {
    inputs: [1, 'string'],
    outputs: [2, 'string'],
    name: [3, 'string'],
    opType: [4, 'string'],
    attributes: [5, 'Attribute'],
    domain: [7, 'string'],
  },
  Attribute: {
    name: [1, 'string'],
    f: [2, 'float'],
    i: [3, 'int64'],
    s: [4, 'bytes'],
    g: [6, 'Graph'],
    ints: [8, 'int64'],
    type: [20, 'int32'],
  },
  TensorValue: {
    dims: [1, 'int64'],
    dataType: [2, 'int32'],
    name: [8, 'string'],
    rawData: [9, 'bytes'],
    externalData: [13, 'Entry'],
    dataLocation: [14, 'int32'],
  },
  Entry: { key: [1, 'string'], value: [2, 'string'] },
  ValueInfo: { name: [1, 'string'], type: [2, 'Type'] },
  Type: { tensorType: [1, 'TensorType'] },
  TensorType: { elementType: [1, 'int32'], shape: [2, 'TensorShape'] },
  TensorShape: { dims: [1, 'Dimension'] },
  Dimension: { value: [1, 'int64'] },
} as const

type MessageName =
  | 'Graph'
  | 'Opset'
  | 'Node'
  | 'Attribute'
  | 'TensorValue'
  | 'Entry'
  | 'ValueInfo'
  | 'Type'
  | 'TensorType'
  | 'TensorShape'
  | 'Dimension'

const [varint, fixed32, delimited] = [0, 5, 2]
const wireTypes: Readonly<Record<string, number>> = { int64: varint, int32: varint, float: fixed32 }

/**
 * Writes the fields that a message has; zeros too, as an extent or an attribute of 0 is not an absent one. By hand over
 * the library's writer, because its own encoders are made at run time from source text, which pages may forbid.
 */
function write(name: keyof typeof messages, message: object, writer: protobuf.Writer): void {
  for (const [field, [id, kind]] of Object.entries<Field>(messages[name])) {
    const given = (message as Record<string, unknown>)[field]
    if (given === undefined) continue
    const isList = Array.isArray(given)
    for (const value of isList ? given : [given]) {
      writer.uint32((id << 3) | (wireTypes[kind] ?? delimited))
      if (kind in messages) {
        writer.fork()
        write(kind as MessageName, value, writer)
        writer.ldelim()
      } else writer[kind as 'string'](value)
    }
  }
}

/** Element types by their number in the format. */
export const elementType = { float: 1, uint8: 2, int32: 6, int64: 7, bool: 9, uint32: 12 } as const
export type ElementType = keyof typeof elementType

export interface NodeMessage {
  inputs: readonly string[]
  outputs: readonly string[]
  opType: string
  domain?: string
  attributes: AttributeMessage[]
}
export interface AttributeMessage {
  name: string
  type: number
  f?: number
  i?: number
  s?: Uint8Array
  g?: GraphMessage
  ints?: readonly number[]
}
export interface TensorMessage {
  name: string
  dims: readonly number[]
  dataType: number
  rawData?: Uint8Array
  /** Where the bytes lie in another file (`location`, `offset`, `length`), with `dataLocation` 1. */
  externalData?: { key: string; value: string }[]
  dataLocation?: number
}
export interface ValueMessage {
  name: string
  type: { tensorType: { elementType: number; shape: { dims: { value: number }[] } } }
}
export interface GraphMessage {
  name: string
  nodes: NodeMessage[]
  initializers: TensorMessage[]
  inputs: ValueMessage[]
  outputs: ValueMessage[]
}

/** An attribute: integers, a list of integers, `{ float }`, a string, or a graph. */
export type AttributeValue = number | readonly number[] | { readonly float: number } | string | GraphMessage

export function attribute(name: string, value: AttributeValue): AttributeMessage {
  if (typeof value === 'number') return { name, type: 2, i: value }
  if (typeof value === 'string') return { name, type: 3, s: new TextEncoder().encode(value) }
  if ('nodes' in value) return { name, type: 5, g: value }
  if ('float' in value) return { name, type: 1, f: value.float }
  return { name, type: 7, ints: value }
}

export function valueInfo(name: string, type: ElementType, shape: readonly number[]): ValueMessage {
  return {
    name,
    type: { tensorType: { elementType: elementType[type], shape: { dims: shape.map((value) => ({ value })) } } },
  }
}

/** Versions of the operator sets that model files use, by domain. */
export const opsetVersions = { '': 26, 'com.microsoft': 1 } as const

/** Newer versions of Transpose and Pad are not on WebGPU: they would run on the CPU. */
export const webgpuOpsets = { ...opsetVersions, '': 21 } as const

/** The bytes of a model file with one graph. */
export function encodeModel(
  graph: GraphMessage,
  versions: Readonly<Record<string, number>> = opsetVersions,
): Uint8Array {
  const opsets = Object.entries(versions).map(([domain, version]) => ({ domain, version }))
  const writer = protobuf.Writer.create()
  write('Model', { irVersion: 10, producerName: 'seqlab', graph, opsets }, writer)
  return writer.finish()
}
