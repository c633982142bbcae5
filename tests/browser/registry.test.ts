/**
 * What the Lab offers, mechanism by mechanism: 20 steps of a tiny model in the page, with the losses that the library has
 * of the same run. On a text; on a task those that see the tokens after each one. A sample here; all of them with
 * SEQLAB_ALL=1, which is `npm run test:browser:all`.
 */
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openSplit, parseTokenizer } from '#seqlab/data/index.js'
import { onnxExecutor } from '#seqlab/engine/index.js'
import '#seqlab/index.js'
import { openMaterial } from '#seqlab/evaluation/index.js'
import { isCausal } from '#seqlab/mechanisms/index.js'
import { createModel } from '#seqlab/models/index.js'
import { registeredTask } from '#seqlab/tasks/index.js'
import { createRun, textData, train, trainingSettings } from '#seqlab/training/index.js'
import { choices, modelOfWord } from '../../web/src/lab/choices.js'
import { modelOf } from '../../web/src/runs/plan.js'
import { workplace } from '../cli/command.js'
import { drop, present, startWorkbench, type Workbench } from './workbench-page.js'

const all = [...choices.values()].flat().map(({ word }) => word)
const sample = ['transformer', 'gla', 'deltanet', 'mamba2', 'min-lstm', 'hyena', 'fnet', 'gla+softmax']
const words = process.env.SEQLAB_ALL ? [...all, 'gla+softmax'] : sample
const size = { dim: 16, layers: 1, heads: 2 }
const budget = { batch: 2, context: 32, steps: 20, threads: 1 }
const task = 'parity:length=16'
/** So many at a time in one page; three of them train side by side. */
const atOnce = 9
const sighted = words.filter((word) => !readsBothWays(word))
const groups = [
  ...inGroups(sighted).map((group) => [group.join(', '), group, 'text:text.txt'] as const),
  ...inGroups(words.filter(readsBothWays)).map((group) => [group.join(', '), group, `task:${task}`] as const),
]
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

  test.each(groups)(
    '%s train 20 steps, with the losses of the library',
    async (_, group, lesson) => {
      const context = await workbench.browser.newContext()
      const page = await workbench.open(context, '', patience)

      const trained = await trainAll(page, group, lesson)
      expect(trained.map(({ word }) => word).sort()).toEqual([...group].sort())
      const wrong: string[] = []
      for (const { word, losses, configuration } of trained) {
        if (losses.length !== 20 || !losses.every(Number.isFinite)) wrong.push(`${word}: ${losses}`)
        const own = await ownLosses(configuration, word, lesson)
        const farthest = apart(own, losses)
        if (farthest < 1e-4) continue
        // Some mechanisms magnify rounding: then no farther than three times what a millionth of the rate changes, as the two
        // engines differ in every product, not in one number.
        const other = await ownLosses(configuration, `${word}-nudged`, lesson, 1 + 1e-6)
        if (!(Math.abs(own[0] - losses[0]) < 1e-5 && farthest < 3 * apart(own, other)))
          wrong.push(`${word}: ${farthest} from the library's, which moves by ${apart(own, other)}`)
      }
      expect(wrong).toEqual([])
      await context.close()
    },
    patience,
  )

  test(
    'those that would copy the next token of a text are not trained on one, and the page says why',
    async () => {
      const context = await workbench.browser.newContext()
      const page = await workbench.open(context, '', patience)
      const blind = all.filter(readsBothWays)
      await fillIn(page, blind, 'text:text.txt')
      for (const word of blind)
        await page
          .getByRole('alert')
          .filter({ hasText: `${word}: sees the tokens after each one and would copy the next one, not predict it` })
          .waitFor()
      expect(await page.getByRole('button', { name: `Train ${blind.length} models` }).isDisabled()).toBe(true)
      await context.close()
    },
    patience,
  )

  test('none of them printed to the console or asked another origin', () => {
    expect(workbench.faults).toEqual([])
  })

  async function fillIn(page: Page, models: readonly string[], lesson: string): Promise<void> {
    await page.getByRole('button', { name: 'Train 3 models' }).waitFor()
    await drop(page, [join(folder, 'text.txt')])
    await page.waitForFunction(() => location.hash.includes('text%3Atext.txt'))
    const numbers = Object.entries({ ...size, ...budget }).map(([name, value]) => [name, String(value)])
    const query = new URLSearchParams({ models: models.join(' '), lesson, ...Object.fromEntries(numbers) })
    await page.goto(`${workbench.address}#/lab?${query}`)
  }

  async function trainAll(page: Page, group: readonly string[], lesson: string): Promise<Trained[]> {
    await fillIn(page, group, lesson)
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

  /** The same run by the library, on the same text or task. */
  async function ownLosses(
    { model, settings: given }: Trained['configuration'],
    word: string,
    lesson: string,
    nudge = 1,
  ) {
    const parsed = trainingSettings.parse(given)
    const settings = { ...parsed, rate: parsed.rate * nudge }
    const { data, close } = lesson.startsWith('task:') ? await openTask() : await openText(settings)
    const run = await createRun(join(folder, word), {})
    const executor = await onnxExecutor({ threads: 1, worker: false })
    const losses: number[] = []
    const onEvent = ({ loss }: { loss: number }) => void losses.push(loss)
    await train({ run, model: model as never, settings, data, executor, onEvent })
    await executor.close()
    await run.release()
    await close()
    return losses
  }

  const openTask = async () => openMaterial(await registeredTask(task), { corpora: { path: async () => '' } })
  async function openText(settings: Parameters<typeof openSplit>[2]) {
    const path = join(folder, 'text.txt')
    const split = await openSplit(path, await parseTokenizer('char', path), settings)
    return { data: textData(split), close: split.close }
  }
})

const apart = (one: readonly number[], other: readonly number[]) =>
  Math.max(...one.map((loss, step) => Math.abs(loss - other[step])))

/** Whether a model sees what it would have to predict of a text. */
function readsBothWays(word: string): boolean {
  const { choice, set } = modelOfWord(word)
  const input = { kind: 'tokens', vocabulary: 2 } as const
  const model = createModel(modelOf({ model: choice, set: { ...size, ...set } }, { input }))
  return model.layers.some(({ mixer, settings }) => !isCausal(mixer, settings))
}

function inGroups(all: readonly string[]): string[][] {
  return Array.from({ length: Math.ceil(all.length / atOnce) }, (_, at) => all.slice(at * atOnce, (at + 1) * atOnce))
}

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
