import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseHTML } from 'linkedom'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { main } from '#seqlab/cli/main.js'
import { entriesCsv, pairsCsv, runsCsv } from '#seqlab/evaluation/study/report/csv.js'
import { writeStudy } from '#seqlab/evaluation/study/report/write.js'
import { writeSite } from '#seqlab/evaluation/study/site.js'
import { setPlatform } from '#seqlab/platform/index.js'
import { nodePlatform } from '#seqlab/platform/node.js'
import { exampleReport } from '../report-fixture.js'
import { exampleStudy } from './fixture.js'

let folder: string
beforeEach(() => {
  setPlatform(nodePlatform)
  folder = mkdtempSync(join(tmpdir(), 'seqlab-study-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

const read = (...path: string[]) => readFileSync(join(folder, ...path), 'utf8')
const all = (path = '.') =>
  readdirSync(join(folder, path), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(join(folder, path).length + 1))
    .sort()

/** RFC 4180, read character by character. */
function parseCsv(text: string): Record<string, string>[] {
  const lines: string[][] = [[]]
  let cell = ''
  let quoted = false
  for (let i = 0; i < text.length; i++) {
    const character = text[i]
    if (quoted && character === '"' && text[i + 1] === '"') cell += text[++i]
    else if (character === '"') quoted = !quoted
    else if (!quoted && (character === ',' || character === '\n')) {
      lines[lines.length - 1].push(cell)
      cell = ''
      if (character === '\n') lines.push([])
    } else if (quoted || character !== '\r') cell += character
  }
  const [head, ...rows] = lines.slice(0, -1)
  return rows.map((row) => Object.fromEntries(head.map((name, i) => [name, row[i]])))
}

test('the CSV of runs has a row for each, that of entries for each, and they read back as the same numbers', () => {
  const report = exampleStudy()
  const runs = parseCsv(runsCsv(report))
  expect(runs).toHaveLength(36)
  const wanted = report.entries.flatMap((entry) =>
    entry.runs.map(({ seed, score, tokens }) => [entry.mechanism, seed, score.mean, tokens]),
  )
  const number = (text: string) => (text === '' ? Number.NaN : Number(text))
  expect(
    runs.map(({ mechanism, seed, score, tokens }) => [mechanism, number(seed), number(score), number(tokens)]),
  ).toEqual(wanted)
  const entries = parseCsv(entriesCsv(report))
  expect(entries.map(({ score_low, state_bytes }) => [number(score_low), number(state_bytes)])).toEqual(
    report.entries.map(({ score, stateBytes }) => [score.low, stateBytes]),
  )
  expect(parseCsv(pairsCsv(report))).toHaveLength(report.pairs.length)
})

test('a CSV cell with a comma, a quote or a line end reads back as it was', () => {
  const report = exampleStudy()
  const mechanism = 'a "b", c\nd'
  const [row] = parseCsv(runsCsv({ ...report, entries: [{ ...report.entries[0], mechanism }] }))
  expect(row.mechanism).toBe(mechanism)
})

test('a study is written with its page, its numbers, its tables and each figure; old figures go', async () => {
  const report = exampleStudy()
  await mkdir(join(folder, 'figures'))
  writeFileSync(join(folder, 'figures/old.svg'), '')
  expect(await writeStudy(folder, report)).toEqual({
    html: join(folder, 'report.html'),
    json: join(folder, 'report.json'),
  })
  expect(all().filter((name) => !name.startsWith('figures'))).toEqual([
    'aggregated.csv',
    'pairs.csv',
    'report.html',
    'report.json',
    'results.csv',
  ])
  const figures = all('figures')
  expect(figures).toContain('scores.svg')
  expect(figures).not.toContain('old.svg')
  const first = all().map((name) => read(name))
  expect(JSON.parse(first[all().indexOf('report.json')])).toEqual(JSON.parse(JSON.stringify(report)))
  await writeStudy(folder, JSON.parse(read('report.json')))
  expect(all().map((name) => read(name))).toEqual(first)
})

test('a site has an index whose links and figures exist, and its pages are drawn anew from report.json', async () => {
  await writeStudy(join(folder, 'in/Study One'), exampleStudy())
  await mkdir(join(folder, 'in/compare'))
  writeFileSync(join(folder, 'in/compare/report.json'), JSON.stringify(exampleReport()))
  writeFileSync(join(folder, 'in/Study One/report.html'), 'of an older version')
  const out = join(folder, 'in/site')
  for (let i = 0; i < 2; i++) expect(await main(['publish', join(folder, 'in'), '--out', out, '--json'])).toBe(0)
  expect(all('in/site').filter((name) => name.endsWith('.html'))).toEqual([
    'compare/report.html',
    'index.html',
    'study-one/report.html',
  ])
  expect(read('in/site/study-one/report.html')).toContain('How far to trust this')
  expect(all('in/site')).toContain('compare/figures/loss-tokens.svg')
  expect(all('in/site')).toContain('study-one/results.csv')
  const index = read('in/site/index.html')
  const { document } = parseHTML(index)
  expect([...document.querySelectorAll('h2 a')].map((link) => link.getAttribute('href'))).toEqual([
    'compare/report.html',
    'study-one/report.html',
  ])
  expect(document.querySelectorAll('img[src^="data:image/svg+xml,"]')).toHaveLength(2)
  expect(document.body.textContent).toContain('Which mechanisms recall what they were told')
  expect(document.body.textContent).toContain('attention, not told apart from deltanet')
})

test('a folder without a report and a report.json of something else are refused, and nothing is written', async () => {
  const site = join(folder, 'site')
  await mkdir(join(folder, 'empty'))
  expect(await main(['publish', join(folder, 'empty'), '--out', site])).toBe(2)
  await expect(writeSite(site, [])).rejects.toThrow('found none')
  const sources = [{ name: 'other', folder: join(folder, 'empty') }]
  writeFileSync(join(folder, 'empty/report.json'), '{"a":1}')
  await expect(writeSite(site, sources)).rejects.toThrow('got an object with a')
  writeFileSync(join(folder, 'empty/report.json'), '{')
  await expect(writeSite(site, sources)).rejects.toThrow('not JSON')
  expect(readdirSync(folder)).toEqual(['empty'])
})
