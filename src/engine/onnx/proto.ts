/** The part of the ONNX file format that seqlab writes, as protobuf messages. Field numbers from onnx.proto (IR version 10). */
import protobuf from 'protobufjs/light.js'

const field = (id: number, type: string, rule?: 'repeated') => (rule ? { id, type, rule } : { id, type })

// proto2 writes fields that hold zero, which ONNX needs: an extent or an attribute of 0 is not an absent one.
const messages = {
  Model: {
    fields: {
      irVersion: field(1, 'int64'),
      producerName: field(2, 'string'),
      graph: field(7, 'Graph'),
      opsets: field(8, 'Opset', 'repeated'),
    },
  },
  Opset: { fields: { domain: field(1, 'string'), version: field(2, 'int64') } },
  Graph: {
    fields: {
      nodes: field(1, 'Node', 'repeated'),
      name: field(2, 'string'),
      initializers: field(5, 'TensorValue', 'repeated'),
      inputs: field(11, 'ValueInfo', 'repeated'),
      outputs: field(12, 'ValueInfo', 'repeated'),
    },
  },
  Node: {
    fields: {
      inputs: field(1, 'string', 'repeated'),
      outputs: field(2, 'string', 'repeated'),
      name: field(3, 'string'),
      opType: field(4, 'string'),
      attributes: field(5, 'Attribute', 'repeated'),
      domain: field(7, 'string'),
    },
  },
  Attribute: {
    fields: {
      name: field(1, 'string'),
      f: field(2, 'float'),
      i: field(3, 'int64'),
      s: field(4, 'bytes'),
      g: field(6, 'Graph'),
      ints: field(8, 'int64', 'repeated'),
      type: field(20, 'int32'),
    },
  },
  TensorValue: {
    fields: {
      dims: field(1, 'int64', 'repeated'),
      dataType: field(2, 'int32'),
      name: field(8, 'string'),
      rawData: field(9, 'bytes'),
      externalData: field(13, 'Entry', 'repeated'),
      dataLocation: field(14, 'int32'),
    },
  },
  Entry: { fields: { key: field(1, 'string'), value: field(2, 'string') } },
  ValueInfo: { fields: { name: field(1, 'string'), type: field(2, 'Type') } },
  Type: { fields: { tensorType: field(1, 'TensorType') } },
  TensorType: { fields: { elementType: field(1, 'int32'), shape: field(2, 'TensorShape') } },
  TensorShape: { fields: { dims: field(1, 'Dimension', 'repeated') } },
  Dimension: { fields: { value: field(1, 'int64') } },
}
const root = protobuf.Root.fromJSON({
  nested: Object.fromEntries(Object.entries(messages).map(([name, type]) => [name, { edition: 'proto2', ...type }])),
})
const modelType = root.lookupType('Model')

/** Element types by their number in the format. */
export const elementType = { float: 1, int32: 6, int64: 7, bool: 9, uint32: 12 } as const
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

/** The bytes of a model file with one graph. */
export function encodeModel(graph: GraphMessage): Uint8Array {
  const opsets = Object.entries(opsetVersions).map(([domain, version]) => ({ domain, version }))
  return modelType.encode(modelType.fromObject({ irVersion: 10, producerName: 'seqlab', graph, opsets })).finish()
}
