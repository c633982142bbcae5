import { z } from 'zod'
import { UserError } from '../platform/errors.js'
import { platform, type RandomAccessFile } from '../platform/index.js'
import type { Corpus } from './corpus.js'
import { readText } from './file.js'
import type { Tokenizer } from './tokenizer.js'
import { checkRange, type TokenArray, tokenArray } from './tokens.js'

/**
 * A token file is a folder of shards of little-endian integers and a manifest. The manifest is written last, so that a
 * folder with one is complete. The folder's name is a digest of text and tokenizer: a changed text is another folder.
 */
const manifestSchema = z.object({ tokens: z.number().int(), shards: z.number().int() })
type Manifest = z.infer<typeof manifestSchema>

const shardTokens = 1 << 23
/** Raised when the rule of a tokenizer changes, so that older files are not taken for its tokens. */
const version = 1

export async function openTokenFile(source: {
  name: string
  bytes: number
  cacheFolder: string
  tokenizer: Tokenizer
  text: () => AsyncIterable<Uint8Array>
  encode: () => AsyncIterable<Int32Array>
}): Promise<Corpus> {
  const { name, bytes, cacheFolder, tokenizer, text, encode } = source
  const { files } = platform()
  const folder = files.join(cacheFolder, `tokens-${await digest(text(), tokenizer)}`)
  const { tokens, shards } = (await readManifest(folder)) ?? (await write(folder, encode(), tokenizer.vocabularySize))
  const opened: RandomAccessFile[] = []
  for (let shard = 0; shard < shards; shard++) opened.push(await files.open(shardPath(folder, shard)))
  return {
    name,
    length: tokens,
    bytes,
    async read(start, count) {
      checkRange(start, count, tokens, name)
      const result = new Int32Array(count)
      for (let done = 0; done < count; ) {
        const shard = Math.floor((start + done) / shardTokens)
        const offset = (start + done) % shardTokens
        const part = tokenArray(tokenizer.vocabularySize, Math.min(count - done, shardTokens - offset))
        await fill(part, opened[shard], offset, folder)
        result.set(part, done)
        done += part.length
      }
      return result
    },
    async close() {
      for (const file of opened) await file.close()
    },
  }
}

async function fill(part: TokenArray, file: RandomAccessFile, offset: number, folder: string): Promise<void> {
  const into = new Uint8Array(part.buffer)
  const got = await file.read(into, offset * part.BYTES_PER_ELEMENT)
  if (got < into.length) throw damaged(folder)
}

const damaged = (folder: string) =>
  new UserError(`${folder}: the token file is damaged – delete this folder and start again`)

async function digest(text: AsyncIterable<Uint8Array>, tokenizer: Tokenizer): Promise<string> {
  const both = `${version} ${await platform().sha256(text)} ${JSON.stringify(tokenizer)}`
  return (await platform().sha256(once(new TextEncoder().encode(both)))).slice(0, 32)
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes
}

async function readManifest(folder: string): Promise<Manifest | undefined> {
  const { files } = platform()
  const path = files.join(folder, 'manifest.json')
  if (!(await files.exists(path))) return undefined
  try {
    return manifestSchema.parse(JSON.parse(await readText(path)))
  } catch {
    throw damaged(folder)
  }
}

async function write(folder: string, stream: AsyncIterable<Int32Array>, vocabularySize: number): Promise<Manifest> {
  const { files } = platform()
  await files.makeDirectory(folder)
  const shard = tokenArray(vocabularySize, shardTokens)
  let shards = 0
  let filled = 0
  const flush = async () => {
    const used = new Uint8Array(shard.buffer, 0, filled * shard.BYTES_PER_ELEMENT)
    await files.writeAtomic(shardPath(folder, shards++), used)
    filled = 0
  }
  for await (const part of stream) {
    for (let taken = 0; taken < part.length; ) {
      const count = Math.min(part.length - taken, shardTokens - filled)
      shard.set(part.subarray(taken, taken + count), filled)
      taken += count
      filled += count
      if (filled === shardTokens) await flush()
    }
  }
  const manifest = { tokens: shards * shardTokens + filled, shards: shards + (filled > 0 ? 1 : 0) }
  if (filled > 0) await flush()
  await files.writeAtomic(files.join(folder, 'manifest.json'), JSON.stringify(manifest))
  return manifest
}

const shardPath = (folder: string, shard: number) => platform().files.join(folder, `${shard}.bin`)
