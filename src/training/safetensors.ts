import { z } from 'zod'
import type { TensorData } from '../engine/index.js'
import { UserError } from '../platform/errors.js'
import type { RandomAccessFile } from '../platform/index.js'
import { itemSizes, readTensor, type StoredType, storedType } from './tensor-data.js'

/*
 * The safetensors format: 8 bytes with the length of the header (little-endian), the header as JSON, the tensors' bytes
 * without gaps. https://github.com/huggingface/safetensors (README, "Format"). The package of that name on npm is a stub,
 * and the format is small, so both directions are here.
 */

/** The reference implementation refuses larger headers as well. */
const largestHeader = 100_000_000
const prefixBytes = 8

const entrySchema = z.object({
  dtype: z.string(),
  shape: z.array(z.int().nonnegative()),
  data_offsets: z.tuple([z.int().nonnegative(), z.int().nonnegative()]),
})
const metadataSchema = z.record(z.string(), z.string())

export interface SafetensorsFile {
  tensors: Record<string, TensorData>
  metadata: Record<string, string>
}

/**
 * The bytes of a safetensors file, in chunks that view the tensors' own memory. Equal tensors give equal bytes: names are
 * sorted, wider types lie first (so that every tensor can be read in place), and nothing else enters the file.
 */
export function encodeSafetensors(
  tensors: Readonly<Record<string, TensorData>>,
  metadata?: Record<string, string>,
): Iterable<Uint8Array> {
  const names = Object.keys(tensors).sort()
  const placed = names.toSorted((a, b) => tensors[b].data.BYTES_PER_ELEMENT - tensors[a].data.BYTES_PER_ELEMENT)
  const entries = new Map<string, unknown>()
  let end = 0
  for (const name of placed) {
    const tensor = checked(name, tensors[name])
    const { shape, data } = tensor
    const begin = end
    end += data.byteLength
    entries.set(name, { dtype: storedType(tensor), shape, data_offsets: [begin, end] })
  }
  const header: [string, unknown][] = names.map((name) => [name, entries.get(name)])
  if (metadata) header.unshift(['__metadata__', Object.fromEntries(Object.entries(metadata).sort())])
  const data = placed.map((name) => tensors[name].data)
  return [
    encodeHeader(Object.fromEntries(header)),
    ...data.map(({ buffer, byteOffset, byteLength }) => new Uint8Array(buffer, byteOffset, byteLength)),
  ]
}

function checked(name: string, tensor: TensorData): TensorData {
  const size = tensor.shape.reduce((product, length) => product * length, 1)
  if (name === '__metadata__') throw new Error('safetensors: a tensor cannot be called __metadata__ – rename it')
  if (size !== tensor.data.length) {
    const shape = `[${tensor.shape}]`
    throw new Error(`safetensors: ${name} of shape ${shape} must hold ${size} values, got ${tensor.data.length}`)
  }
  return tensor
}

function encodeHeader(header: object): Uint8Array {
  const json = new TextEncoder().encode(JSON.stringify(header))
  const length = Math.ceil(json.length / 8) * 8
  const bytes = new Uint8Array(prefixBytes + length).fill(0x20)
  new DataView(bytes.buffer).setBigUint64(0, BigInt(length), true)
  bytes.set(json, prefixBytes)
  return bytes
}

/**
 * Reads a safetensors file: F64, F32, I32, BOOL and U8 as views of `bytes` where their alignment allows, F16 and BF16
 * widened to f32, I64 narrowed to i32. Throws a `UserError` that begins with `name`, the file's path, when the bytes are
 * not a whole and valid file, or hold a type or a number that none of these can represent.
 */
export function decodeSafetensors(bytes: Uint8Array, { name }: { name: string }): SafetensorsFile {
  const start = headerEnd(bytes, bytes.length, name)
  const { entries, metadata } = parseHeader(bytes.subarray(prefixBytes, start), bytes.length - start, name)
  const tensors = Object.entries(entries).map(([key, { dtype, shape, begin, end }]): [string, TensorData] => [
    key,
    readTensor(dtype, shape, bytes.subarray(start + begin, start + end), `${name}: ${key}`),
  ])
  return { tensors: Object.fromEntries(tensors), metadata }
}

/** One tensor of a file: where its bytes lie, counted from the end of the header. */
export interface StoredTensor {
  readonly dtype: StoredType
  readonly shape: number[]
  readonly begin: number
  readonly end: number
}

export interface SafetensorsHeader {
  readonly entries: Readonly<Record<string, StoredTensor>>
  readonly metadata: Record<string, string>
  /** Where the tensors' bytes begin. */
  readonly start: number
}

/** The header of an open file, checked like the whole of one: nothing else of the file is read. */
export async function readHeader(file: RandomAccessFile, name: string): Promise<SafetensorsHeader> {
  const prefix = new Uint8Array(Math.min(prefixBytes, file.size))
  await file.read(prefix, 0)
  const start = headerEnd(prefix, file.size, name)
  const bytes = new Uint8Array(start - prefixBytes)
  await file.read(bytes, prefixBytes)
  return { ...parseHeader(bytes, file.size - start, name), start }
}

/** Where the header ends, from the first bytes of a file of `size` bytes. */
function headerEnd(bytes: Uint8Array, size: number, name: string): number {
  if (bytes.length < prefixBytes) throw invalid(name, `${bytes.length} bytes are too few for a header`)
  const length = Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true))
  if (length > largestHeader) throw invalid(name, `a header of ${length} bytes is too large`)
  if (prefixBytes + length <= size) return prefixBytes + length
  throw invalid(name, `truncated: the header needs ${prefixBytes + length} bytes, the file has ${size}`)
}

function parseHeader(bytes: Uint8Array, dataLength: number, name: string): Omit<SafetensorsHeader, 'start'> {
  const { __metadata__, ...given } = headerObject(bytes, name)
  const metadata = metadataSchema.safeParse(__metadata__ ?? {})
  if (!metadata.success) throw invalid(name, '__metadata__ must hold strings only')
  const tensors = Object.entries(given).map(([key, value]) => {
    const entry = entrySchema.safeParse(value)
    if (!entry.success) throw invalid(name, `the header's entry of ${key} has no valid dtype, shape and data_offsets`)
    return { key, ...entry.data }
  })
  checkLayout(tensors, dataLength, name)
  const entries = tensors.map(({ key, dtype, shape, data_offsets: [begin, end] }): [string, StoredTensor] => [
    key,
    { dtype: dtype as StoredType, shape, begin, end },
  ])
  return { entries: Object.fromEntries(entries), metadata: metadata.data }
}

function headerObject(bytes: Uint8Array, name: string): Record<string, unknown> {
  try {
    const header = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
    if (typeof header === 'object' && header !== null && !Array.isArray(header)) return header
  } catch {
    // Bytes that are no UTF-8 or no JSON: the same answer as for JSON that is no object.
  }
  throw invalid(name, 'its header is not a JSON object')
}

type Entry = { key: string } & z.infer<typeof entrySchema>

/** Every byte of the data belongs to one tensor, so that nothing can hide or be read twice. */
function checkLayout(tensors: Entry[], dataLength: number, name: string): void {
  let expected = 0
  for (const { key, dtype, shape, data_offsets } of tensors.toSorted(byOffset)) {
    const [begin, end] = data_offsets
    if (!Object.hasOwn(itemSizes, dtype)) {
      const known = Object.keys(itemSizes).join(', ')
      throw new UserError(
        `${name}: ${key} has dtype ${dtype.slice(0, 20)}, expected one of ${known} – convert the file first`,
      )
    }
    const length = shape.reduce((product, size) => product * size, itemSizes[dtype as StoredType])
    const offsets = `its offsets [${begin}, ${end}]`
    if (end > dataLength) throw invalid(name, `${key} is cut off: ${offsets} exceed the ${dataLength} bytes of data`)
    if (end - begin !== length) throw invalid(name, `${key} of shape [${shape}] needs ${length} bytes, got ${offsets}`)
    if (begin !== expected) {
      throw invalid(name, `${key} ${begin < expected ? 'overlaps another tensor' : 'follows a gap'} at ${offsets}`)
    }
    expected = end
  }
  if (expected !== dataLength) throw invalid(name, `${dataLength - expected} bytes at its end belong to no tensor`)
}

function byOffset(a: Entry, b: Entry): number {
  return a.data_offsets[0] - b.data_offsets[0] || a.data_offsets[1] - b.data_offsets[1]
}

function invalid(name: string, reason: string): UserError {
  return new UserError(`${name}: not a whole safetensors file (${reason}) – restore it from its source`)
}
