import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { addCorpus } from '#seqlab/data/index.js'
import { corpora, fileOf } from '#seqlab/tasks/corpora.js'
import { knownCorpora } from '#seqlab/tasks/known-corpora.js'
import type { Corpora } from '#seqlab/tasks/task.js'
import { suiteFolder } from './shared.js'

let home: string
let own: Corpora
beforeAll(async () => {
  home = await suiteFolder()
  own = corpora({ home, bundled: '/package/data' })
})

describe('a corpus asked for by name', () => {
  it('is the file or folder that was registered', async () => {
    const folder = join(home, 'mine')
    await mkdir(folder)
    await writeFile(join(folder, 'a.txt'), 'abc')
    await addCorpus({ home, name: 'mine', path: folder, licence: '' })
    expect(await own.path('mine')).toBe(folder)
    expect(await fileOf(own, 'mine', 'a.txt')).toBe(join(folder, 'a.txt'))
    await expect(fileOf(own, 'mine', 'b.txt')).rejects.toMatchObject({
      name: 'UserError',
      message: `corpus mine: ${folder} has no b.txt – register a folder with b.txt\nuse seqlab data add mine PATH`,
    })
  })

  it('comes with the package where it is Tiny Shakespeare, unless another was registered', async () => {
    expect(await own.path('tinyshakespeare')).toBe(join('/package/data', 'tinyshakespeare', 'input.txt'))
    const path = join(home, 'plays.txt')
    await writeFile(path, 'to be')
    await addCorpus({ home, name: 'tinyshakespeare', path, licence: '' })
    expect(await own.path('tinyshakespeare')).toBe(path)
  })

  it.each(Object.entries(knownCorpora))('says of %s where to get it and under which licence', async (name, known) => {
    const error = await own.path(name).catch((error) => error)
    expect(error.name).toBe('UserError')
    for (const part of [`seqlab data add ${name} PATH`, known.holds, known.from, known.licence])
      expect(error.message).toContain(part)
    expect(error.message.split('\n').length).toBeLessThanOrEqual(4)
  })

  it.each(['unheard-of', 'toString', '../x'])('names the command for %s', async (name) => {
    await expect(own.path(name)).rejects.toMatchObject({
      name: 'UserError',
      message: `corpus ${name}: is not registered – use seqlab data add ${name} PATH`,
    })
  })
})
