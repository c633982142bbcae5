/// <reference types="vite/client" />
/** Every exported operator has cases, and every differentiable one has its second derivative compared with differences. */
import { readdirSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import type { OperatorCase } from './harness.js'
import { programsOf } from './programs.js'
import { seeded } from './random.js'
import type { Tables } from './tables.js'

/** Exported functions of the operators' modules that are parts of operators, or serve the engine alone. */
const parts = new Set([
  'asTensor',
  'constantData',
  // Rounded by executors too, and without a gradient: quantized.test.ts has them.
  'quantize',
  'dequantize',
  'quantizedBytes',
  'quantizedMatmul',
  'quantizedGather',
  'fingerprint',
  'isRowProduct',
  'scanGradient',
  'flatScan',
  'spec',
  'take',
  'nodeKey',
  'normalizeAxis',
  'programKey',
  'scalarValue',
])
/** Differences cannot see what a stopped gradient leaves out. */
const withoutDifferences = new Set(['stopGradient'])

const tables: Tables = import.meta.glob<Tables[string]>('./**/*.cases.ts', { eager: true })
const cases = Object.values(tables).flatMap((table) => table.cases)
const casesOf = (operator: string) => cases.filter(({ name }) => name === operator || name.startsWith(`${operator}:`))
const folder = new URL('../../../dist/engine/operators/', import.meta.url)
const modules: Record<string, unknown>[] = await Promise.all(
  readdirSync(folder)
    .filter((file) => file.endsWith('.js'))
    .map((file) => import(/* @vite-ignore */ new URL(file, folder).href)),
)
const operators = modules
  .flatMap((module) => Object.entries(module))
  .filter(([name, value]) => typeof value === 'function' && !parts.has(name) && !/^lower[A-Z]/.test(name))
  .map(([name]) => name)

describe('the tables of cases', () => {
  it('hold every exported operator', () => {
    expect(operators.filter((operator) => casesOf(operator).length === 0)).toEqual([])
  })

  it('compare second derivatives of every differentiable operator with differences', () => {
    const missed = operators.filter((operator) => {
      const own = casesOf(operator)
      const compared = own.some((each) => each.second !== false && each.kinks === undefined && isDifferentiated(each))
      return !compared && !withoutDifferences.has(operator) && own.some(isDifferentiated)
    })
    expect(missed).toEqual([])
  })
})

function isDifferentiated(each: OperatorCase): boolean {
  const { sources, real } = programsOf({ ...each, second: false }, seeded(each.name))
  return sources.length > 0 && real.length > 0
}
