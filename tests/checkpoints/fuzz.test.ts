/** A short run of fuzz.mjs, seed 3; `npm run test:fuzz` takes 100,000 cases of seed 1. */
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { expect, it } from 'vitest'

it('reads broken folders or refuses them in one line, at once', async () => {
  const script = new URL('fuzz.mjs', import.meta.url).pathname
  const { stdout } = await promisify(execFile)(process.execPath, [script, '300', '3'])
  expect(JSON.parse(stdout)).toMatchObject({ cases: 300, faults: 0 })
}, 120_000)
