/** The block function of Threefry-2x32 with 20 rounds, on the host and in ONNX. Source: random.ts. */
import type { OnnxLowering } from '../onnx/lowering.js'
import { type AttributeValue, attribute, type GraphMessage, type NodeMessage, valueInfo } from '../onnx/proto.js'

const rotations = [13, 15, 26, 6, 17, 29, 16, 24]
const parity = 0x1bd11bda
const roundsPerKey = 4
const keyings = 5

/** Two words from a key of two words and a counter of two words, all as signed 32-bit integers. */
export function threefry2x32(key0: number, key1: number, counter0: number, counter1: number): [number, number] {
  const keys = [key0, key1, key0 ^ key1 ^ parity]
  let a = (counter0 + key0) | 0
  let b = (counter1 + key1) | 0
  for (let round = 0; round < keyings * roundsPerKey; round++) {
    const rotation = rotations[round % 8]
    a = (a + b) | 0
    b = ((b << rotation) | (b >>> (32 - rotation))) ^ a
    if (round % roundsPerKey < roundsPerKey - 1) continue
    const keying = (round + 1) / roundsPerKey
    a = (a + keys[keying % 3]) | 0
    b = (b + keys[(keying + 1) % 3] + keying) | 0
  }
  return [a, b]
}

/**
 * Nodes for the blocks with counters (start, word), (start + 1, word), …: their first words, then their second ones, as
 * one int32 list. A loop over the five keyings, because a quarter of the nodes makes sessions quicker to build.
 */
export function lowerThreefry(
  lowering: OnnxLowering,
  key: string,
  word: string,
  start: number,
  blocks: number,
): string {
  const integers = (values: readonly number[], shape = [values.length]) =>
    lowering.constant({ shape, dtype: 'i32', data: Int32Array.from(values) })
  const unsigned = (name: string) => lowering.cast(name, 'uint32')
  const xor = (x: string, y: string) => lowering.node('BitwiseXor', [x, y])

  const [key0, key1] = lowering.nodes('Split', [key, lowering.int64([1, 1])], { axis: 0 }, 2)
  const keys = lowering.node('Concat', [key, xor(xor(key0, key1), integers([parity]))], { axis: 0 })
  const picked = (order: readonly number[]) =>
    lowering.node('Gather', [keys, integers(order, [keyings, 1])], { axis: 0 })
  const addedToA = unsigned(picked([1, 2, 0, 1, 2]))
  const addedToB = unsigned(lowering.node('Add', [picked([2, 0, 1, 2, 0]), integers([1, 2, 3, 4, 5], [keyings, 1])]))

  const counters = lowering.node(
    'Range',
    [start, start + blocks, 1].map((value) => lowering.scalar(value, 'i32')),
  )
  const a = unsigned(lowering.node('Add', [counters, key0]))
  const b = unsigned(
    lowering.node('Expand', [lowering.node('Add', [lowering.reshape(word, [1]), key1]), lowering.int64([blocks])]),
  )

  const perKeying = (value: (rotation: number) => number) => {
    const values = Array.from({ length: keyings * roundsPerKey }, (_, round) => value(rotations[round % 8]))
    return unsigned(integers(values, [keyings, roundsPerKey]))
  }
  const sequences = [perKeying((rotation) => 2 ** rotation), perKeying((rotation) => 32 - rotation), addedToA, addedToB]
  const body = fourRounds(a, lowering.int64([1, 1, 1, 1]), blocks)
  const words = lowering.nodes('Scan', [a, b, ...sequences], { body, num_scan_inputs: sequences.length }, 2)
  return lowering.cast(lowering.node('Concat', words, { axis: 0 }), 'int32')
}

/** The loop's body. A rotation is a multiplication by 2ʳ plus a shift to the right: ONNX Runtime multiplies faster than it shifts. */
function fourRounds(prefix: string, ones: string, blocks: number): GraphMessage {
  const nodes: NodeMessage[] = []
  const names = (count: number) => Array.from({ length: count }, (_, index) => `${prefix}.${nodes.length}.${index}`)
  const emit = (
    opType: string,
    inputs: readonly string[],
    attributes: Record<string, AttributeValue> = {},
    count = 1,
  ) => {
    const outputs = names(count)
    nodes.push({
      inputs,
      outputs,
      opType,
      attributes: Object.entries(attributes).map(([name, value]) => attribute(name, value)),
    })
    return outputs
  }
  const given = ['a', 'b', 'factors', 'shifts', 'addedToA', 'addedToB'].map((name) => `${prefix}.${name}`)
  const factors = emit('Split', [given[2], ones], { axis: 0 }, roundsPerKey)
  const shifts = emit('Split', [given[3], ones], { axis: 0 }, roundsPerKey)
  let [a, b] = given
  for (let round = 0; round < roundsPerKey; round++) {
    ;[a] = emit('Add', [a, b])
    const [high] = emit('Mul', [b, factors[round]])
    const [low] = emit('BitShift', [b, shifts[round]], { direction: 'RIGHT' })
    const [rotated] = emit('Add', [high, low])
    ;[b] = emit('BitwiseXor', [rotated, a])
  }
  const results = [...emit('Add', [a, given[4]]), ...emit('Add', [b, given[5]])]
  const shapes = [[blocks], [blocks], [roundsPerKey], [roundsPerKey], [1], [1]]
  return {
    name: `${prefix}.rounds`,
    nodes,
    initializers: [],
    inputs: given.map((name, index) => valueInfo(name, 'uint32', shapes[index])),
    outputs: results.map((name) => valueInfo(name, 'uint32', [blocks])),
  }
}
