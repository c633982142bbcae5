import { readdir, readFile } from 'node:fs/promises'
import { parseHTML } from 'linkedom'
import { expect, test } from 'vitest'
import { renderReport } from '#seqlab/evaluation/report/render.js'
import { exampleReport } from './report-fixture.js'

const openPage = async (report = exampleReport()) => parseHTML(await renderReport(report)).document

test('the page loads nothing: no script, no link out, no address but those of namespaces', async () => {
  const page = await renderReport(exampleReport())
  expect(page).not.toMatch(/<script|<iframe|<img|<object|@import|@font-face|\son\w+=/i)
  expect(page.match(/(src|href)="[^"]*"/g)).toEqual(['href="data:,"'])
  expect(page.match(/https?:[^"' ]+/g) ?? []).toEqual([])
  expect(page.match(/url\([^)]*\)/g)?.every((address) => address.startsWith('url(#'))).toBe(true)
})

test('a name, a sample and a setting that hold markup or control characters are shown as text', async () => {
  const hostile = '</title></pre><script>alert(1)</script>&nbsp;"\'\u0007\u202e'
  const report = exampleReport([hostile, 'gla'])
  report.title = hostile
  report.command = hostile
  report.settings = { [hostile]: hostile }
  report.models[0].sample = `${hostile}\u0000\u001b[31m`
  report.models[0].configuration = { [hostile]: hostile }
  const page = await renderReport(report)
  expect(page).not.toContain('<script')
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not be there
  expect(page).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f\u202e]/)
  const shown = '</title></pre><script>alert(1)</script>&nbsp;"\'\u2407\ufffd'
  const { document } = parseHTML(page)
  expect(document.querySelector('h1')?.textContent).toBe(shown)
  expect(document.querySelector('pre.sample')?.textContent).toBe(`${shown}\u2400\u241b[31m`)
  expect(document.querySelector('.command')?.textContent).toBe(shown)
  expect(document.querySelectorAll('svg desc').length).toBeGreaterThan(0)
})

test('every id is used once, every heading follows its parent level and every table header has a scope', async () => {
  const page = await openPage()
  const ids = [...page.querySelectorAll('[id]')].map(({ id }) => id)
  expect(new Set(ids).size).toBe(ids.length)
  const levels = [...page.querySelectorAll('h1, h2, h3')].map(({ tagName }) => Number(tagName[1]))
  expect(levels[0]).toBe(1)
  for (let i = 1; i < levels.length; i++) expect(levels[i] - levels[i - 1]).toBeLessThanOrEqual(1)
  expect([...page.querySelectorAll('th')].every((header) => header.hasAttribute('scope'))).toBe(true)
})

test('every figure has a caption, and its images a name and a description with the figures of every model', async () => {
  const report = exampleReport()
  const figures = [...(await openPage(report)).querySelectorAll('figure')]
  expect(figures.map(({ id }) => id)).toEqual([
    'loss-steps',
    'loss-tokens',
    'loss-time',
    'generation-time',
    'state-bytes',
  ])
  for (const figure of figures) {
    expect(figure.querySelector('figcaption')?.textContent).toMatch(/^Figure \d\. .{20}/)
    const images = [...figure.querySelectorAll('svg[role=img]')]
    expect(images).toHaveLength(2)
    for (const image of images) {
      expect(image.getAttribute('aria-label')).toBeTruthy()
      for (const { model } of report.models) expect(image.querySelector('desc')?.textContent).toContain(model)
    }
  }
})

test('the table is ordered by validation loss and marks the best of each column', async () => {
  const rows = [...(await openPage()).querySelectorAll('tbody tr')]
  const cells = rows.map((row) => [...row.querySelectorAll('th, td')].map((cell) => cell.textContent?.trim()))
  expect(cells.map(([rank, model]) => `${rank} ${model}`)).toEqual([
    '1= gla',
    '1= transformer-xl',
    '3 transformer',
    '4 deltanet',
  ])
  expect(cells[2]).toEqual([
    '3',
    'transformer',
    '814,708',
    '1.844',
    '2.660',
    '21,400 (best)',
    '712',
    '3.91 MiB',
    '409 (best)',
  ])
  expect(cells.map((row) => row[7])).toEqual(['64 KiB (best, tied)', '256 KiB', '3.91 MiB', '64 KiB (best, tied)'])
})

test('every sample, every configuration and the command are in the page', async () => {
  const report = exampleReport()
  const page = await openPage(report)
  expect([...page.querySelectorAll('.sample')].map((sample) => sample.textContent)).toEqual(
    report.models.map(({ sample }) => sample),
  )
  expect([...page.querySelectorAll('details code')].map((code) => JSON.parse(code.textContent ?? ''))).toEqual(
    report.models.map(({ configuration }) => configuration),
  )
  expect(page.querySelector('.command')?.textContent).toBe(report.command)
  expect(page.querySelector('.facts')?.textContent).toContain('optimizer.betas')
})

test('equal reports give equal files, also in a document that the caller brings', async () => {
  const { document } = parseHTML('<!doctype html><html><body></body></html>')
  const first = await renderReport(exampleReport())
  expect(await renderReport(exampleReport())).toBe(first)
  expect(await renderReport(exampleReport(), { document })).toBe(first)
  expect(document.body.childNodes).toHaveLength(0)
})

test('a report of models that all failed, without a curve, is still a page', async () => {
  const report = exampleReport(['gla', 'lstm'])
  for (const model of report.models) Object.assign(model, { validLoss: Number.NaN, curve: [], decode: [], sample: '' })
  const page = await openPage(report)
  expect(page.querySelectorAll('figure')).toHaveLength(0)
  expect(page.querySelector('#summary')?.parentElement?.textContent).toContain('finite loss: gla and lstm.')
  expect(page.querySelector('tbody')?.textContent).toContain('not finite')
})

test('a report without a model is refused', async () => {
  await expect(renderReport(exampleReport([]))).rejects.toThrow('expected one model or more, got none')
})

test('the plotting library and the document of Node are loaded by reports only', async () => {
  const directory = new URL('../../dist/evaluation/report/', import.meta.url)
  const modules = (await readdir(directory)).filter((name) => name.endsWith('.js'))
  expect(modules).toContain('drawing.js')
  for (const name of modules) {
    expect(await readFile(new URL(name, directory), 'utf8')).not.toMatch(
      /^import .*(@observablehq\/plot|linkedom|node:)/m,
    )
  }
})
