import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { languageTasks } from '#seqlab/tasks/language/index.js'
import type { Corpora, ProbeSource, ProbeTask } from '#seqlab/tasks/task.js'
import { corporaAt, shared, suiteFolder, unpacked } from './shared.js'

if (!shared) console.log('language probes: SEQLAB_SHARED is not set – the tests on real corpora are skipped')

async function open(id: string, corpora: Corpora, settings: object = {}): Promise<ProbeSource> {
  const task = languageTasks.find((task) => task.id === id) as ProbeTask
  return task.open(task.config.parse(settings), corpora)
}

describe('probes on made files', () => {
  let folder: string
  const pair = (good: string, bad: string) => JSON.stringify({ sentence_good: good, sentence_bad: bad, UID: 'x' })
  beforeAll(async () => {
    folder = await suiteFolder()
    await mkdir(join(folder, 'blimp', 'data'), { recursive: true })
    await writeFile(join(folder, 'blimp', 'data', 'agreement.jsonl'), `${pair("He doesn't sit.", "He don't sit.")}\n`)
    await writeFile(join(folder, 'blimp', 'models_summary.jsonl'), '{"UID":"agreement"}\n')
    await writeFile(join(folder, 'lambada_test.jsonl'), `${JSON.stringify({ text: 'One two\n\n“three four' })}\n`)
    await writeFile(join(folder, 'lambada_test_plain_text.txt'), 'one two three\r\nfour five six \r\n')
    await writeFile(join(folder, 'lambada_development_plain_text.txt'), 'one two\nthree\n')
  })

  it('BLiMP gives the good sentence first, by paradigm, with punctuation as it is or set apart', async () => {
    const corpora = corporaAt({ blimp: join(folder, 'blimp') })
    const { chance, items } = await open('blimp', corpora)
    expect(chance).toBe(0.5)
    expect(items).toEqual([{ group: 'agreement', context: '', choices: ["He doesn't sit.", "He don't sit."] }])
    const [apart] = (await open('blimp', corpora, { apart: true })).items
    expect(apart.choices).toEqual(["He doesn 't sit .", "He don 't sit ."])
  })

  it('BLiMP names its paradigms when one is asked for that is none', async () => {
    await expect(open('blimp', corporaAt({ blimp: join(folder, 'blimp') }), { paradigm: 'x' })).rejects.toMatchObject({
      name: 'UserError',
      message: expect.stringContaining('the first are agreement'),
    })
  })

  it('LAMBADA asks for the last word, with the space before it', async () => {
    const corpora = corporaAt({ lambada: folder })
    expect((await open('lambada', corpora)).items).toEqual([
      { group: 'test', context: 'One two\n\n“three', choices: [' four'] },
    ])
    const { items, chance } = await open('lambada', corpora, { version: 'test-tokenized' })
    expect(chance).toBe(0)
    expect(items.map(({ context, choices }) => context + choices)).toEqual(['one two three', 'four five six'])
  })

  it('LAMBADA names the line that is no passage', async () => {
    const path = join(folder, 'lambada_development_plain_text.txt')
    await expect(open('lambada', corporaAt({ lambada: folder }), { version: 'development-tokenized' })).rejects.toThrow(
      `${path}:2: expected a passage of two words or more`,
    )
  })

  it('a line that is no JSON of the kind is named', async () => {
    const path = join(folder, 'lambada_test.jsonl')
    await writeFile(join(folder, 'blimp', 'data', 'agreement.jsonl'), `${pair('a', 'b')}\n{"sentence_good":1}\n`)
    await expect(open('blimp', corporaAt({ blimp: join(folder, 'blimp') }))).rejects.toThrow(
      `${join(folder, 'blimp', 'data', 'agreement.jsonl')}:2: expected a JSON object with sentence_good and sentence_bad`,
    )
    await writeFile(path, 'text\n')
    await expect(open('lambada', corporaAt({ lambada: folder }))).rejects.toThrow(`${path}:1: expected a JSON object`)
  })

  it('folders without their files are refused by path and with the fix', async () => {
    const empty = join(folder, 'empty')
    await mkdir(empty)
    for (const id of ['blimp', 'lambada']) {
      const error = await open(id, corporaAt({ [id]: empty })).catch((error) => error)
      expect(error.name).toBe('UserError')
      expect(error.message).toContain(`${empty} has no `)
      expect(error.message).toContain(`seqlab data add ${id}`)
    }
  })
})

describe.skipIf(!shared)('probes on the real corpora', () => {
  let corpora: Corpora
  beforeAll(async () => {
    const folder = await unpacked('blimp', 'lambada')
    corpora = corporaAt({ blimp: join(folder, 'blimp'), lambada: join(folder, 'lambada') })
  })

  it('BLiMP has 67 paradigms of 1,000 pairs, of which its authors left 7 the same', async () => {
    const { items } = await open('blimp', corpora)
    const counts = new Map<string, number>()
    for (const { group } of items) counts.set(group, (counts.get(group) ?? 0) + 1)
    expect(counts.size).toBe(67)
    expect(new Set(counts.values())).toEqual(new Set([1000]))
    expect(items.filter(({ choices: [good, bad] }) => good === bad).length).toBe(7)
    expect((await open('blimp', corpora, { paradigm: 'adjunct_island' })).items.length).toBe(1000)
  })

  it.each([
    ['test', 5153],
    ['test-tokenized', 5153],
    ['development-tokenized', 4869],
  ])('LAMBADA %s has %i passages, each with a word to guess', async (version, count) => {
    const { items } = await open('lambada', corpora, { version })
    expect(items.length).toBe(count)
    for (const { context, choices } of items) {
      expect(choices[0]).toMatch(/^ \S+$/)
      expect(context).not.toMatch(/\s$/)
    }
  })

  it('LAMBADA asks for the same words in both versions of the test, but for marks and dashes that one sets apart', async () => {
    const words = async (version: string) =>
      (await open('lambada', corpora, { version })).items.map(({ choices }) =>
        choices[0].toLowerCase().replace(/[^\p{L}\p{N}]/gu, ''),
      )
    const [joined, apart] = [await words('test'), await words('test-tokenized')]
    expect(joined.filter((word, index) => !word.endsWith(apart[index]))).toEqual([])
    expect(joined.filter((word, index) => word !== apart[index]).length).toBe(2)
  })
})
