import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { writeTable } from '#seqlab/cli/sweep/results.js'
import { jobId } from '#seqlab/evaluation/jobs/hash.js'
import { jobSpec } from '#seqlab/evaluation/jobs/job.js'
import { jobStore } from '#seqlab/evaluation/jobs/store.js'
import { setPlatform } from '#seqlab/platform/index.js'
import { nodePlatform } from '#seqlab/platform/node.js'
import { json, seqlab } from './command.js'
import { refused } from './refusals.js'
import { pretended } from './sweep-result.mjs'

setPlatform(nodePlatform)

/** Six results: two models, three seeds, whose score is a tenth of the seed. */
async function fill(folder: string): Promise<void> {
  const store = jobStore(join(folder, 'out'))
  for (const model of ['gla', 'lstm'])
    for (const seed of [1, 2, 3]) {
      const task = 'parity:length=16'
      const spec = jobSpec.parse({ name: model, model, task, set: { layers: 2, norm: 'rms' }, training: { seed } })
      const id = await jobId(spec)
      await store.saveResult(id, pretended(id, spec))
    }
  await writeTable(store)
}

describe('seqlab results', () => {
  let cwd: string
  beforeAll(async () => {
    cwd = await mkdtemp(join(tmpdir(), 'seqlab-results-'))
    await fill(cwd)
  })
  afterAll(() => rm(cwd, { recursive: true, force: true }))

  it('lists the results as a table', async () => {
    const { stdout } = await seqlab(['results', 'out'], { cwd })
    const lines = stdout.trim().split('\n')
    expect(lines).toHaveLength(8)
    expect(lines[0]).toMatch(/^name +task +rate +seed +score/)
    expect(lines[2]).toMatch(/^gla +parity:length=16 +\S+ +1 +0\.1 /)
  })

  it('filters by a condition, with every column as JSON', async () => {
    const rows = await json(['results', 'out', '--where', "model = 'gla' AND score > 0.15", '--json'], { cwd })
    expect(rows.map(({ name, seed, score }) => [name, seed, score])).toEqual([
      ['gla', 2, 0.2],
      ['gla', 3, 0.3],
    ])
    expect(rows[0]).toMatchObject({ set_layers: 2, set_norm: 'rms', task_id: 'parity', task_length: 16, params: 1000 })
    expect(rows[0]).toMatchObject({ flops: 3_840_000, bound: null, by_difficulty: [{ value: 16, score: 0.5 }] })
  })

  it('answers SQL, from the folder and from the Parquet file alike', async () => {
    const query = 'SELECT name, count(*) AS runs, round(avg(score), 3) AS mean FROM results GROUP BY name ORDER BY name'
    const expected = [
      { name: 'gla', runs: 3, mean: 0.2 },
      { name: 'lstm', runs: 3, mean: 0.2 },
    ]
    expect(await json(['results', 'out', query, '--json'], { cwd })).toEqual(expected)
    expect(await json(['results', 'out/results.parquet', query, '--json'], { cwd })).toEqual(expected)
  })

  it('answers SQL about the points of a curve', async () => {
    const query = 'SELECT seed, point.validLoss FROM (SELECT seed, unnest(curve) AS point FROM results) WHERE seed = 1'
    expect(await json(['results', 'out', query, '--json'], { cwd })).toHaveLength(2)
  })

  it('exports to CSV, JSON and Parquet', async () => {
    for (const file of ['a.csv', 'a.json', 'a.parquet'])
      expect((await seqlab(['results', 'out', 'SELECT name, seed FROM results', '--export', file], { cwd })).code).toBe(
        0,
      )
    expect((await readFile(join(cwd, 'a.csv'), 'utf8')).split('\n').slice(0, 2)).toEqual(['name,seed', 'gla,1'])
    expect(JSON.parse(await readFile(join(cwd, 'a.json'), 'utf8'))).toHaveLength(6)
    expect((await readFile(join(cwd, 'a.parquet'))).subarray(0, 4).toString()).toBe('PAR1')
  })
})

refused(
  'seqlab results refuses',
  [
    ['a folder without results', ['results', '.'], ['holds no results']],
    ['SQL that is none', ['results', 'out', 'SELEC 1'], ['syntax error at or near "SELEC"']],
    ['a column that is not there', ['results', 'out', '--where', 'nope > 1'], ['"nope" not found', 'DESCRIBE results']],
    ['a statement that is no query', ['results', 'out', 'DROP TABLE results'], ['syntax error']],
    ['two queries', ['results', 'out', 'SELECT 1; SELECT 2'], ['expected one query, got 2']],
    ['a query and a condition', ['results', 'out', 'SELECT 1', '--where', 'true'], ["'--where' and a query"]],
    ['a file of unknown kind', ['results', 'out', '--export', 'a.xls'], ['.csv, .parquet or .json, got a.xls']],
  ],
  fill,
)

refused('seqlab sweep and worker refuse', [
  ['a file that is not there', ['sweep', 'no.yaml', '--out', 'run'], ['no.yaml: there is no such sweep file']],
  ['a file that is no sweep', ['sweep', 'text.txt', '--out', 'run'], [/text\.txt:\d+: /]],
  [
    'a queue and workers',
    ['sweep', 'a.yaml', '--out', 'run', '--queue', 'redis://a', '--workers', '2'],
    ['cannot be used'],
  ],
  ['a queue that is no address', ['worker', '--queue', 'here'], ['redis://host:6379']],
  [
    'a queue where nobody answers',
    ['worker', '--queue', 'redis://:secret@127.0.0.1:1'],
    ['127.0.0.1:1 cannot be used'],
  ],
])
