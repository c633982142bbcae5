import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { TensorData } from '#seqlab/engine/index.js'
import { UserError } from '#seqlab/platform/errors.js'
import { decodeSafetensors, encodeSafetensors } from '#seqlab/training/safetensors.js'
import { seeded } from './seeded.js'

const tensors: Record<string, TensorData> = {
  zebra: { dtype: 'f32', shape: [2, 2], data: Float32Array.of(1, -0, NaN, Infinity) },
  mask: { dtype: 'bool', shape: [3], data: Uint8Array.of(1, 0, 1) },
  apfel_ä: { dtype: 'i32', shape: [2], data: Int32Array.of(-(2 ** 31), 2 ** 31 - 1) },
  exact: { dtype: 'f32', shape: [], data: Float64Array.of(Math.PI) },
  empty: { dtype: 'f32', shape: [0, 4], data: new Float32Array(0) },
}

function encode(...args: Parameters<typeof encodeSafetensors>): Uint8Array<ArrayBuffer> {
  return new Uint8Array(Buffer.concat([...encodeSafetensors(...args)]))
}

/** A file with this header (an object, or text as it stands) and this much data. */
function file(header: unknown, data: Uint8Array = new Uint8Array(0)): Uint8Array {
  const json = Buffer.from(typeof header === 'string' ? header : JSON.stringify(header))
  const prefix = Buffer.alloc(8)
  prefix.writeBigUInt64LE(BigInt(json.length))
  return new Uint8Array(Buffer.concat([prefix, json, data]))
}

const one = (dtype: string, shape: number[], data: Uint8Array) =>
  decodeSafetensors(file({ a: { dtype, shape, data_offsets: [0, data.length] } }, data), { name: 'f' }).tensors.a

describe('writing', () => {
  it('gives back what was written, bit for bit, with its metadata', () => {
    const decoded = decodeSafetensors(encode(tensors, { b: '2', a: 'ü' }), { name: 'f' })
    expect(decoded).toEqual({ tensors, metadata: { b: '2', a: 'ü' } })
    expect(Object.is(decoded.tensors.zebra.data[1], -0)).toBe(true)
  })

  it('gives equal bytes for equal tensors, however they were ordered', () => {
    const reversed = Object.fromEntries(Object.entries(tensors).reverse())
    expect(encode(reversed, { b: '2', a: '1' })).toEqual(encode(tensors, { a: '1', b: '2' }))
  })

  it('sorts the names and pads the header with spaces to a multiple of 8', () => {
    const bytes = encode(tensors)
    const length = Number(new DataView(bytes.buffer).getBigUint64(0, true))
    const header = new TextDecoder().decode(bytes.subarray(8, 8 + length))
    expect(length % 8).toBe(0)
    expect(header).toMatch(/^\{.*\} *$/)
    expect(Object.keys(JSON.parse(header))).toEqual(['apfel_ä', 'empty', 'exact', 'mask', 'zebra'])
  })

  it('views the memory of the tensors and of the file instead of copying', () => {
    const [, exact] = encodeSafetensors(tensors)
    expect(exact.buffer).toBe(tensors.exact.data.buffer)
    const bytes = encode(tensors)
    for (const { data } of Object.values(decodeSafetensors(bytes, { name: 'f' }).tensors)) {
      expect(data.buffer).toBe(bytes.buffer)
    }
  })

  it('reads files that start at an odd address by copying', () => {
    const bytes = encode(tensors)
    const odd = new Uint8Array(bytes.length + 1)
    odd.set(bytes, 1)
    expect(decodeSafetensors(odd.subarray(1), { name: 'f' }).tensors).toEqual(tensors)
  })

  it('writes a file without tensors', () => {
    expect(decodeSafetensors(encode({}), { name: 'f' })).toEqual({ tensors: {}, metadata: {} })
  })

  it('refuses a tensor whose shape and data disagree, and the name of the metadata', () => {
    const wrong: TensorData = { dtype: 'f32', shape: [2, 2], data: new Float32Array(3) }
    expect(() => encode({ wrong })).toThrow('safetensors: wrong of shape [2,2] must hold 4 values, got 3')
    expect(() => encode({ __metadata__: tensors.mask })).toThrow('cannot be called __metadata__')
  })
})

describe('types of other libraries', () => {
  it('widens F16 exactly, with subnormals, infinities and NaN', () => {
    const bits = Uint16Array.of(0x3c00, 0xc000, 0x0001, 0x03ff, 0x0400, 0x7bff, 0x7c00, 0xfc00, 0x7e00, 0x8000, 0x3555)
    const { data, dtype } = one('F16', [11], new Uint8Array(bits.buffer))
    const third = 0.333251953125
    expect(dtype).toBe('f32')
    expect([...data]).toEqual([1, -2, 2 ** -24, 1023 * 2 ** -24, 2 ** -14, 65504, Infinity, -Infinity, NaN, -0, third])
  })

  it('widens BF16 exactly', () => {
    const bits = Uint16Array.of(0x3f80, 0xc000, 0x7f80, 0x0001, 0x4049)
    expect([...one('BF16', [5], new Uint8Array(bits.buffer)).data]).toEqual([1, -2, Infinity, 2 ** -133, 3.140625])
  })

  it('narrows I64 that fits and names the first number that does not', () => {
    const bytes = (...values: bigint[]) => new Uint8Array(BigInt64Array.from(values).buffer)
    expect(one('I64', [2], bytes(-(2n ** 31n), 5n))).toEqual({
      dtype: 'i32',
      shape: [2],
      data: Int32Array.of(-(2 ** 31), 5),
    })
    const tooLarge = () => one('I64', [2], bytes(1n, 2n ** 31n))
    expect(tooLarge).toThrow(
      new UserError('f: a holds 2147483648 at 1, which no 32-bit integer can – convert the file first'),
    )
  })

  it('reads U8 as bytes', () => {
    expect(one('U8', [2], Uint8Array.of(0, 255)).data).toEqual(Uint8Array.of(0, 255))
  })

  it.each(['F8_E4M3', 'toString', ''])('refuses %j, naming tensor and choices', (dtype) => {
    expect(() => one(dtype, [1], new Uint8Array(1))).toThrow(`f: a has dtype ${dtype}, expected one of BOOL, U8, F16`)
  })
})

describe('damaged files are refused as UserError naming the file', () => {
  const f32 = (begin: number, end: number, shape = [(end - begin) / 4]) => ({
    dtype: 'F32',
    shape,
    data_offsets: [begin, end],
  })
  const data = new Uint8Array(16)
  const longPrefix = file('{}')
  longPrefix[7] = 1
  it.each<[string, Uint8Array, string]>([
    ['too short', new Uint8Array(7), '7 bytes are too few for a header'],
    ['a header larger than any file', longPrefix, 'is too large'],
    ['a cut header', file('{"a": 1}').subarray(0, 12), 'truncated: the header needs 16 bytes, the file has 12'],
    ['no JSON', file('{"a"'), 'its header is not a JSON object'],
    ['no UTF-8', file('{"a":1}').fill(0xff, 9, 10), 'its header is not a JSON object'],
    ['a list', file([]), 'its header is not a JSON object'],
    ['metadata that is no text', file({ __metadata__: { a: 1 } }), '__metadata__ must hold strings only'],
    ['an entry without offsets', file({ a: { dtype: 'F32', shape: [] } }), "the header's entry of a has no valid"],
    ['a negative length', file({ a: f32(0, 16, [-4]) }, data), "the header's entry of a has no valid"],
    [
      'cut data',
      file({ a: f32(0, 16) }, data.subarray(1)),
      'a is cut off: its offsets [0, 16] exceed the 15 bytes of data',
    ],
    ['a wrong shape', file({ a: f32(0, 16, [5]) }, data), 'a of shape [5] needs 20 bytes, got its offsets [0, 16]'],
    ['reversed offsets', file({ a: f32(8, 4, [1]) }, data), 'a of shape [1] needs 4 bytes'],
    ['overlap', file({ a: f32(0, 8), b: f32(4, 16) }, data), 'b overlaps another tensor at its offsets [4, 16]'],
    ['a gap', file({ a: f32(0, 4), b: f32(8, 16) }, data), 'b follows a gap at its offsets [8, 16]'],
    ['more data than tensors', file({ a: f32(0, 8) }, data), '8 bytes at its end belong to no tensor'],
  ])('%s', (_, bytes, reason) => {
    const decode = () => decodeSafetensors(bytes, { name: 'w.safetensors' })
    expect(decode).toThrow(UserError)
    expect(decode).toThrow(/^w\.safetensors: not a whole safetensors file \(.* – restore it from its source$/)
    expect(decode).toThrow(reason)
  })

  it('wherever a byte is changed or the end is cut, there is a UserError or a valid file (seed 1)', () => {
    const random = seeded(1)
    const whole = encode(tensors)
    let refused = 0
    for (let round = 0; round < 2000; round++) {
      const bytes = random(4) === 0 ? whole.slice(0, random(whole.length)) : whole.slice()
      if (bytes.length === whole.length) bytes[random(bytes.length)] ^= 1 << random(8)
      try {
        for (const { shape, data } of Object.values(decodeSafetensors(bytes, { name: 'f' }).tensors)) {
          expect(data.length).toBe(shape.reduce((a, b) => a * b, 1))
        }
      } catch (error) {
        expect(error).toBeInstanceOf(UserError)
        refused++
      }
    }
    expect(refused).toBeGreaterThan(1000)
  })
})

const shared = process.env.SEQLAB_SHARED
describe.skipIf(!shared)('files of other writers (skipped without SEQLAB_SHARED)', () => {
  const root = join(shared ?? '', 'reference')
  const paths = shared
    ? readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('.safetensors'))
    : []

  it.each(paths)('%s is read and survives being written again', (path) => {
    const decoded = decodeSafetensors(new Uint8Array(readFileSync(join(root, path))), { name: path })
    expect(Object.keys(decoded.tensors).length).toBeGreaterThan(0)
    for (const [name, { data }] of Object.entries(decoded.tensors)) {
      expect(data.every(Number.isFinite), name).toBe(true)
    }
    expect(decodeSafetensors(encode(decoded.tensors, decoded.metadata), { name: path })).toEqual(decoded)
  })

  it('linear_attn holds the values its recurrence gives, so bytes are interpreted as their writer meant', () => {
    const bytes = new Uint8Array(readFileSync(join(root, 'operators/linear_attn.safetensors')))
    const { tensors: file, metadata } = decodeSafetensors(bytes, { name: 'linear_attn' })
    const consts = JSON.parse(metadata.consts ?? '{}')
    const [, , , D] = file['in.q'].shape
    const [q, k, v, out] = ['in.q', 'in.k', 'in.v', 'out'].map((name) => file[name].data)
    // The first token of the first head: S = k vᵀ, so o = (q · k) v.
    const scale = consts.scale ?? 1 / Math.sqrt(D)
    let score = 0
    for (let i = 0; i < D; i++) score += q[i] * k[i] * scale
    for (let i = 0; i < D; i++) expect(out[i]).toBeCloseTo(score * v[i], 5)
  })
})
