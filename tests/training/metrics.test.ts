import { appendFile, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { UserError } from '#seqlab/platform/errors.js'
import { metricsLog } from '#seqlab/training/metrics.js'
import { temporaryFolder } from './temporary-folder.js'

async function logOf(steps: number[]) {
  const path = join(await temporaryFolder(), 'metrics.jsonl')
  const log = metricsLog(path)
  await log.append(...steps.map((step) => ({ step, loss: step / 3, split: 'é' })))
  return { log, path, steps: async () => (await log.read()).map(({ step }) => step) }
}

describe('the metrics log', () => {
  it('is empty before anything was measured', async () => {
    const log = metricsLog(join(await temporaryFolder(), 'metrics.jsonl'))
    expect(await log.read()).toEqual([])
    await log.truncateAfter(5)
    expect(await log.read()).toEqual([])
  })

  it('gives entries back in order, several of one step too, and not-a-number as null', async () => {
    const { log, path } = await logOf([1, 2])
    await log.append({ step: 2, validLoss: NaN })
    expect(await log.read()).toEqual([
      { step: 1, loss: 1 / 3, split: 'é' },
      { step: 2, loss: 2 / 3, split: 'é' },
      { step: 2, validLoss: null },
    ])
    expect((await readFile(path, 'utf8')).split('\n')[2]).toBe('{"step":2,"validLoss":null}')
  })

  it.each([
    [0, []],
    [2, [1, 2, 2]],
    [3, [1, 2, 2]],
    [9, [1, 2, 2, 4]],
  ])('after step %i keeps the steps %j', async (step, kept) => {
    const { log, steps } = await logOf([1, 2, 2, 4])
    await log.truncateAfter(step)
    expect(await steps()).toEqual(kept)
    await log.append({ step: step + 1 })
    expect(await steps()).toEqual([...kept, step + 1])
  })

  it('leaves out a torn last line, at whatever byte it was cut, and truncation removes it', async () => {
    const line = '{"step":30,"split":"é"}\n'
    for (let length = 1; length < Buffer.byteLength(line); length++) {
      const { log, path, steps } = await logOf([1, 2])
      await appendFile(path, Buffer.from(line).subarray(0, length))
      expect(await steps()).toEqual([1, 2])
      await log.truncateAfter(100)
      await log.append({ step: 3 })
      expect(await steps()).toEqual([1, 2, 3])
    }
  })

  it('refuses a line in the middle that is no entry, and names it', async () => {
    const { log, path } = await logOf([1])
    const before = await readFile(path, 'utf8')
    await writeFile(path, `${before}{"loss":3}\n${before}`)
    const message = `${path}: line 2 is not an entry with a step – delete this line`
    await expect(log.read()).rejects.toEqual(new UserError(message))
    await expect(log.truncateAfter(0)).rejects.toBeInstanceOf(UserError)
  })
})
