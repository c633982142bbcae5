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
