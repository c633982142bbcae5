import { execFileSync } from 'node:child_process'
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { UserError } from '#seqlab/platform/errors.js'
import { setPlatform } from '#seqlab/platform/index.js'
import { nodePlatform } from '#seqlab/platform/node.js'
import { loadCheckpoint, saveCheckpoint } from '#seqlab/training/checkpoint.js'
import { bestCheckpoint, latestCheckpoint } from '#seqlab/training/checkpoint-folders.js'
import { exampleCheckpoint } from './example-checkpoint.mjs'
import { seeded } from './seeded.js'
import { temporaryFolder } from './temporary-folder.js'

afterEach(() => setPlatform(nodePlatform))

const saved = (run: string) => readdir(join(run, 'checkpoints'))

describe('saving', () => {
  it('writes three files under the step’s name, and loading gives everything back', async () => {
    const run = await temporaryFolder()
    const path = await saveCheckpoint(run, exampleCheckpoint(100), { best: true })
    expect(path).toBe(join(run, 'checkpoints', 'step-00000100'))
    expect(await readdir(path)).toEqual(['progress.json', 'training.safetensors', 'weights.safetensors'])
    expect(await latestCheckpoint(run)).toEqual({ step: 100, path })
    expect(await loadCheckpoint(path)).toEqual({ ...exampleCheckpoint(100), best: true })
  })

  it('writes the same bytes every time, with no trace of when or where', async () => {
    const runs = [await temporaryFolder(), await temporaryFolder()]
    const [a, b] = await Promise.all(runs.map((run) => saveCheckpoint(run, exampleCheckpoint(7))))
    for (const name of await readdir(a)) {
      expect(await readFile(join(a, name)), name).toEqual(await readFile(join(b, name)))
    }
  })

  it('keeps the newest ones and the newest that was marked best', async () => {
    const run = await temporaryFolder()
    for (const step of [1, 2, 3, 4, 5]) {
      await saveCheckpoint(run, exampleCheckpoint(step), { keep: 2, best: step === 1 || step === 2 })
    }
    expect(await saved(run)).toEqual(['step-00000002', 'step-00000004', 'step-00000005'])
    expect((await bestCheckpoint(run))?.step).toBe(2)
    await saveCheckpoint(run, exampleCheckpoint(6), { keep: 1, best: true })
    expect(await saved(run)).toEqual(['step-00000006'])
  })

  it('orders steps by number, beyond eight digits too', async () => {
    const run = await temporaryFolder()
    for (const step of [99_999_999, 100_000_000]) await saveCheckpoint(run, exampleCheckpoint(step))
    expect((await latestCheckpoint(run))?.step).toBe(100_000_000)
  })

  it('refuses a step that the run has passed, and names both', async () => {
    const run = await temporaryFolder()
    await saveCheckpoint(run, exampleCheckpoint(5))
    for (const step of [4, 5]) {
      await expect(saveCheckpoint(run, exampleCheckpoint(step))).rejects.toThrow('the run already has step 5')
    }
    expect((await loadCheckpoint((await latestCheckpoint(run))!.path)).step).toBe(5)
  })

  it('refuses numbers that JSON cannot hold, and leaves nothing behind', async () => {
    const run = await temporaryFolder()
    const broken = { ...exampleCheckpoint(1), progress: { loss: Infinity } }
    await expect(saveCheckpoint(run, broken)).rejects.toThrow('progress.loss must be a finite number')
    expect(await saved(run)).toEqual([])
  })
})

describe('the latest checkpoint', () => {
  it('is none where there is no run or nothing was saved', async () => {
    const run = await temporaryFolder()
    expect(await latestCheckpoint(run)).toBeUndefined()
    expect(await latestCheckpoint(join(run, 'nowhere'))).toBeUndefined()
  })

  it('passes over unfinished and foreign folders, which only the next save removes or replaces', async () => {
    const run = await temporaryFolder()
    const first = await saveCheckpoint(run, exampleCheckpoint(1))
    await cp(first, join(run, 'checkpoints', '.unfinished-save'), { recursive: true })
    await mkdir(join(run, 'checkpoints', 'step-00000002'))
    await mkdir(join(run, 'checkpoints', 'notes'))
    expect(await latestCheckpoint(run)).toEqual({ step: 1, path: first })
    expect(await saved(run)).toContain('.unfinished-save')
    await saveCheckpoint(run, exampleCheckpoint(2))
    expect(await saved(run)).toEqual(['notes', 'step-00000001', 'step-00000002'])
    expect(await loadCheckpoint((await latestCheckpoint(run))!.path)).toMatchObject({ step: 2 })
  })
})

describe('loading refuses with a UserError', () => {
  it('another version of the format, and says which', async () => {
    const path = await saveCheckpoint(await temporaryFolder(), exampleCheckpoint(1))
    const progress = join(path, 'progress.json')
    await writeFile(progress, (await readFile(progress, 'utf8')).replace('"schema": 1', '"schema": 2'))
    const message = `${progress}: expected schema 1, got schema 2 – use the version that wrote it`
    await expect(loadCheckpoint(path)).rejects.toEqual(new UserError(message))
  })

  it('a progress.json that was cut off, and says how to go on', async () => {
    const path = await saveCheckpoint(await temporaryFolder(), exampleCheckpoint(1))
    await writeFile(join(path, 'progress.json'), '{"best"')
    await expect(loadCheckpoint(path)).rejects.toThrow(
      `none – delete ${path} to continue from the checkpoint before it`,
    )
  })

  it('a foreign progress.json', async () => {
    const path = await saveCheckpoint(await temporaryFolder(), exampleCheckpoint(1))
    await writeFile(join(path, 'progress.json'), '{"epoch": 3}')
    await expect(loadCheckpoint(path)).rejects.toThrow('expected schema 1, got no schema')
  })

  it('weights of another checkpoint, which are whole in themselves', async () => {
    const run = await temporaryFolder()
    const [a, b] = [await saveCheckpoint(run, exampleCheckpoint(1)), await saveCheckpoint(run, exampleCheckpoint(2))]
    await cp(join(a, 'weights.safetensors'), join(b, 'weights.safetensors'))
    await expect(loadCheckpoint(b)).rejects.toThrow(
      `${join(b, 'weights.safetensors')}: damaged, its contents are not those that were saved – delete ${b} to continue`,
    )
  })

  it('a missing folder or file', async () => {
    const run = await temporaryFolder()
    await expect(loadCheckpoint(join(run, 'nowhere'))).rejects.toBeInstanceOf(UserError)
    const path = await saveCheckpoint(run, exampleCheckpoint(1))
    await rm(join(path, 'training.safetensors'))
    await expect(loadCheckpoint(path)).rejects.toBeInstanceOf(UserError)
  })

  it('any byte changed, cut or added: never garbage (seed 2)', async () => {
    const random = seeded(2)
    const run = await temporaryFolder()
    const path = await saveCheckpoint(run, exampleCheckpoint(3))
    const names = await readdir(path)
    const kinds: Record<string, number> = {}
    for (let round = 0; round < 400; round++) {
      const file = join(path, names[random(names.length)])
      const original = await readFile(file)
      const kind = ['flip', 'overwrite', 'cut', 'extend'][random(4)]
      await writeFile(file, damage(original, kind, random))
      try {
        expect(await loadCheckpoint(path)).toEqual({ ...exampleCheckpoint(3), best: false })
      } catch (error) {
        expect(error, `round ${round}: ${kind} of ${file}`).toBeInstanceOf(UserError)
        expect((error as Error).message).toContain(file)
        kinds[kind] = (kinds[kind] ?? 0) + 1
      }
      await writeFile(file, original)
    }
    for (const kind of ['flip', 'overwrite', 'cut', 'extend']) expect(kinds[kind], kind).toBeGreaterThan(50)
  })
})

function damage(original: Buffer, kind: string, random: (limit: number) => number): Uint8Array {
  if (kind === 'cut') return original.subarray(0, random(original.length))
  if (kind === 'extend') return Buffer.concat([original, Buffer.from([48 + random(10)])])
  const bytes = Buffer.from(original)
  const at = random(bytes.length)
  // Text that stays valid JSON is the hardest damage to see: overwrite with characters of numbers.
  bytes[at] = kind === 'flip' ? bytes[at] ^ (1 << random(8)) : '0123456789e.-" '.charCodeAt(random(15))
  return bytes
}

describe('a disk that fills up while saving', () => {
  it('leaves earlier checkpoints, removes the part, and says so (every write in turn)', async () => {
    const run = await temporaryFolder()
    const first = await saveCheckpoint(run, exampleCheckpoint(1))
    for (const name of ['weights.safetensors', 'training.safetensors', 'progress.json']) {
      setPlatform(fullDiskAt(name))
      const saving = saveCheckpoint(run, exampleCheckpoint(2), { keep: 1 })
      await expect(saving).rejects.toBeInstanceOf(UserError)
      await expect(saving).rejects.toThrow('checkpoint of step 2 not saved, the checkpoint of step 1 is untouched\n')
      await expect(saving).rejects.toThrow('the disk is full')
      setPlatform(nodePlatform)
      expect(await saved(run)).toEqual(['step-00000001'])
      expect(await loadCheckpoint(first)).toMatchObject(exampleCheckpoint(1))
    }
  })

  it('on a real small disk: it fills, earlier checkpoints load, and training goes on when there is room', async (context) => {
    const disk = await smallDisk()
    if (!disk) return context.skip('mounting a small disk needs root on Linux')
    try {
      setPlatform(nodePlatform)
      const size = 8192
      await saveCheckpoint(disk.path, exampleCheckpoint(1, size))
      await writeFile(join(disk.path, 'ballast'), new Uint8Array(130_000))
      const saving = saveCheckpoint(disk.path, exampleCheckpoint(2, size))
      await expect(saving).rejects.toBeInstanceOf(UserError)
      await expect(saving).rejects.toThrow('the disk is full – free some space')
      expect(await saved(disk.path)).toEqual(['step-00000001'])
      const latest = await latestCheckpoint(disk.path)
      expect(await loadCheckpoint(latest!.path)).toMatchObject(exampleCheckpoint(1, size))
      await rm(join(disk.path, 'ballast'))
      await saveCheckpoint(disk.path, exampleCheckpoint(2, size))
      expect((await latestCheckpoint(disk.path))?.step).toBe(2)
    } finally {
      await disk.remove()
    }
  })
})

/** Node's platform on a disk that has no room for one file. */
function fullDiskAt(name: string): typeof nodePlatform {
  const message = 'the disk is full – free some space or choose a path on another disk'
  const writeAtomic: typeof nodePlatform.files.writeAtomic = async (path, data) => {
    if (path.endsWith(name)) throw new UserError(`${path}: ${message}`)
    await nodePlatform.files.writeAtomic(path, data)
  }
  return { ...nodePlatform, files: { ...nodePlatform.files, writeAtomic } }
}

/** A disk of 256 KiB, where this process may mount one. */
async function smallDisk(): Promise<{ path: string; remove(): Promise<void> } | undefined> {
  const path = await mkdtemp(join(tmpdir(), 'seqlab-disk-'))
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=256k', 'tmpfs', path], { stdio: 'ignore' })
  } catch {
    await rm(path, { recursive: true })
    return undefined
  }
  return {
    path,
    async remove() {
      execFileSync('umount', [path])
      await rm(path, { recursive: true })
    },
  }
}
