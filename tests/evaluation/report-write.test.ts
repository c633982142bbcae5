import { expect, test } from 'vitest'
import { writeReport } from '#seqlab/evaluation/report/write.js'
import { type Platform, setPlatform } from '#seqlab/platform/index.js'
import { exampleReport } from './report-fixture.js'

/** A platform that has files in memory and nothing else, and notes what was asked of it. */
function installFiles(): { contents: Map<string, string>; calls: string[] } {
  const contents = new Map<string, string>()
  const calls: string[] = []
  const files: Partial<Platform['files']> = {
    join: (...parts) => parts.join('/'),
    makeDirectory: async (path) => void calls.push(`makeDirectory ${path}`),
    writeAtomic: async (path, data) => {
      calls.push(`writeAtomic ${path}`)
      contents.set(path, String(data))
    },
  }
  setPlatform({ files } as Platform)
  return { contents, calls }
}

test('both files are written whole into the directory, and the JSON is the report', async () => {
  const { contents, calls } = installFiles()
  const report = exampleReport()
  expect(await writeReport('runs/main', report)).toEqual({
    html: 'runs/main/report.html',
    json: 'runs/main/report.json',
  })
  expect(calls).toEqual([
    'makeDirectory runs/main',
    'writeAtomic runs/main/report.json',
    'writeAtomic runs/main/report.html',
  ])
  expect(JSON.parse(contents.get('runs/main/report.json') ?? '')).toEqual(report)
  expect(contents.get('runs/main/report.html')).toMatch(/^<!doctype html>/)
})

test('a number that is not finite is null in the JSON, and the report can be drawn from it again', async () => {
  const { contents } = installFiles()
  const report = exampleReport()
  report.models[1].validLoss = Number.NaN
  await writeReport('out', report)
  const read = JSON.parse(contents.get('out/report.json') ?? '')
  expect(read.models[1].validLoss).toBeNull()
  await writeReport('again', read)
  expect(contents.get('again/report.html')).toBe(contents.get('out/report.html'))
})

test('a report that cannot be drawn writes nothing', async () => {
  const { calls } = installFiles()
  await expect(writeReport('out', exampleReport([]))).rejects.toThrow('got none')
  expect(calls).toEqual([])
})
