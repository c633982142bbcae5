/** The safetensors files of a folder in the layout of Hugging Face: one, or several with an index. */
import { z } from 'zod'
import { UserError } from '../platform/errors.js'
import { platform, type RandomAccessFile } from '../platform/index.js'
import { readHeader, type StoredTensor } from '../training/safetensors.js'
import { readTensor } from '../training/tensor-data.js'

const single = 'model.safetensors'
const indexFile = 'model.safetensors.index.json'
const indexSchema = z.object({ weight_map: z.record(z.string(), z.string()) })
/** Larger text files of a folder are no configuration. */
const largestJson = 64 << 20

export interface WeightFiles {
  readonly tensors: ReadonlyMap<string, StoredTensor & { readonly file: string }>
  /** One tensor's values in single precision. Only its own bytes are read. */
  read(name: string): Promise<Float32Array>
  close(): Promise<void>
}

/** @throws UserError where the folder has no weights that can be read, and for files that are not whole */
export async function openWeights(folder: string): Promise<WeightFiles> {
  const { files } = platform()
  const index = files.join(folder, indexFile)
  const weightMap = (await files.exists(index)) ? await readIndex(index) : undefined
  const names = weightMap ? [...new Set(Object.values(weightMap))].sort() : [single]
  if (!weightMap) await requireWeights(folder)
  const open = new Map<string, { file: RandomAccessFile; start: number }>()
  const close = async () => {
    for (const { file } of open.values()) await file.close()
  }
  const tensors = new Map<string, StoredTensor & { file: string }>()
  try {
    for (const name of names) {
      const path = files.join(folder, name)
      if (!(await files.exists(path)))
        throw new UserError(`${index}: names ${name}, which is missing – restore the file`)
      const file = await files.open(path)
      open.set(name, { file, start: 0 })
      const { entries, start } = await readHeader(file, path)
      open.set(name, { file, start })
      for (const [key, entry] of Object.entries(entries)) {
        if (weightMap && weightMap[key] !== name) {
          const said = weightMap[key] === undefined ? 'does not name it' : `says it is in ${weightMap[key]}`
          throw new UserError(`${path}: holds ${key}, but the index ${said} – restore the folder from its source`)
        }
        tensors.set(key, { ...entry, file: name })
      }
    }
    for (const [key, name] of Object.entries(weightMap ?? {}))
      if (!tensors.has(key))
        throw new UserError(`${index}: says that ${name} holds ${key}, which it does not – restore the folder`)
  } catch (error) {
    await close()
    throw error
  }
  return {
    tensors,
    async read(name) {
      const { file: of, dtype, shape, begin, end } = tensors.get(name)!
      const { file, start } = open.get(of)!
      const bytes = new Uint8Array(end - begin)
      const got = await file.read(bytes, start + begin)
      const where = `${files.join(folder, of)}: ${name}`
      if (got !== bytes.length) throw new UserError(`${where}: cut off while it was read – restore the file`)
      const value = readTensor(dtype, shape, bytes, where)
      if (value.dtype !== 'f32')
        throw new UserError(`${where}: holds ${dtype}, weights must be F32, F16, BF16 or F64 – convert the file first`)
      return value.data instanceof Float32Array ? value.data : Float32Array.from(value.data)
    },
    close,
  }
}

async function requireWeights(folder: string): Promise<void> {
  const { files } = platform()
  if (await files.exists(files.join(folder, single))) return
  const names = await files.list(folder)
  const pickled = names.find((name) => /\.(bin|pt|pth|ckpt)$/.test(name))
  if (pickled) {
    throw new UserError(
      `${files.join(folder, pickled)}: is a pickled file, which runs as a program when it is opened, so it is not read – convert it to safetensors`,
    )
  }
  throw new UserError(`${folder}: has no ${single} and no ${indexFile} – name a folder with a model's files`)
}

async function readIndex(path: string): Promise<Record<string, string>> {
  const parsed = indexSchema.safeParse(await readJsonFile(path))
  if (!parsed.success) throw new UserError(`${path}: has no weight_map of names to files – restore the file`)
  const strange = Object.values(parsed.data.weight_map).find((name) => !/^[\w.-]+\.safetensors$/.test(name))
  if (strange !== undefined)
    throw new UserError(
      `${path}: names ${JSON.stringify(strange.slice(0, 80))}, weights must be .safetensors files beside it – restore the file`,
    )
  return parsed.data.weight_map
}

/** Numbers without an end as later files write them, where earlier ones have words that are no JSON. */
const finite = (text: string) =>
  text.replace(/"(?:[^"\\]|\\.)*"|-?Infinity|NaN/g, (part) =>
    part.startsWith('"') ? part : JSON.stringify({ __float__: part }),
  )

/** A JSON object from a file of a folder that others made. */
export const readJsonFile = async (path: string) => parseJson(path, await readTextFile(path))

/** The text of a file of a folder that others made, of the size that such files have. */
export async function readTextFile(path: string): Promise<string> {
  const { files } = platform()
  if (!(await files.exists(path))) throw new UserError(`${path}: is missing – name a folder with a model's files`)
  const size = await files.size(path)
  if (size > largestJson) throw new UserError(`${path}: ${size} bytes are too many for this file – restore it`)
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(await files.read(path))
  } catch {
    throw noObject(path)
  }
}

/** The JSON object that a text is. `path` is what messages name. */
export function parseJson(path: string, text: string): Record<string, unknown> {
  try {
    const value = JSON.parse(finite(text))
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value
  } catch {
    // No JSON: the same answer as for JSON that is no object.
  }
  throw noObject(path)
}

const noObject = (path: string) => new UserError(`${path}: is not a JSON object – restore the file`)
