import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { openCorpus, parseTokenizer } from '#seqlab/data/index.js'
import { languageTasks } from '#seqlab/tasks/language/index.js'
import type { Corpora, TextPart, TextSource, TextTask } from '#seqlab/tasks/task.js'
import { corporaAt, shared, suiteFolder, unpacked } from './shared.js'

if (!shared) console.log('language texts: SEQLAB_SHARED is not set – the tests on real corpora are skipped')

const shakespeare = join(import.meta.dirname, '../../../data/tinyshakespeare/input.txt')

async function open(id: string, corpora: Corpora, settings: object = {}): Promise<TextSource> {
  const task = languageTasks.find((task) => task.id === id) as TextTask
  return task.open(task.config.parse(settings), corpora)
}

const parts = ({ train, validation, test }: TextSource) => [train, validation, ...(test ? [test] : [])]
const bytesOf = async ({ path, range }: TextPart) => (await readFile(path)).subarray(range?.start, range?.end)
const lengths = (source: TextSource) => parts(source).map(({ range }) => (range ? range.end - range.start : Number.NaN))

/** Parts of one file that meet, cover `size` bytes and begin with whole characters. */
async function expectDivided(source: TextSource, size: number): Promise<void> {
  const ranges = parts(source).map(({ range }) => range)
  expect(ranges[0]?.start).toBe(0)
  expect(ranges.at(-1)?.end).toBe(size)
  for (let i = 1; i < ranges.length; i++) expect(ranges[i]?.start).toBe(ranges[i - 1]?.end)
  for (const part of parts(source).slice(1)) expect((await bytesOf(part))[0] & 0xc0).not.toBe(0x80)
}

describe('Tiny Shakespeare', () => {
  it('is divided as nanoGPT does: 1,003,854 characters train and 111,540 validate', async () => {
    const source = await open('tinyshakespeare', corporaAt({ tinyshakespeare: shakespeare }))
    expect(lengths(source)).toEqual([1_003_854, 111_540])
    expect(source.tokenizer).toBe('char')
    await expectDivided(source, 1_115_394)
  })
})

describe('the registry of language tasks', () => {
  it('has a default for every setting and warns where figures do not compare', () => {
    for (const task of languageTasks) {
      expect(task.config.safeParse({}).success, task.id).toBe(true)
      expect(task.group).toBe('language')
      for (const { from, value } of task.published ?? []) {
        expect(from).not.toBe('')
        expect(Number.isFinite(value)).toBe(true)
      }
    }
    const warned = (id: string) =>
      languageTasks.find((task) => task.id === id)?.published?.every(({ warning }) => warning)
    for (const id of ['enwik8', 'tinystories', 'lambada', 'blimp']) expect(warned(id), id).toBe(true)
  })
})

describe('text tasks on made files', () => {
  let folder: string
  beforeAll(async () => {
    folder = await suiteFolder()
    await mkdir(join(folder, 'books'))
    await mkdir(join(folder, 'none'))
    await writeFile(join(folder, 'none', 'README.txt'), 'about')
    await writeFile(join(folder, 'books', 'SOURCE.txt'), 'x'.repeat(5000))
    // 3 bytes a character: no fraction of the length is a border by luck.
    await writeFile(join(folder, 'books', 'long-book.txt'), '€'.repeat(333))
    await writeFile(join(folder, 'books', 'short-book.txt'), 'é'.repeat(55))
    await writeFile(join(folder, 'wide.txt'), '🚀'.repeat(107))
  })

  it('begin each part with a whole character', async () => {
    const wide = join(folder, 'wide.txt')
    await expectDivided(await open('tinystories', corporaAt({ tinystories: wide })), 428)
    await expectDivided(await open('enwik8', corporaAt({ enwik8: wide }), { bytes: 400 }), 400)
    await expectDivided(await open('gutenberg', corporaAt({ gutenberg: join(folder, 'books') })), 999)
  })

  it('take the largest file of a folder where a corpus is one text', async () => {
    const source = await open('tinystories', corporaAt({ tinystories: join(folder, 'books') }))
    expect(source.train.path).toBe(join(folder, 'books', 'SOURCE.txt'))
  })

  it('take the longest book, or the one that was named, and test on another when asked', async () => {
    const corpora = corporaAt({ gutenberg: join(folder, 'books') })
    const long = join(folder, 'books', 'long-book.txt')
    expect((await open('gutenberg', corpora)).train.path).toBe(long)
    const source = await open('gutenberg', corpora, { book: 'short', test: 'long' })
    expect(source.train.path).toBe(join(folder, 'books', 'short-book.txt'))
    expect(source.test).toEqual({ path: long })
  })

  it('name the books there are when none or several have the name', async () => {
    const corpora = corporaAt({ gutenberg: join(folder, 'books') })
    await expect(open('gutenberg', corpora, { book: 'moby' })).rejects.toMatchObject({
      name: 'UserError',
      message: expect.stringContaining('0 begin with "moby" – they are long-book, short-book'),
    })
  })

  it('refuse folders without what they need, by path and with the fix', async () => {
    const none = join(folder, 'none')
    for (const [id, missing] of [
      ['gutenberg', 'has no book'],
      ['wikitext-2', 'has no train.txt'],
    ]) {
      const error = await open(id, corporaAt({ [id]: none })).catch((error) => error)
      expect(error.name).toBe('UserError')
      expect(error.message).toContain(`${none} ${missing}`)
      expect(error.message).toContain(`seqlab data add ${id}`)
    }
  })

  it('refuse a prefix that is longer than the file', async () => {
    const wide = join(folder, 'wide.txt')
    await expect(open('enwik8', corporaAt({ enwik8: wide }))).rejects.toThrow(
      `enwik8: bytes must be at most 428, the size of ${wide}, got 1000000 – use enwik8:bytes=428`,
    )
  })
})

describe.skipIf(!shared)('text tasks on the real corpora', () => {
  let folder: string
  beforeAll(async () => {
    folder = await unpacked('wikitext-2', 'enwik8-prefix', 'tinystories-sample', 'gutenberg')
  })

  it('WikiText-2 has the published 33,278 words and 2,088,628, 217,646 and 245,569 tokens', async () => {
    const source = await open('wikitext-2', corporaAt({ 'wikitext-2': join(folder, 'wikitext-2') }))
    expect(source.tokenizer).toBe('word')
    const tokenizer = await parseTokenizer(source.tokenizer, source.train.path)
    expect(tokenizer.vocabularySize).toBe(33_278)
    const counts = []
    for (const { path, range } of parts(source)) counts.push((await openCorpus(path, tokenizer, { range })).length)
    expect(counts).toEqual([2_088_628, 217_646, 245_569])
  })

  it('enwik8 takes its first million bytes from any longer prefix, in 90, 5 and 5 parts of 100', async () => {
    const corpora = corporaAt({ enwik8: join(folder, 'enwik8-prefix') })
    const source = await open('enwik8', corpora)
    expect(source.train.path).toContain('enwik8.first-1004232-bytes')
    await expectDivided(source, 1_000_000)
    for (const [index, share] of [900_000, 50_000, 50_000].entries())
      expect(Math.abs(lengths(source)[index] - share)).toBeLessThanOrEqual(3)
  })

  it('TinyStories takes the sample, not the few lines beside it', async () => {
    const source = await open('tinystories', corporaAt({ tinystories: join(folder, 'tinystories-sample') }))
    await expectDivided(source, 2_097_152)
  })

  it('Gutenberg finds the six books in the folder below', async () => {
    const corpora = corporaAt({ gutenberg: join(folder, 'gutenberg') })
    expect((await open('gutenberg', corpora)).train.path).toContain('war-and-peace')
    await expectDivided(await open('gutenberg', corpora, { book: 'moby-dick' }), 1_234_618)
    await expect(open('gutenberg', corpora, { book: 'x' })).rejects.toThrow(/alice.*moby.*pride.*sherlock.*time.*war/)
  })
})
