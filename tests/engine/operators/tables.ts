/** Turns tables of cases into tests. */
import { describe, expect, it } from 'vitest'
import { checkOperator, type OperatorCase } from './harness.js'

export type Tables = Record<string, { readonly cases: readonly OperatorCase[] }>

export function testTables(tables: Tables): void {
  for (const [file, { cases }] of Object.entries(tables)) {
    describe(file, () => {
      it.each(cases.map((each) => [each.name, each] as const))('%s', async (_, each) => {
        expect(await checkOperator(each)).toEqual([])
      })
    })
  }
}
