import { parseHTML } from 'linkedom'
import { expect, test } from 'vitest'
import { renderStudy } from '#seqlab/evaluation/study/report/render.js'
import { studyFigures } from '#seqlab/evaluation/study/report/write.js'
import type { StudyReport } from '#seqlab/evaluation/study/types.js'
import { exampleStudy } from './fixture.js'

// Drawn once for all cases that only read it.
const example = renderStudy(exampleStudy())
const openPage = async () => parseHTML(await example).document

test('the page loads nothing: no script, no address but those of its own parts', async () => {
  const page = await example
  expect(page).not.toMatch(/<script|<iframe|<img|<object|@import|@font-face|\son\w+=|\ssrc=/i)
  expect(page.match(/href="[^"]*"/g)?.every((link) => link === 'href="data:,"' || link.startsWith('href="#'))).toBe(
    true,
  )
  expect(page.match(/https?:[^"' ]+/g) ?? []).toEqual([])
  expect(page.match(/url\([^)]*\)/g)?.every((address) => address.startsWith('url(#'))).toBe(true)
})

test('ids are unique, links lead to one, headings follow their parent level and table headers have a scope', async () => {
  const page = await openPage()
  const ids = [...page.querySelectorAll('[id]')].map(({ id }) => id)
  expect(new Set(ids).size).toBe(ids.length)
  for (const link of page.querySelectorAll('nav a')) expect(ids).toContain(link.getAttribute('href')?.slice(1))
  const levels = [...page.querySelectorAll('h1, h2, h3')].map(({ tagName }) => Number(tagName[1]))
  expect(levels[0]).toBe(1)
  for (let i = 1; i < levels.length; i++) expect(levels[i] - levels[i - 1]).toBeLessThanOrEqual(1)
  expect([...page.querySelectorAll('th')].every((header) => header.hasAttribute('scope'))).toBe(true)
})

test('every number of the ranked tables is that of the report, and none is missing', async () => {
  const report = exampleStudy()
  const page = await openPage()
  const rows = [...page.querySelectorAll('table.ranked tbody tr:not(.group)')].map((row) =>
    [...row.querySelectorAll('data')].map((cell) => Number(cell.getAttribute('value'))),
  )
  const wanted = report.entries.map((entry) =>
    [
      entry.score.mean,
      entry.score.low,
      entry.score.high,
      entry.best,
      entry.rate,
      entry.params,
      entry.flopsPerToken,
      entry.tokensPerSecond,
      entry.peakRssMiB,
      entry.stateBytes,
    ].filter(Number.isFinite),
  )
  const sorted = (lists: number[][]) => lists.map((list) => JSON.stringify(list)).sort()
  expect(sorted(rows)).toEqual(sorted(wanted))
})

test('figures are numbered in order, with a caption that says how to read them and a description with every mechanism', async () => {
  const figures = [...(await openPage()).querySelectorAll('figure')]
  const captions = figures.map((figure) => figure.querySelector('figcaption')?.textContent ?? '')
  for (const [i, caption] of captions.entries()) expect(caption).toMatch(new RegExp(`^Figure ${i + 1}\\. .{60}`))
  for (const figure of figures) {
    const images = [...figure.querySelectorAll('svg[role=img]')]
    expect(images).toHaveLength(2)
    for (const image of images)
      expect(image.querySelector('desc')?.textContent).toMatch(/attention.*lstm|lstm.*attention/s)
  }
})

test('only figures that have data are drawn', async () => {
  const names = async (report: StudyReport) => [...(await studyFigures(report)).keys()]
  expect(await names(exampleStudy())).toEqual([
    'scores.svg',
    ...['learning', 'difficulty', 'size', 'state', 'rates', 'generation'].map(
      (id) => `mqar-length-64-pairs-4-${id}.svg`,
    ),
    ...['learning', 'difficulty', 'state', 'position', 'rates'].map((id) => `parity-length-40-${id}.svg`),
  ])
  const report = exampleStudy()
  const bare = report.entries.slice(-4, -3).map((entry) => ({
    ...entry,
    tried: [],
    runs: entry.runs.map((run) => ({ ...run, curve: [], decode: [], byDifficulty: [], byPosition: [] })),
  }))
  expect(await names({ ...report, tasks: report.tasks.slice(1), entries: bare, pairs: [] })).toEqual(['scores.svg'])
})

test('a standalone figure is well-formed, has its own style for light and dark, and no other file', async () => {
  for (const svg of (await studyFigures(exampleStudy())).values()) {
    expect(svg).toMatch(/^<svg [^>]*xmlns="http:\/\/www\.w3\.org\/2000\/svg"/)
    expect(svg).toContain('prefers-color-scheme: dark')
    expect(svg).not.toMatch(/&(?!amp;|lt;|gt;|quot;|#39;|#x27;)/)
    expect(svg).not.toMatch(/href|<script|NaN/)
    expect(svg.match(/<svg\b/g)?.length).toBe(svg.match(/<\/svg>/g)?.length)
  }
})

test('commands, configurations, jobs, versions, seeds and published figures with their warnings are in the page', async () => {
  const report = exampleStudy()
  const page = await openPage()
  const text = page.body.textContent ?? ''
  expect(page.querySelector('.command')?.textContent).toBe(report.command)
  const code = [...page.querySelectorAll('details pre code')].map((block) => JSON.parse(block.textContent ?? ''))
  for (const { configuration, runs } of report.entries) {
    expect(code).toContainEqual(configuration)
    expect(code).toContainEqual(JSON.parse(JSON.stringify(runs[0].spec)))
    for (const { id } of runs) expect(text).toContain(id)
  }
  expect(text).toContain('Mind: read off the plot, about ±0.03.')
  expect(page.querySelector('.facts')?.textContent).toMatch(/seqlab0\.1\.0.*seeds1, 2, 3/s)
})

test('names that hold markup are shown as text', async () => {
  const hostile = '</title><script>alert(1)</script>'
  const report = JSON.parse(JSON.stringify(exampleStudy()).replaceAll('"gla"', JSON.stringify(hostile)))
  const page = await renderStudy({ ...report, title: hostile, question: hostile })
  expect(page).not.toContain('<script')
  expect(parseHTML(page).document.querySelector('h1')?.textContent).toBe(hostile)
})

test('equal reports give equal pages: also one read back from JSON, where what is not finite is null', async () => {
  const page = await example
  expect(await renderStudy(JSON.parse(JSON.stringify(exampleStudy())))).toBe(page)
})

test('a task without a known chance has no line for it', async () => {
  const report = exampleStudy()
  const tasks = report.tasks.map((task) => ({ ...task, chance: Number.NaN }))
  for (const given of [{ ...report, tasks }, JSON.parse(JSON.stringify({ ...report, tasks }))])
    for (const svg of (await studyFigures(given)).values()) expect(svg).not.toContain('>chance<')
})

test('tasks of one title are told apart by their settings', async () => {
  const report = exampleStudy()
  const tasks = report.tasks.map((task) => ({ ...task, title: 'Parity' }))
  const { document } = parseHTML(await renderStudy({ ...report, tasks }))
  expect([...document.querySelectorAll('dt')].slice(0, 2).map((title) => title.textContent)).toEqual([
    'Parity, length 64, pairs 4',
    'Parity, length 40',
  ])
})

test('a study without entries is refused', async () => {
  await expect(renderStudy({ ...exampleStudy(), entries: [] })).rejects.toThrow('got none')
})
