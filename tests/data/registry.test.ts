import { createHash } from 'node:crypto'
import { beforeEach, describe, expect, it } from 'vitest'
import { addCorpus, listCorpora, resolveCorpus } from '#seqlab/data/index.js'
import { installMemoryPlatform, type MemoryPlatform } from './memory-platform.js'

const home = 'home'
const licence = 'for research, not to be passed on'
const add = (name: string, path = '/data/corpus.txt') => addCorpus({ home, name, path, licence })

let memory: MemoryPlatform
beforeEach(() => {
  memory = installMemoryPlatform()
  memory.write('/data/corpus.txt', 'abc')
})

describe('registered corpora', () => {
  it('keep path, size, checksum and licence note', async () => {
    const record = await add('my-corpus')
    expect(record).toEqual({
      name: 'my-corpus',
      path: '/data/corpus.txt',
      bytes: 3,
      sha256: 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
      licence,
    })
    expect(await resolveCorpus({ home, nameOrPath: 'my-corpus', verify: true })).toEqual({ path: record.path, record })
  })

  it('are listed by name', async () => {
    expect(await listCorpora({ home })).toEqual([])
    await add('b')
    await add('a')
    expect((await listCorpora({ home })).map(({ name }) => name)).toEqual(['a', 'b'])
  })

  it('are replaced when registered again', async () => {
    await add('a')
    memory.write('/elsewhere.txt', 'abcd')
    await add('a', '/elsewhere.txt')
    expect(await listCorpora({ home })).toMatchObject([{ path: '/elsewhere.txt', bytes: 4 }])
  })

  it.each(['', 'Wikitext', '../x', 'a/b', 'a.txt', '-a', '_a', 'a b', 'ü', 'x'.repeat(65)])(
    'do not take the name %j',
    async (name) => {
      await expect(add(name)).rejects.toMatchObject({
        name: 'UserError',
        message: expect.stringContaining(`got ${JSON.stringify(name)} – use a name like wikitext-2`),
      })
      expect(memory.contents.size).toBe(1)
    },
  )

  it('must exist and hold something', async () => {
    memory.write('/empty', '')
    await expect(add('a', '/none')).rejects.toThrow('/none: no such file')
    await expect(add('a', '/empty')).rejects.toThrow('/empty: the file is empty')
  })
})

describe('a registered folder', () => {
  const sizes = { bytes: 6, files: 2 }
  beforeEach(() => {
    memory.write('/shelf/b.txt', 'abc')
    memory.write('/shelf/a/c.txt', 'def')
    memory.write('/shelf/.DS_Store', 'not the user’s')
  })

  it('keeps its bytes, its files and a checksum of paths and contents', async () => {
    const record = await add('shelf', '/shelf')
    const sha256 = createHash('sha256').update('a/c.txt 3\ndefb.txt 3\nabc').digest('hex')
    expect(record).toEqual({ name: 'shelf', path: '/shelf', ...sizes, sha256, licence })
    expect(await resolveCorpus({ home, nameOrPath: 'shelf', verify: true })).toEqual({ path: '/shelf', record })
  })

  it('has the same checksum wherever it lies', async () => {
    memory.write('/moved/b.txt', 'abc')
    memory.write('/moved/a/c.txt', 'def')
    expect((await add('a', '/moved')).sha256).toBe((await add('b', '/shelf')).sha256)
  })

  it('is refused when a file came, went or grew, and when it is gone', async () => {
    await add('shelf', '/shelf')
    const resolve = () => resolveCorpus({ home, nameOrPath: 'shelf' })
    memory.write('/shelf/d.txt', 'x')
    await expect(resolve()).rejects.toThrow('/shelf had 6 bytes in 2 files and now has 7 bytes in 3 files')
    memory.contents.delete('/shelf/d.txt')
    expect((await resolve()).path).toBe('/shelf')
    for (const path of [...memory.contents.keys()]) if (path.startsWith('/shelf/')) memory.contents.delete(path)
    await expect(resolve()).rejects.toThrow('corpus shelf: its folder /shelf is gone')
  })

  it.each([
    ['a changed byte', '/shelf/b.txt', 'abd'],
    ['a byte that went to the file before', '/shelf/a/c.txt', 'defa'],
  ])('fails verification for %s', async (_, path, text) => {
    await add('shelf', '/shelf')
    memory.write(path, text)
    if (text.length === 4) memory.write('/shelf/b.txt', 'bc')
    await expect(resolveCorpus({ home, nameOrPath: 'shelf', verify: true })).rejects.toThrow('SHA-256')
  })

  it('must hold something', async () => {
    memory.write('/bare/empty', '')
    memory.write('/hidden/.x', 'abc')
    await expect(add('a', '/bare')).rejects.toMatchObject({
      name: 'UserError',
      message: '/bare: the folder is empty – give one with data in it',
    })
    await expect(add('a', '/hidden')).rejects.toThrow('/hidden: the folder is empty')
  })

  it('does not pass for the file that an earlier version registered', async () => {
    await add('a')
    memory.contents.delete('/data/corpus.txt')
    memory.write('/data/corpus.txt/a', 'abc')
    await expect(resolveCorpus({ home, nameOrPath: 'a' })).rejects.toThrow('had 3 bytes and now has 3 bytes in 1 files')
  })
})

describe('what --data names', () => {
  const resolve = (nameOrPath: string, verify = false) => resolveCorpus({ home, nameOrPath, verify })

  it('is a path when no corpus has the name', async () => {
    memory.write('notes', 'x')
    expect(await resolve('/data/corpus.txt')).toEqual({ path: '/data/corpus.txt' })
    expect(await resolve('notes')).toEqual({ path: 'notes' })
  })

  it('is refused when it is neither, with the names that there are', async () => {
    await expect(resolve('wiki')).rejects.toThrow(
      '"wiki" is neither a file nor a registered corpus (none is registered)',
    )
    await add('shelf')
    await expect(resolve('wiki')).rejects.toMatchObject({
      name: 'UserError',
      message: expect.stringContaining('(shelf)'),
    })
  })

  it('is refused when the file is gone or has another size', async () => {
    await add('a')
    memory.write('/data/corpus.txt', 'abcd')
    await expect(resolve('a')).rejects.toThrow('corpus a: /data/corpus.txt had 3 bytes and now has 4')
    memory.contents.delete('/data/corpus.txt')
    await expect(resolve('a')).rejects.toThrow('corpus a: its file /data/corpus.txt is gone')
    await expect(resolve('a')).rejects.toThrow('seqlab data add a PATH')
  })

  it('is compared with its checksum only when asked', async () => {
    await add('a')
    memory.write('/data/corpus.txt', 'abd')
    expect((await resolve('a')).path).toBe('/data/corpus.txt')
    await expect(resolve('a', true)).rejects.toMatchObject({
      name: 'UserError',
      message: expect.stringContaining('SHA-256'),
    })
  })

  it('says so when its record is damaged', async () => {
    await add('a')
    memory.write('home/corpora/a.json', '{')
    await expect(resolve('a')).rejects.toThrow('home/corpora/a.json: no corpus record')
  })
})
