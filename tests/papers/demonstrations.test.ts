import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { catalogue, type DemonstrationResult, demonstrations, paperById, verdictOf } from '#seqlab/papers/index.js'
import { root } from '../../scripts/documentation.js'

const folder = join(root, 'src/papers/results')
const stored: DemonstrationResult[] = readdirSync(folder).map((name) =>
  JSON.parse(readFileSync(join(folder, name), 'utf8')),
)
const demonstrationOf = (id: string) => demonstrations.find((entry) => entry.id === id)
const resultOf = (id: string) => stored.find((entry) => entry.id === id)

/** The rows that must be shown. */
const required = catalogue.filter(
  ({ family, fit }) =>
    fit === 'core' && ['linear-attention', 'state-space', 'recurrent', 'convolution-mlp'].includes(family),
)

describe('the 48 papers on linear attention, state spaces, recurrent nets and convolutions', () => {
  it('have a demonstration and a stored result each', () => {
    const lacking = required.map(({ id }) => id).filter((id) => !demonstrationOf(id) || !resultOf(id))
    expect(lacking).toEqual([])
  })

  it('hold, or hold partly, but for six at most', () => {
    const failed = required.map(({ id }) => id).filter((id) => resultOf(id)?.verdict === 'does not hold')
    expect(failed.length, failed.join(', ')).toBeLessThanOrEqual(6)
  })
})

describe('demonstrations', () => {
  it('show papers of the catalogue, each once', () => {
    const ids = demonstrations.map(({ id }) => id)
    expect(ids.filter((id) => !paperById(id) || paperById(id)?.out)).toEqual([])
    expect(new Set(ids).size).toBe(ids.length)
  })

  it.each(demonstrations)('$id names files that there are', ({ files }) => {
    expect(files.length).toBeGreaterThan(0)
    expect(files.filter((file) => !existsSync(join(root, 'src', file)))).toEqual([])
  })
})

describe('stored results', () => {
  it('lie under the id of a demonstration', () => {
    const names = readdirSync(folder)
    expect(names).toEqual(stored.map(({ id }) => `${id}.json`))
    expect(stored.map(({ id }) => id).filter((id) => !demonstrationOf(id))).toEqual([])
  })

  it.each(stored)('$id says how it was made, and what came out', (result) => {
    const { id, command, seed, verdict, sentence, claims, changed, seconds } = result
    expect(command).toBe(`npx seqlab paper ${id} --run`)
    expect({ seed, changed }).toEqual({ seed: demonstrationOf(id)?.seed, changed: demonstrationOf(id)?.changed })
    expect(verdict).toBe(verdictOf(claims))
    expect(sentence).toMatch(/\d.*\.$/s)
    expect(sentence).not.toMatch(/[$`{}]/)
    expect(seconds).toBeGreaterThan(0)
    expect(seconds, 'at most 5 minutes on 2 cores').toBeLessThanOrEqual(300)
  })

  it.each(stored)('$id has figures of different names, with tolerances', ({ claims }) => {
    const figures = claims.flatMap((claim) => claim.figures)
    expect(figures.length).toBeGreaterThan(0)
    expect(new Set(figures.map(({ name }) => name)).size).toBe(figures.length)
    expect(figures.filter(({ value }) => !Number.isFinite(value))).toEqual([])
    expect(figures.filter(({ tolerance }) => !(tolerance >= 0))).toEqual([])
  })

  it.each(stored)(
    '$id has figures for each claim that was measured, and a cause where one does not hold',
    ({ claims }) => {
      expect(claims.length).toBeGreaterThan(0)
      expect(claims.filter(({ holds, figures }) => holds !== 'planned' && figures.length === 0)).toEqual([])
      expect(claims.filter(({ holds, because }) => holds !== true && !because)).toEqual([])
      expect(claims.filter(({ holds }) => ![true, false, 'planned'].includes(holds))).toEqual([])
    },
  )
})
