/** The loader of the bAbI files. */
import { execFileSync } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { setPlatform } from '#seqlab/platform/index.js'
import { nodePlatform } from '#seqlab/platform/node.js'
import { parseStories } from '#seqlab/tasks/reasoning/babi-file.js'
import { asked, parts, taskOf } from './cases.js'
import { locate } from './solvers.js'

let folder: string
beforeAll(async () => {
  setPlatform(nodePlatform)
  folder = await mkdtemp(join(tmpdir(), 'seqlab-babi-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const open = (settings: Record<string, unknown>, path = folder) => {
  const task = taskOf('babi')
  return task.open(task.config.parse(settings), { path: async () => path })
}

const story = (name: string, place: string) =>
  [`1 ${name} went to the ${place}.`, '2 Mary moved to the office.', `3 Where is ${name}? \t${place}\t1`].join('\n')
const train = Array.from({ length: 10 }, (_, i) => story(`Al${'abcdefghij'[i]}`, 'garden')).join('\n')

describe('files of bAbI', () => {
  it('are read story by story: statements so far, no questions among them, the answer one word', () => {
    const text =
      '1 Mary moved.\n2 Who moved? \tMary\t1\n3 Bill left.\n4 Who? \tMary,Bill\t1 3\n1 Joe sat.\n2 Who sat?\tJoe\t1\n'
    expect(parseStories(text, 'here.txt')).toEqual([
      { story: 0, statements: [['mary', 'moved', '.']], question: ['who', 'moved', '?'], answer: 'mary' },
      {
        story: 0,
        statements: [
          ['mary', 'moved', '.'],
          ['bill', 'left', '.'],
        ],
        question: ['who', '?'],
        answer: 'mary,bill',
      },
      { story: 1, statements: [['joe', 'sat', '.']], question: ['who', 'sat', '?'], answer: 'joe' },
    ])
  })

  it.each([
    ['Mary moved.', 'here.txt:1: expected a number, a space and a sentence, got "Mary moved."'],
    ['1 Mary moved.\n3 Bill left.', 'here.txt:2: expected line number 1 or 2, got "3 Bill left."'],
    ['2 Mary moved.', 'here.txt:1: expected line number 1, got'],
    ['1 Mary moved.\n2 Who moved?\t\t1', 'here.txt:2: expected an answer after the tab'],
    ['1 Mary moved.\n2 \tMary\t1', 'here.txt:2: expected a sentence after the number'],
    ['1 Mary moved.\n\n', 'here.txt:2: expected a number, a space and a sentence, got ""'],
    ['1 Mary moved.', 'here.txt: expected questions with answers, got none'],
    ['', 'here.txt: expected questions with answers, got none'],
  ])('are refused where broken, with path and line: %j', (text, message) => {
    expect(() => parseStories(text, 'here.txt')).toThrowError(expect.objectContaining({ name: 'UserError' }))
    expect(() => parseStories(text, 'here.txt')).toThrowError(message)
  })

  it('are named where missing', async () => {
    await expect(open({ task: 3 })).rejects.toMatchObject({
      name: 'UserError',
      message: expect.stringContaining('expected a file qa3_…_train.txt in it or in its folder en, found none'),
    })
  })

  it('lose training questions that the test file asks too, and the last statements are the ones kept', async () => {
    await mkdir(join(folder, 'en'))
    await writeFile(join(folder, 'en/qa1_facts_train.txt'), `${train}\n`)
    await writeFile(join(folder, 'en/qa1_facts_test.txt'), `${story('Ala', 'garden')}\n${story('Bob', 'kitchen')}\n`)
    const source = await open({ task: 1, statements: 1 })
    expect([source.size('train'), source.size('validation'), source.size('test')]).toEqual([8, 1, 2])
    expect(source.chance).toBe(0.5)
    expect(source.show(source.example('test', 1))).toEqual({
      input: 'mary moved to the office . where is bob ?',
      answer: 'kitchen',
    })
  })
})

const shared = process.env.SEQLAB_SHARED
if (!shared) console.log('babi: SEQLAB_SHARED is not set – the published files are skipped')

describe.skipIf(!shared)('the published files', () => {
  beforeAll(() => {
    execFileSync(join(shared ?? '', 'data/unpack'), [folder, 'babi'])
  })
  const published = () => join(folder, 'babi')

  it('of the first task are answered by whoever tracks the moves, at the last position, and its parts share nothing', async () => {
    const source = await open({ task: 1 }, published())
    expect([source.size('train'), source.size('validation'), source.size('test')]).toEqual([895, 100, 1000])
    const seen = new Map<string, string>()
    for (const part of parts)
      for (let i = 0; i < source.size(part); i++) {
        const { question, answer, example } = asked(source, part, i)
        expect(answer, question).toBe(locate(question))
        expect([example.weights.indexOf(1), example.weights.length]).toEqual([
          example.inputs.length - 1,
          example.inputs.length,
        ])
        expect(seen.get(question) ?? part).toBe(part)
        seen.set(question, part)
      }
  })

  it('of all tasks together hold 1,000 test questions each, and the commonest answer scores at chance', async () => {
    const source = await open({}, published())
    expect(source.size('test')).toBe(20_000)
    const counts = new Map<number, number>()
    for (let i = 0; i < 20_000; i++) {
      const target = source.example('test', i).targets.at(-1) ?? 0
      counts.set(target, (counts.get(target) ?? 0) + 1)
    }
    expect(source.chance).toBeCloseTo(Math.max(...counts.values()) / 20_000, 12)
    expect(source.length).toBeLessThanOrEqual(330)
    expect(source.answers).toBe(1)
  })

  it('of the list tasks have lists as one word', async () => {
    const [lists, paths] = [await open({ task: 8 }, published()), await open({ task: 19 }, published())]
    const answersOf = (source: typeof lists) =>
      new Set(Array.from({ length: 1000 }, (_, i) => source.show(source.example('test', i)).answer))
    expect([...answersOf(lists)]).toContain('football,milk')
    expect(answersOf(paths).size).toBe(12)
  })
})
