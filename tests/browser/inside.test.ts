import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { onnxExecutor } from '#seqlab/engine/index.js'
import { createDecoder, generate, logProbability, readWhole } from '#seqlab/inference/index.js'
import '#seqlab/index.js'
import { loadTextRun } from '#seqlab/training/index.js'
import { json, words, workplace } from '../cli/command.js'
import { violations } from './axe.js'
import { present, startWorkbench, type Workbench } from './workbench-page.js'

/** A tenth of that is enough on a machine that does nothing else. */
const minutes = 120_000
const tiny = '--set layers=2 --set dim=16 --set heads=2 --context 16 --batch 4 --steps 5 --threads 1 --json'
const text = 'Speak, speak.\nWe know it, we know it.'

describe.skipIf(!present)('looking inside, and writing', () => {
  let folder: string
  let workbench: Workbench
  let page: Page

  beforeAll(async () => {
    folder = await workplace({ whenOver: afterAll })
    workbench = await startWorkbench()
    page = await workbench.open(await workbench.browser.newContext(), '')
    for (const model of ['gla', 'transformer']) {
      await json(words(`train --model ${model} ${tiny} --data ${folder}/text.txt --out ${join(folder, model)}`))
      await store(page, model, join(folder, model))
    }
  }, minutes)
  afterAll(() => workbench.close())

  const go = async (view: string, query: Record<string, string>) => {
    await page.goto('about:blank')
    await page.goto(`${workbench.address}#/${view}?${new URLSearchParams(query)}`)
  }
  const told = () => page.locator('.told').first().innerText()

  test(
    'tells what a token cost as the library does, and moves through the text by keys, in the address too',
    async () => {
      await go('inside', { run: 'gla', with: 'transformer', text, at: '3' })
      const list = page.getByRole('listbox', { name: 'The text, token by token' })
      await list.nth(1).waitFor()
      await list.first().focus()
      for (let press = 0; press < 2; press++) await page.keyboard.press('ArrowRight')
      await page.getByText('Token 6 of').waitFor()
      await page.waitForFunction(() => location.hash.includes('at=5'))

      const { model, parameters, tokenizer } = await loadTextRun(join(folder, 'gla'))
      const executor = await onnxExecutor({ threads: 1, worker: false })
      const tokens = tokenizer.encode(text)
      const { logits } = await readWhole({ model, parameters, executor }, tokens)
      const width = logits.shape[1]
      const row = (logits.data as Float32Array).subarray(4 * width, 5 * width)
      await executor.close()
      expect(await told()).toContain(`cost ${(-logProbability(row, tokens[5])).toFixed(2)} nats`)
    },
    minutes,
  )

  test(
    'shows states, attention and named tensors as pictures that say in words what they are',
    async () => {
      await page.getByRole('img', { name: /^State, head 1: 4 by 8, from / }).waitFor()
      const map = page.getByRole('img', { name: /^Head 2: 37 by 37, from 0 to / })
      await map.waitFor()
      await map.focus()
      await page.keyboard.press('ArrowDown')
      await page.getByText('“p” (2) reads “S” (1): ').waitFor()
      await page.getByLabel('Tensor').first().selectOption('blocks.0.mixer.decay')
      await page.getByRole('img', { name: /^Channels down, tokens across: 8 by 37, / }).waitFor()
      await page.getByLabel('Colour').selectOption('contributions')
      await page
        .getByText(/contributes -?\d+\.\d+ nats to “␣” after token 6/)
        .first()
        .waitFor()
      await page.getByText('Nearest earlier states').waitFor()
    },
    minutes,
  )

  test(
    'says what is wrong with a run or a text',
    async () => {
      await page.getByLabel('Text', { exact: true }).fill('S')
      await page.getByRole('button', { name: 'Read this text' }).click()
      await page.getByText('needs a text of at least 2 tokens, got 1').first().waitFor()
      await go('inside', { run: 'elsewhere' })
      await page.getByText('elsewhere cannot be opened').waitFor()
    },
    minutes,
  )

  test(
    'writes the text that the library writes, tells what else each token might have been, and stops',
    async () => {
      await go('write', { run: 'gla', with: 'transformer', prompt: 'Speak', temperature: '0', tokens: '30' })
      const button = (name: string) => page.getByRole('button', { name, exact: true })
      await button('Write').click()
      await page.getByText('30 tokens.').nth(1).waitFor()
      const { model, parameters, tokenizer } = await loadTextRun(join(folder, 'gla'))
      const executor = await onnxExecutor({ threads: 1, worker: false })
      const decoder = await createDecoder(model, parameters, { executor })
      let expected = ''
      for await (const piece of generate(decoder, tokenizer, 'Speak', { temperature: 0, tokens: 30 })) expected += piece
      await executor.close()
      const output = page.getByRole('log').first()
      expect(await output.textContent()).toBe(`Speak${expected}`)
      await output.focus()
      expect(await page.getByRole('list', { name: 'The likeliest tokens there' }).locator('li').count()).toBe(5)

      await page.getByLabel('tokens', { exact: true }).fill('100000')
      await button('Write').click()
      await page.getByText('What a token costs').waitFor()
      await button('Stop').click()
      await page.waitForFunction(() => !document.querySelector<HTMLButtonElement>('form .primary')?.disabled)
      await page.getByText(/transformer: \d+\.\d KiB in use and \d+\.\d held after \d+ tokens/).waitFor()
    },
    minutes,
  )

  test(
    'passes axe in both themes with everything shown, and fits a window of 360 pixels',
    async () => {
      const shown: Readonly<Record<string, () => Promise<void>>> = {
        inside: () =>
          page
            .getByRole('img', { name: /^Head 2: 37 by 37/ })
            .first()
            .waitFor(),
        write: async () => {
          await page.getByRole('button', { name: 'Write', exact: true }).click()
          await page.getByText('30 tokens.').nth(1).waitFor()
        },
        lab: () => page.getByRole('listitem', { name: 'gla', exact: true }).waitFor(),
      }
      const found: string[] = []
      for (const [view, wait] of Object.entries(shown)) {
        await go(view, view === 'lab' ? {} : { run: 'gla', with: 'transformer', text, prompt: 'Speak', tokens: '30' })
        await wait()
        for (const colorScheme of ['light', 'dark'] as const) {
          await page.emulateMedia({ colorScheme })
          found.push(...(await violations(page)).map((violation) => `${view}, ${colorScheme}: ${violation}`))
        }
        await page.setViewportSize({ width: 360, height: 800 })
        const width = await page.evaluate(() => document.documentElement.scrollWidth)
        if (width > 360) found.push(`${view}: ${width} pixels wide`)
        await page.setViewportSize({ width: 1280, height: 720 })
      }
      expect(found).toEqual([])
    },
    minutes,
  )

  test('prints nothing to the console and asks nothing of other origins', () => {
    expect(workbench.faults).toEqual([])
  })
})

/** Puts a run of the command line among those of the browser. */
async function store(page: Page, name: string, folder: string): Promise<void> {
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue
    const path = join(entry.parentPath, entry.name)
    const places = ['runs', name, ...path.slice(folder.length + 1).split('/')]
    await page.evaluate(write, { places, bytes: [...(await readFile(path))] })
  }
}

async function write({ places, bytes }: { places: string[]; bytes: number[] }): Promise<void> {
  let folder = await navigator.storage.getDirectory()
  for (const place of places.slice(0, -1)) folder = await folder.getDirectoryHandle(place, { create: true })
  const file = await folder.getFileHandle(places.at(-1)!, { create: true })
  const writable = await file.createWritable()
  await writable.write(Uint8Array.from(bytes))
  await writable.close()
}
