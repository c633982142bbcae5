/// <reference types="vite/client" />
/**
 * Every operator against the float64 reference at one and two threads, and its derivatives to second order against
 * central differences. The cases stand in the `*.cases.ts` files; data are seeded by a case's name, tolerances stand
 * in harness.ts.
 */
import { describe, expect, it } from 'vitest'
import { checkOperator, type OperatorCase } from './harness.js'

const tables = import.meta.glob<{ cases: readonly OperatorCase[] }>('./*.cases.ts', { eager: true })

for (const [file, { cases }] of Object.entries(tables)) {
  describe(file.slice('./'.length, -'.cases.ts'.length), () => {
    it.each(cases.map((each) => [each.name, each] as const))('%s', async (_, each) => {
      expect(await checkOperator(each)).toEqual([])
    })
  })
}
