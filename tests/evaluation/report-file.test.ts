import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { isStudy, parseReport } from '#seqlab/evaluation/report/index.js'
import { root } from '../../scripts/documentation.js'
import { exampleReport } from './report-fixture.js'
import { exampleStudy } from './study/fixture.js'

const bytes = (value: unknown) => new TextEncoder().encode(typeof value === 'string' ? value : JSON.stringify(value))
const without = (name: string, value: object) =>
  Object.fromEntries(Object.entries(value).filter(([key]) => key !== name))

describe('parseReport', () => {
  it('reads both kinds, numbers that were not finite among theirs', () => {
    const report = {
      ...exampleReport(),
      models: exampleReport().models.map((model) => ({ ...model, validLoss: Number.NaN })),
    }
    expect(isStudy(parseReport(bytes(report), 'report.json'))).toBe(false)
    expect(isStudy(parseReport(bytes(exampleStudy()), 'report.json'))).toBe(true)
  })

  it.each(readdirSync(join(root, 'studies')))('reads the study %s', (name) => {
    const text = readFileSync(join(root, 'studies', name, 'report.json'))
    expect(parseReport(text, name)).toEqual(JSON.parse(text.toString()))
  })

  it.each([
    ['nothing', '', 'got an empty file'],
    ['bytes of another kind', new Uint8Array([0xff, 0xfe, 0]), 'got what is not JSON'],
    ['a cut file', JSON.stringify(exampleStudy()).slice(0, 5000), 'got what is not JSON'],
    ['a list', [1, 2], 'got no object'],
    ['another object', { name: 'seqlab', version: '1' }, 'got an object with name, version'],
    ['a comparison of none', { ...exampleReport(), models: [] }, 'in which models is wrong'],
    ['a study without seeds', without('seeds', exampleStudy()), 'in which seeds is wrong'],
    [
      'a curve of texts',
      { ...exampleReport(), models: exampleReport().models.map((model) => ({ ...model, curve: ['a'] })) },
      'in which models.0.curve.0 is wrong',
    ],
  ])('refuses %s, and says what it got', (_, value, said) => {
    const given = value instanceof Uint8Array ? value : bytes(value)
    expect(() => parseReport(given, 'other/report.json')).toThrow(
      `other/report.json: expected a report of a comparison or a study, ${said}`,
    )
  })
})
