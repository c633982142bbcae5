/// <reference types="vite/client" />
/** Every exported operator has cases, and every differentiable one has its second derivative compared with differences. */
import { readdirSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { type CasePrograms, programsOf } from './programs.js'
import { seeded } from './random.js'
import type { Tables } from './tables.js'

/** Exported functions of the operators' modules that are parts of operators, or serve the engine alone. */
const parts = new Set([
  'asTensor',
  'constantData',
  'fingerprint',
  'nodeKey',
  'normalizeAxis',
  'programKey',
  'scalarValue',
])

const tables: Tables = import.meta.glob<Tables[string]>('./**/*.cases.ts', { eager: true })
const cases = Object.values(tables).flatMap((table) => table.cases)
const folder = new URL('../../../dist/engine/operators/', import.meta.url)
const modules = await Promise.all(
  readdirSync(folder)
    .filter((file) => file.endsWith('.js'))
    .map((file) => import(/* @vite-ignore */ new URL(file, folder).href) as Promise<Record<string, unknown>>),
)
const operators = modules
  .flatMap((module) => Object.entries(module))
  .flatMap(([name, value]) => (typeof value === 'function' && !parts.has(name) ? [name] : []))

describe.each(operators.sort())('%s', (operator) => {
  const own = cases.filter(({ name }) => name === operator || name.startsWith(`${operator}:`))

  it('has cases', () => {
    expect(own).not.toEqual([])
  })

  it('has a case that differentiates twice, if it is differentiable', () => {
    const differentiable = own.filter((each) => isDifferentiable(programsOf(each, seeded(each.name))))
    if (differentiable.length === 0) return
    expect(differentiable.some(({ second = true, kinks }) => second && kinks === undefined)).toBe(true)
  })
})

function isDifferentiable({ sources, real }: CasePrograms): boolean {
  return sources.length > 0 && real.length > 0
}
