/** Papers from the command line: found, shown, measured again. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { catalogue, type DemonstrationResult } from '#seqlab/papers/index.js'
import { json, type Outcome, seqlabMany, start, words, workplace } from './command.js'
import { refused } from './refusals.js'

const folder = join(import.meta.dirname, '../../src/papers/results')
const results: DemonstrationResult[] = readdirSync(folder)
  .map((name) => JSON.parse(readFileSync(join(folder, name), 'utf8')))
  .sort((a, b) => a.seconds - b.seconds)
/** Of those without times, which say more about what else the machine does. */
const quickest = results.find(
  ({ claims }) => !claims.some(({ figures }) => figures.some(({ name }) => name.includes('time'))),
)!

/** The last line of a command that must have succeeded. */
function resultOf({ code, stdout, stderr }: Outcome): Record<string, any> {
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  return JSON.parse(stdout.trim().split('\n').at(-1)!)
}

const idsOf = (outcome: Outcome) => resultOf(outcome).papers.map(({ id }: { id: string }) => id)

describe('papers', () => {
  it('lists all of them with their status, and those that have every word', async () => {
    const commands = [
      'papers --json',
      'papers fourier AUTOREGRESSIVE --json',
      'papers zebra --json',
      'papers relational',
    ]
    const [all, some, none, told] = await seqlabMany(commands.map(words), await workplace())
    expect(idsOf(all)).toEqual(catalogue.map(({ id }) => id))
    expect(idsOf(some)).toContain('fnetar')
    expect(idsOf(none)).toEqual([])
    expect(told.stdout).toMatch(
      /^recurrent\n(?: {2}.*\n)*? {2}rmc +\w.* Relational recurrent neural networks \(2018\)$/m,
    )
  })

  it('lists those of a status and a family', async () => {
    const commands = ['papers --status works --json', 'papers --status out --json', 'papers --family vision --json']
    const [works, out, vision] = await seqlabMany(commands.map(words), await workplace())
    expect(new Set(idsOf(works))).toEqual(new Set(results.map(({ id }) => id)))
    for (const { id, verdict } of resultOf(works).papers)
      expect(verdict).toBe(results.find((result) => result.id === id)!.verdict)
    expect(idsOf(out)).toEqual(catalogue.filter((paper) => paper.out).map(({ id }) => id))
    expect(idsOf(vision)).toEqual(catalogue.filter(({ family }) => family === 'vision').map(({ id }) => id))
  })
})

describe('paper ID', () => {
  it('shows a row that is planned, and one that is out with the reason', async () => {
    const [planned, out, parsed] = await seqlabMany(
      [words('paper alibi'), words('paper biobert'), words('paper alibi --json')],
      await workplace(),
    )
    expect(planned.stdout).toMatch(/arxiv\.org\/abs\/2108\.12409[\s\S]*^status +planned$/m)
    expect(out.stdout).toMatch(/^status +out: .*PubMed/m)
    expect(resultOf(parsed)).toMatchObject({ id: 'alibi', status: 'planned', files: [], result: null })
  })

  it('shows what was found, and the files that hold the idea, from where one is', async () => {
    const cwd = await workplace()
    const [told, parsed] = await seqlabMany(
      [
        ['paper', quickest.id],
        ['paper', quickest.id, '--json'],
      ],
      cwd,
    )
    const { files, result, status } = resultOf(parsed)
    expect({ result, status }).toEqual({ result: quickest, status: 'works' })
    for (const { file, path } of files) {
      expect(readFileSync(join(cwd, path), 'utf8')).toBe(readFileSync(join(folder, '../..', file), 'utf8'))
      expect(told.stdout).toContain(path)
    }
    expect(told.stdout).toContain(`${quickest.verdict}: ${quickest.sentence}`)
    for (const { says } of quickest.claims) expect(told.stdout).toContain(` ${says}\n`)
  })

  it('finds again what was found before', async () => {
    const lines = await json(['paper', quickest.id, '--run', '--json'])
    expect(lines.at(-1)).toMatchObject({
      event: 'done',
      id: quickest.id,
      verdict: quickest.verdict,
      withinTolerance: true,
    })
    for (const line of lines.slice(0, -1)) expect(line).toMatchObject({ event: 'progress', id: quickest.id })
  }, 300_000)

  it('stops cleanly at Ctrl-C', async () => {
    const slowest = results.at(-1)!
    const running = start(['paper', slowest.id, '--run', '--json'])
    await new Promise((resolve) => running.process.stdout!.once('data', resolve))
    running.process.kill('SIGINT')
    const { code, stdout, stderr } = await running.outcome
    expect({ code, stderr }).toEqual({ code: 130, stderr: 'stopping; nothing is stored\n' })
    expect(JSON.parse(stdout.trim().split('\n').at(-1)!)).toEqual({ event: 'interrupted', id: slowest.id })
  })

  refused('refuses', [
    [
      'an id that is none, and names the nearest',
      ['paper', 'deltanett'],
      [/^seqlab: paper: none has the id "deltanett".*\bdeltanet\b.*\n$/],
    ],
    ['to run what has no demonstration', words('paper alibi --run'), ['paper alibi: has no demonstration yet']],
    ['to run what is out', words('paper biobert --run'), ['paper biobert: is left out']],
    ['to store without a run', words('paper alibi --save'), ['--save stores what --run finds']],
    ['a status that is none', words('papers --status done'), ['works, planned, out']],
    ['a family that is none', words('papers --family cats'), ['linear-attention']],
  ])
})
