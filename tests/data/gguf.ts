import { readFileSync } from 'node:fs'

/** The key-value part of a GGUF file, which holds a tokenizer's vocabulary. */
export function readGguf(path: string): Map<string, unknown> {
  const bytes = readFileSync(path)
  let at = 8
  const skip = (size: number) => {
    at += size
    return at - size
  }
  const count = (): number => Number(bytes.readBigUInt64LE(skip(8)))
  const text = (): string => {
    const length = count()
    const start = skip(length)
    return bytes.toString('utf8', start, start + length)
  }
  const readers: Record<number, () => unknown> = {
    0: () => bytes.readUInt8(skip(1)),
    4: () => bytes.readUInt32LE(skip(4)),
    5: () => bytes.readInt32LE(skip(4)),
    6: () => bytes.readFloatLE(skip(4)),
    7: () => bytes.readUInt8(skip(1)) === 1,
    8: text,
    9: () => {
      const type = bytes.readUInt32LE(skip(4))
      return Array.from({ length: count() }, () => readers[type]())
    },
  }
  count()
  const entries = count()
  const result = new Map<string, unknown>()
  for (let i = 0; i < entries; i++) {
    const key = text()
    const type = bytes.readUInt32LE(skip(4))
    result.set(key, readers[type]())
  }
  return result
}
