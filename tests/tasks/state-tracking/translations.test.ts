import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { UserError } from '#seqlab/platform/errors.js'
import { setPlatform } from '#seqlab/platform/index.js'
import { nodePlatform } from '#seqlab/platform/node.js'
import type { Corpora, ExampleSource, Part } from '#seqlab/tasks/index.js'
import { cogs } from '#seqlab/tasks/state-tracking/cogs.js'
import { scan } from '#seqlab/tasks/state-tracking/scan.js'
import { installMemoryPlatform, type MemoryPlatform } from '../../data/memory-platform.js'
import { open, tally } from './harness.js'
import { interpret } from './solvers.js'

const shared = process.env.SEQLAB_SHARED
if (!shared) console.log('translations: SEQLAB_SHARED is not set – SCAN and COGS themselves are skipped')

const parts: readonly Part[] = ['train', 'validation', 'test']
const all = (source: ExampleSource, part: Part) =>
  Array.from({ length: source.size(part) }, (_, index) => source.example(part, index))
const shownIn = (source: ExampleSource, part: Part) => all(source, part).map((example) => source.show(example))
const commands = (source: ExampleSource, part: Part) => shownIn(source, part).map(({ input }) => input)

describe('a folder with files in the form', () => {
  const corpora: Corpora = { path: async (name) => `corpora/${name}` }
  const simple = (part: string) => `corpora/scan/simple_split/tasks_${part}_simple.txt`
  const line = (command: string) => `IN: ${command} OUT: ${interpret(command)}\n`
  let memory: MemoryPlatform
  beforeEach(() => {
    memory = installMemoryPlatform()
    memory.write(simple('train'), [...Array(3).fill('jump'), 'walk', 'look twice', 'run left'].map(line).join(''))
    memory.write(simple('test'), ['look', 'look', 'jump around left'].map(line).join(''))
    for (const name of ['train', 'dev', 'test'])
      memory.write(`corpora/cogs/${name}.tsv`, `A ${name} slept .\t${name} ( x _ 1 ) AND sleep\tin_distribution\n`)
  })

  it('of SCAN becomes command, separator and actions, asked for from the separator to the end', async () => {
    const source = await open(scan, {}, corpora)
    const example = source.example('test', 2)
    expect(source.show(example)).toEqual({ input: 'jump around left', answer: interpret('jump around left') })
    // <sep> and <end> are 0 and 1; 3 words, 8 actions and the end.
    expect([...example.inputs].indexOf(0)).toBe(3)
    expect([...example.weights]).toEqual([0, 0, 0, ...Array(9).fill(1)])
    expect([...example.targets.slice(3)]).toEqual([...example.inputs.slice(4), 1])
    expect([...example.targets.slice(0, 3)]).toEqual([0, 0, 0])
    // Two words of the test file are nowhere else, and have ids all the same.
    expect(source.input).toEqual({ kind: 'tokens', vocabulary: 2 + 7 + 5 })
    expect([source.length, source.answers]).toEqual([12, 9])
    expect(source.chance).toBeCloseTo(2 / 3, 12)
  })

  it('of SCAN keeps repeated training lines, and validates with lines that occur once', async () => {
    const source = await open(scan, {}, corpora)
    expect(commands(source, 'train')).toEqual(['jump', 'jump', 'jump', 'look twice', 'run left'])
    expect(commands(source, 'validation')).toEqual(['walk'])
  })

  it('of COGS becomes sentence, separator and logical form', async () => {
    const source = await open(cogs, {}, corpora)
    expect(parts.map((part) => shownIn(source, part))).toEqual(
      ['train', 'dev', 'test'].map((name) => [{ input: `A ${name} slept .`, answer: `${name} ( x _ 1 ) AND sleep` }]),
    )
  })

  it('of COGS tests generalization where gen.tsv is, and says what is missing where it is not', async () => {
    const refused = open(cogs, { test: 'generalization' }, corpora)
    await expect(refused).rejects.toThrow(
      'task cogs: test=generalization needs the published gen.tsv, and corpora/cogs/gen.tsv is not there',
    )
    await expect(refused).rejects.toBeInstanceOf(UserError)
    memory.write('corpora/cogs/gen.tsv', 'A hedgehog ran .\thedgehog ( x _ 1 ) AND run\tprim_to_obj\n')
    const source = await open(cogs, { test: 'generalization' }, corpora)
    expect(commands(source, 'test')).toEqual(['A hedgehog ran .'])
  })

  it.each<[string, string, string, string]>([
    [
      'a SCAN line without actions',
      simple('test'),
      `${line('walk')}IN: walk OUT:\n`,
      ':2: expected "IN: command OUT: actions", got "IN: walk OUT:"',
    ],
    [
      'an empty line within',
      simple('train'),
      `${line('walk')}\n${line('jump')}`,
      ':2: expected "IN: command OUT: actions", got ""',
    ],
    [
      'a COGS line of two columns',
      'corpora/cogs/dev.tsv',
      'A dog .\tdog\n',
      ':1: expected sentence, logical form and kind between tabs, got "A dog .',
    ],
    [
      'an empty column',
      'corpora/cogs/train.tsv',
      'A dog .\t\tprimitive\n',
      ':1: expected sentence, logical form and kind',
    ],
    ['an empty file', simple('train'), '', ': the file is empty'],
  ])('is refused with path and line for %s', async (_, path, text, message) => {
    memory.write(path, text)
    const used = open(path.includes('cogs') ? cogs : scan, {}, corpora)
    await expect(used).rejects.toThrow(`${path}${message}`)
    await expect(used).rejects.toBeInstanceOf(UserError)
  })

  it('is refused when a file is missing, or a part left empty', async () => {
    await expect(open(scan, { split: 'length' }, corpora)).rejects.toThrow(
      'corpora/scan/length_split/tasks_train_length.txt: no such file',
    )
    memory.write(simple('train'), line('jump').repeat(5))
    await expect(open(scan, {}, corpora)).rejects.toThrow('task scan: its validation part is empty')
  })
})

describe.skipIf(!shared)('the published files', () => {
  let folder: string
  beforeAll(() => {
    setPlatform(nodePlatform)
    folder = mkdtempSync(join(tmpdir(), 'seqlab-translations-'))
    execFileSync(join(shared as string, 'data', 'unpack'), [folder, 'scan', 'cogs'])
  })
  afterAll(() => rmSync(folder, { recursive: true, force: true }))
  const corpora: Corpora = { path: async (name) => join(folder, name) }

  const actions = ({ answer }: { answer: string }) => answer.split(' ').length
  it.each<[string, number, number, [number, number], [number, number]]>([
    ['simple', 16728, 4182, [1, 48], [1, 48]],
    ['length', 16990, 3920, [1, 22], [24, 48]],
    ['add-jump', 14670, 7706, [1, 48], [2, 48]],
    ['add-turn-left', 21890, 1208, [1, 48], [2, 27]],
  ])(
    'of the SCAN split %s have its sizes and lengths, the right actions, and no command in two parts',
    async (split, trained, tested, short, long) => {
      const source = await open(scan, { split }, corpora)
      const [train, validation, test] = parts.map((part) => shownIn(source, part))
      expect([train.length + validation.length, test.length]).toEqual([trained, tested])
      expect(validation.length / trained).toBeCloseTo(0.05, 1)
      for (const { input, answer } of [train, validation, test].flat()) expect(answer).toBe(interpret(input))
      const sets = [train, validation, test].map((shown) => new Set(shown.map(({ input }) => input)))
      expect(new Set(sets.flatMap((set) => [...set])).size).toBe(sets.reduce((sum, { size }) => sum + size, 0))
      const span = (shown: { answer: string }[]) => {
        const lengths = shown.map(actions)
        return [lengths.reduce((a, b) => Math.min(a, b)), lengths.reduce((a, b) => Math.max(a, b))]
      }
      expect([span([...train, ...validation]), span(test)]).toEqual([short, long])
      // 13 words, 6 actions, <sep> and <end>, whatever the split: what is trained on one can be tested on another.
      expect(source.input).toEqual({ kind: 'tokens', vocabulary: 21 })
      expect(source.chance).toBeCloseTo(Math.max(...tally(test.map(({ answer }) => answer)).values()) / tested, 12)
      expect(source.chance).toBeLessThan(0.015)
    },
  )

  it('of the SCAN split add-jump train "jump" alone, over and over, and never within a command', async () => {
    const trained = commands(await open(scan, { split: 'add-jump' }, corpora), 'train')
    expect([...new Set(trained.filter((command) => command.includes('jump')))]).toEqual(['jump'])
    expect(tally(trained).get('jump')).toBe(1467)
  })

  it('of COGS have their sizes, no sentence in two parts, and nouns where the variables of the form point', async () => {
    const source = await open(cogs, {}, corpora)
    const shown = parts.map((part) => shownIn(source, part))
    expect(shown.map(({ length }) => length)).toEqual([24155, 3000, 3000])
    const sentences = shown.flat().map(({ input }) => input)
    expect(new Set(sentences).size).toBe(sentences.length)
    let nouns = 0
    for (const { input, answer } of shown[2]) {
      const words = input.split(' ')
      for (const [, noun, index] of answer.matchAll(/(?:^|AND |; )\*? ?(\w+) \( x _ (\d+) \)/g)) {
        expect(words[Number(index)].toLowerCase()).toBe(noun)
        nouns++
      }
    }
    expect(nouns).toBeGreaterThan(3000)
    expect(source.chance).toBeCloseTo(1 / 3000, 12)
  })

  it('of COGS give the generalization set only where it was added', async () => {
    expect(existsSync(join(folder, 'cogs', 'gen.tsv'))).toBe(false)
    await expect(open(cogs, { test: 'generalization' }, corpora)).rejects.toThrow('needs the published gen.tsv')
  })
})
