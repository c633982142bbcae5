import { mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { UserError } from '#seqlab/platform/errors.js'
import { explain } from '#seqlab/platform/node-errors.js'
import { nodeFiles } from '#seqlab/platform/node-files.js'

let folder: string
const at = (...parts: string[]) => join(folder, ...parts)

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'seqlab-files-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

async function collect(chunks: AsyncIterable<Uint8Array>): Promise<number[]> {
  const bytes: number[] = []
  for await (const chunk of chunks) bytes.push(...chunk)
  return bytes
}

describe('reading', () => {
  it('gives the bytes of a range, end exclusive, and nothing for an empty range', async () => {
    await writeFile(at('a'), Uint8Array.from([0, 1, 2, 3, 4]))
    expect(await collect(nodeFiles.stream(at('a')))).toEqual([0, 1, 2, 3, 4])
    expect(await collect(nodeFiles.stream(at('a'), { start: 1, end: 3 }))).toEqual([1, 2])
    expect(await collect(nodeFiles.stream(at('a'), { start: 3 }))).toEqual([3, 4])
    expect(await collect(nodeFiles.stream(at('a'), { start: 2, end: 2 }))).toEqual([])
    expect(await collect(nodeFiles.stream(at('a'), { start: 9, end: 20 }))).toEqual([])
  })

  it('gives plain aligned arrays, which slice by copying', async () => {
    await writeFile(at('a'), Uint8Array.from([1, 2, 3]))
    const bytes = await nodeFiles.read(at('a'))
    expect(Object.getPrototypeOf(bytes)).toBe(Uint8Array.prototype)
    expect(bytes.byteOffset).toBe(0)
    expect([...bytes]).toEqual([1, 2, 3])
  })

  it('closes a stream that is left early', async () => {
    await writeFile(at('a'), new Uint8Array(5 << 20))
    for await (const chunk of nodeFiles.stream(at('a'))) {
      expect(chunk.length).toBeLessThanOrEqual(1 << 20)
      break
    }
    const open = await openDescriptors()
    expect(open.filter((path) => path === at('a'))).toEqual([])
  })

  it('fills from any position of an open file and says how much there was', async () => {
    await writeFile(at('a'), Uint8Array.from([0, 1, 2, 3, 4]))
    const file = await nodeFiles.open(at('a'))
    const into = new Uint8Array(4)
    expect(file.size).toBe(5)
    expect(await file.read(into, 3)).toBe(2)
    expect([...into.subarray(0, 2)]).toEqual([3, 4])
    expect(await file.read(into, 5)).toBe(0)
    await file.close()
  })

  it('lists sorted names, and none of a folder that does not exist', async () => {
    for (const name of ['b', 'a', '.c']) await writeFile(at(name), '')
    expect(await nodeFiles.list(folder)).toEqual(['.c', 'a', 'b'])
    expect(await nodeFiles.list(at('nowhere'))).toEqual([])
  })

  it('tells what exists, also below a file', async () => {
    await writeFile(at('a'), '')
    expect(await nodeFiles.exists(at('a'))).toBe(true)
    expect(await nodeFiles.exists(at('b'))).toBe(false)
    expect(await nodeFiles.exists(at('a', 'b'))).toBe(false)
  })

  it('tells folders from files and from nothing', async () => {
    await writeFile(at('a'), '')
    await symlink(folder, at('link'))
    expect(await nodeFiles.isDirectory(folder)).toBe(true)
    expect(await nodeFiles.isDirectory(at('link'))).toBe(true)
    expect(await nodeFiles.isDirectory(at('a'))).toBe(false)
    expect(await nodeFiles.isDirectory(at('nowhere'))).toBe(false)
    expect(await nodeFiles.isDirectory(at('a', 'b'))).toBe(false)
  })
})

async function openDescriptors(): Promise<string[]> {
  const { readlink } = await import('node:fs/promises')
  const names = await readdir('/proc/self/fd').catch(() => [])
  return Promise.all(names.map((name) => readlink(`/proc/self/fd/${name}`).catch(() => '')))
}

describe('writing', () => {
  it('replaces a file with text, bytes or chunks and leaves nothing else behind', async () => {
    await nodeFiles.writeAtomic(at('a'), 'é')
    expect(await readFile(at('a'), 'utf8')).toBe('é')
    await nodeFiles.writeAtomic(at('a'), Uint8Array.from([65]))
    expect(await readFile(at('a'), 'utf8')).toBe('A')
    await nodeFiles.writeAtomic(at('a'), new Set([Uint8Array.from([66]), new Uint8Array(0), Uint8Array.from([67])]))
    expect(await readFile(at('a'), 'utf8')).toBe('BC')
    expect(await readdir(folder)).toEqual(['a'])
  })

  it('keeps the old file and removes its own when the data cannot be made', async () => {
    await nodeFiles.writeAtomic(at('a'), 'old')
    const failing = {
      *[Symbol.iterator]() {
        yield Uint8Array.from([1])
        throw new Error('no more')
      },
    }
    await expect(nodeFiles.writeAtomic(at('a'), failing)).rejects.toThrow('no more')
    expect(await readFile(at('a'), 'utf8')).toBe('old')
    expect(await readdir(folder)).toEqual(['a'])
  })

  it('appends, truncates, renames and removes', async () => {
    await nodeFiles.append(at('a'), 'one\n')
    await nodeFiles.append(at('a'), 'two\n')
    await nodeFiles.truncate(at('a'), 4)
    await nodeFiles.makeDirectory(at('deep', 'er'))
    await nodeFiles.rename(at('a'), at('deep', 'er', 'b'))
    expect(await readFile(at('deep', 'er', 'b'), 'utf8')).toBe('one\n')
    expect(await nodeFiles.size(at('deep', 'er', 'b'))).toBe(4)
    await nodeFiles.remove(at('deep'))
    await nodeFiles.remove(at('deep'))
    expect(await readdir(folder)).toEqual([])
  })
})

describe('what the user can mend is a UserError that names the path and the fix', () => {
  it.each([
    ['ENOSPC', 'runs/a: the disk is full – free some space or choose a path on another disk'],
    ['EACCES', 'runs/a: permission denied – change its permissions or choose another path'],
  ])('%s', (code, message) => {
    const cause = Object.assign(new Error('raw'), { code })
    const error = explain(cause, 'runs/a')
    expect(error).toBeInstanceOf(UserError)
    expect(error).toMatchObject({ message, cause })
  })

  it('while other failures stay as they are', () => {
    const error = Object.assign(new Error('raw'), { code: 'EIO' })
    expect(explain(error, 'runs/a')).toBe(error)
    expect(explain(undefined, 'runs/a')).toBe(undefined)
  })

  it('for a missing file, however it is reached', async () => {
    const missing = at('nowhere')
    const expected = new UserError(`${missing}: no such file or folder – check the path`)
    await expect(nodeFiles.read(missing)).rejects.toEqual(expected)
    await expect(nodeFiles.size(missing)).rejects.toEqual(expected)
    await expect(nodeFiles.open(missing)).rejects.toEqual(expected)
    await expect(nodeFiles.truncate(missing, 1)).rejects.toEqual(expected)
    await expect(collect(nodeFiles.stream(missing))).rejects.toEqual(expected)
  })

  it('for a folder where a file is expected', async () => {
    await expect(nodeFiles.read(folder)).rejects.toThrow(`${folder}: is a folder – name a file`)
  })

  it.skipIf(process.platform !== 'linux')('for a device without room', async () => {
    await symlink('/dev/full', at('full'))
    await expect(nodeFiles.append(at('full'), 'x')).rejects.toThrow(`${at('full')}: the disk is full – free some space`)
  })
})
