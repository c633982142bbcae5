import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { root } from '../scripts/documentation.js'

interface Report {
  readonly mechanism: string
  readonly checks: readonly { readonly name: string; readonly pass: boolean }[]
}

describe('the mechanism that docs/mechanisms.md builds', () => {
  it('passes seqlab check', () => {
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      ['bin/seqlab.js', 'check', join('examples', 'own-min-gru.ts'), '--json'],
      { cwd: root, encoding: 'utf8' },
    )
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
    const { mechanism, checks }: Report = JSON.parse(stdout.trim().split('\n').at(-1) as string)
    expect(mechanism).toBe('own-min-gru')
    expect(checks.length).toBeGreaterThan(10)
    expect(checks.filter(({ pass }) => !pass)).toEqual([])
  }, 300_000)
})
