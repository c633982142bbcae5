import { z } from 'zod'
import type { Spec, TensorData } from '../engine/index.js'
import { UserError } from '../platform/errors.js'
import { platform } from '../platform/index.js'
import { canonicalJson, type JsonObject, readJson, writeJson } from './canonical-json.js'
import {
  checkpointFiles,
  checkpointPath,
  latestCheckpoint,
  prune,
  removeUnfinished,
  removeWhole,
  temporaryPath,
} from './checkpoint-folders.js'
import { decodeSafetensors, encodeSafetensors, readHeader } from './safetensors.js'
import { heldType, readTensor } from './tensor-data.js'

/** Everything a run needs to go on as if it had never stopped. */
export interface Checkpoint {
  step: number
  /** Parameters only, by their dotted paths. */
  weights: Record<string, TensorData>
  /** The rest that is large: optimizer moments, carried state, accumulated gradients. */
  training: Record<string, TensorData>
  /** The rest that is small: random counters, early stopping, position in the data. Finite numbers only. */
  progress: JsonObject
}

const schemaVersion = 1
const fileRecord = z.object({ bytes: z.int().nonnegative(), sha256: z.string() })
const progressSchema = z.strictObject({
  best: z.boolean(),
  checksum: z.string(),
  files: z.strictObject({ training: fileRecord, weights: fileRecord }),
  progress: z.record(z.string(), z.json()),
  schema: z.literal(schemaVersion),
  step: z.int().nonnegative(),
})
type FileRecord = z.infer<typeof fileRecord>

/**
 * Saves a checkpoint of a run and returns its folder, `checkpoints/step-…`. The folder gets its name only when it is
 * complete and on the disk, so a kill at any instant leaves the earlier checkpoints or the new one, never a part. Then
 * all but the newest `keep` and the newest saved as `best` are removed. The arrays must not change until it resolves.
 * Throws a `UserError` when the disk is full or the step was saved before; earlier checkpoints are untouched.
 */
export async function saveCheckpoint(
  runDirectory: string,
  checkpoint: Checkpoint,
  { keep = 2, best = false }: { keep?: number; best?: boolean } = {},
): Promise<string> {
  const { files } = platform()
  const path = checkpointPath(runDirectory, checkpoint.step)
  const newest = await latestCheckpoint(runDirectory)
  if (newest && newest.step >= checkpoint.step) {
    const steps = `the run already has step ${newest.step}`
    throw new UserError(`${path}: ${steps} – continue from there, or delete the checkpoints from this step on`)
  }
  await removeUnfinished(runDirectory)
  const unfinished = temporaryPath(runDirectory, 'save')
  try {
    await files.makeDirectory(unfinished)
    await writeFolder(unfinished, checkpoint, best)
    // A folder of that name without all its files was damaged from outside; nothing can be resumed from it.
    if (await files.exists(path)) await removeWhole(runDirectory, path)
    await files.rename(unfinished, path)
  } catch (error) {
    await files.remove(unfinished).catch(() => undefined)
    if (!(error instanceof UserError)) throw error
    const kept = newest ? `the checkpoint of step ${newest.step} is untouched` : 'there is no earlier one'
    throw new UserError(`checkpoint of step ${checkpoint.step} not saved, ${kept}\n${error.message}`, { cause: error })
  }
  await prune(runDirectory, keep)
  return path
}

async function writeFolder(folder: string, { step, weights, training, progress }: Checkpoint, best: boolean) {
  const records = {
    training: await writeTensors(folder, checkpointFiles.training, training),
    weights: await writeTensors(folder, checkpointFiles.weights, weights),
  }
  const document = { best, files: records, progress, schema: schemaVersion, step }
  const checksum = await sha256([new TextEncoder().encode(canonicalJson(document))])
  await writeJson(platform().files.join(folder, checkpointFiles.progress), { ...document, checksum })
}

async function writeTensors(folder: string, file: string, tensors: Record<string, TensorData>): Promise<FileRecord> {
  const chunks = [...encodeSafetensors(tensors)]
  await platform().files.writeAtomic(platform().files.join(folder, file), chunks)
  return { bytes: chunks.reduce((total, chunk) => total + chunk.length, 0), sha256: await sha256(chunks) }
}

/**
 * Reads a checkpoint's folder. Throws a `UserError` naming the file and the fix when anything in it is missing, cut off,
 * changed, or was written in another version of the format.
 */
export async function loadCheckpoint(path: string): Promise<Checkpoint & { best: boolean }> {
  const { best, files, progress, step } = await readProgress(path)
  return {
    best,
    step,
    progress: progress as JsonObject,
    weights: await readTensors(path, checkpointFiles.weights, files.weights),
    training: await readTensors(path, checkpointFiles.training, files.training),
  }
}

export interface OpenWeights {
  readonly specs: Readonly<Record<string, Spec>>
  read(path: string): Promise<TensorData>
  close(): Promise<void>
}

/** The weights of a checkpoint's folder, checked like {@link loadCheckpoint} does, but read one by one: nobody holds all. */
export async function openCheckpointWeights(path: string): Promise<OpenWeights> {
  const expected = (await readProgress(path)).files.weights
  const name = platform().files.join(path, checkpointFiles.weights)
  const size = await platform().files.size(name)
  if (size !== expected.bytes) throw damaged(path, name, `expected ${expected.bytes} bytes, got ${size}`)
  if ((await platform().sha256(platform().files.stream(name))) !== expected.sha256)
    throw damaged(path, name, 'its contents are not those that were saved')
  const file = await platform().files.open(name)
  const { entries, start } = await readHeader(file, name).catch(async (error) => {
    await file.close()
    throw error
  })
  return {
    specs: Object.fromEntries(
      Object.entries(entries).map(([key, { shape, dtype }]) => [key, { shape, dtype: heldType(dtype) }]),
    ),
    async read(key) {
      const { dtype, shape, begin, end } = entries[key]
      const bytes = new Uint8Array(end - begin)
      await file.read(bytes, start + begin)
      return readTensor(dtype, shape, bytes, `${name}: ${key}`)
    },
    close: file.close,
  }
}

async function readProgress(path: string): Promise<z.infer<typeof progressSchema>> {
  const file = platform().files.join(path, checkpointFiles.progress)
  const { checksum, ...document } = await readJson(file, { fix: fixFor(path) })
  if (document.schema !== schemaVersion) {
    const found = document.schema === undefined ? 'no schema' : `schema ${JSON.stringify(document.schema)}`
    throw new UserError(`${file}: expected schema ${schemaVersion}, got ${found} – use the version that wrote it`)
  }
  const parsed = progressSchema.safeParse({ ...document, checksum })
  if (parsed.success && checksum === (await sha256([new TextEncoder().encode(canonicalJson(document))])))
    return parsed.data
  throw damaged(path, file, 'its contents are not those that were saved')
}

async function readTensors(path: string, name: string, expected: FileRecord): Promise<Record<string, TensorData>> {
  const file = platform().files.join(path, name)
  const bytes = await platform().files.read(file)
  if (bytes.length !== expected.bytes)
    throw damaged(path, file, `expected ${expected.bytes} bytes, got ${bytes.length}`)
  if ((await sha256([bytes])) !== expected.sha256)
    throw damaged(path, file, 'its contents are not those that were saved')
  return decodeSafetensors(bytes, { name: file }).tensors
}

function damaged(path: string, file: string, reason: string): UserError {
  return new UserError(`${file}: damaged, ${reason} – ${fixFor(path)}`)
}

function fixFor(path: string): string {
  return `delete ${path} to continue from the checkpoint before it`
}

function sha256(chunks: Uint8Array[]): Promise<string> {
  return platform().sha256(
    (async function* () {
      yield* chunks
    })(),
  )
}
