/**
 * What the Lab offers, mechanism by mechanism: 20 steps of a tiny model in the page, with the losses that the library has
 * of the same run. A sample here; all of them with SEQLAB_ALL=1, which is `npm run test:browser:all`.
 */
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openSplit, parseTokenizer } from '#seqlab/data/index.js'
import { onnxExecutor } from '#seqlab/engine/index.js'
import '#seqlab/index.js'
import { createRun, textData, train, trainingSettings } from '#seqlab/training/index.js'
import { choices } from '../../web/src/lab/choices.js'
import { workplace } from '../cli/command.js'
import { drop, present, startWorkbench, type Workbench } from './workbench-page.js'

const all = [...choices.values()].flat().map(({ word }) => word)
const sample = ['transformer', 'gla', 'deltanet', 'mamba2', 'min-lstm', 'hyena', 'gla+softmax']
const words = process.env.SEQLAB_ALL ? [...all, 'gla+softmax'] : sample
/** So many at a time in one page; three of them train side by side. */
const size = 9
const groups = Array.from({ length: Math.ceil(words.length / size) }, (_, at) =>
  words.slice(at * size, (at + 1) * size),
)
/** Each takes some seconds where the machine does nothing else. */
const patience = 600_000

interface Trained {
  readonly word: string
  readonly losses: readonly number[]
  readonly configuration: { readonly model: object; readonly settings: object }
}

describe.skipIf(!present)('in the page', () => {
  let folder: string
  let workbench: Workbench
  beforeAll(async () => {
    folder = await workplace({ whenOver: afterAll })
    workbench = await startWorkbench()
  }, 240_000)
  afterAll(() => workbench?.close())

  test.each(groups.map((group) => [group.join(', '), group] as const))(
    '%s train 20 steps, with the losses of the library',
    async (_, group) => {
      const context = await workbench.browser.newContext()
      const page = await workbench.open(context, '', patience)

      const trained = await trainAll(page, group)
      expect(trained.map(({ word }) => word).sort()).toEqual([...group].sort())
      const wrong: string[] = []
      for (const { word, losses, configuration } of trained) {
        if (losses.length !== 20 || !losses.every(Number.isFinite)) wrong.push(`${word}: ${losses}`)
        const own = await ownLosses(configuration, word)
        const farthest = Math.max(...own.map((loss, step) => Math.abs(loss - losses[step])))
        if (!(farthest < 1e-4)) wrong.push(`${word}: ${farthest} from the library's`)
      }
      expect(wrong).toEqual([])
      await context.close()
    },
    patience,
  )

  test('none of them printed to the console or asked another origin', () => {
    expect(workbench.faults).toEqual([])
  })

  async function trainAll(page: Page, group: readonly string[]): Promise<Trained[]> {
    await page.getByRole('button', { name: 'Train 3 models' }).waitFor()
    await drop(page, [join(folder, 'text.txt')])
    await page.waitForFunction(() => location.hash.includes('text%3Atext.txt'))
    const size = { dim: '16', layers: '1', heads: '2', batch: '2', context: '32', steps: '20', threads: '1' }
    const query = { models: group.join(' '), lesson: 'text:text.txt', ...size }
    await page.goto(`${workbench.address}#/lab?${new URLSearchParams(query)}`)
    const button = page.getByRole('button', { name: `Train ${group.length} model` })
    await button.waitFor()
    // The form has been looked at by then; what does not fit is told by name.
    await page.waitForTimeout(2000)
    expect(await page.locator('form .problem').allInnerTexts()).toEqual([])
    await button.click()
    const ended = page.locator('.run .status:is(.finished, .failed)')
    await expect.poll(() => ended.count(), { timeout: patience, interval: 1000 }).toBe(group.length)
    expect(await page.locator('.run .problem').allInnerTexts()).toEqual([])
    return page.evaluate(trainedRuns)
  }

  /** The same run by the library, on the same text. */
  async function ownLosses({ model, settings: given }: Trained['configuration'], word: string): Promise<number[]> {
    const path = join(folder, 'text.txt')
    const settings = trainingSettings.parse(given)
    const split = await openSplit(path, await parseTokenizer('char', path), settings)
    const run = await createRun(join(folder, word), {})
    const executor = await onnxExecutor({ threads: 1, worker: false })
    const losses: number[] = []
    const onEvent = ({ loss }: { loss: number }) => void losses.push(loss)
    await train({ run, model: model as never, settings, data: textData(split), executor, onEvent })
    await executor.close()
    await run.release()
    await split.close()
    return losses
  }
})

/** The runs of this browser, from its storage. */
async function trainedRuns(): Promise<Trained[]> {
  const storage = await navigator.storage.getDirectory()
  const runs = await storage.getDirectoryHandle('runs')
  const found: Trained[] = []
  for await (const folder of runs.values() as AsyncIterable<FileSystemDirectoryHandle>) {
    const text = async (name: string) => (await (await folder.getFileHandle(name)).getFile()).text()
    const lines = (await text('metrics.jsonl')).trim().split('\n')
    found.push({
      word: JSON.parse(await text('.workbench.json')).plan.model.name,
      losses: lines.map((line) => JSON.parse(line).loss),
      configuration: JSON.parse(await text('config.json')).configuration,
    })
  }
  return found
}
