import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { unzipSync, zipSync } from 'fflate'
import type { BrowserContext, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { json, words, workplace } from '../cli/command.js'
import { card, exported, present, startWorkbench, type Workbench, waitForStatus } from './workbench-page.js'

/** A tenth of that is enough on a machine that does nothing else. */
const minutes = 120_000
/** A form of one tiny model, as the address has it; the command line's options for the same one. */
const link = (models: string, steps: number, rest = '') =>
  `#/lab?models=${models}&lesson=text:text.txt&dim=16&layers=1&heads=2&batch=4&context=16&steps=${steps}&rate=0.001&threads=1${rest}`
const tiny = '--set layers=1 --set dim=16 --set heads=2 --context 16 --batch 4 --lr 1e-3'

describe.skipIf(!present)('the workbench', () => {
  let folder: string
  let workbench: Workbench
  let context: BrowserContext
  let page: Page

  beforeAll(async () => {
    folder = await workplace({ whenOver: afterAll })
    const text = await readFile(join(folder, 'text.txt'))
    // What the last tenth is to training.
    await writeFile(join(folder, 'validation.txt'), text.subarray(18_000))
    workbench = await startWorkbench()
    context = await workbench.browser.newContext({ acceptDownloads: true })
    page = await workbench.open(context, '')
  }, minutes)
  afterAll(async () => {
    expect(await workbench.close()).toBe(0)
  })

  const choose = (button: string, path: string | { name: string; buffer: Buffer }) =>
    page
      .getByLabel(button, { exact: true })
      .and(page.locator('input'))
      .setInputFiles(typeof path === 'string' ? path : { ...path, mimeType: '' })

  /** Unzips a run; the folder it is in then. */
  async function unzipped(zip: Uint8Array, name: string): Promise<string> {
    for (const [path, bytes] of Object.entries(unzipSync(zip))) {
      const target = join(folder, name, path.slice(path.indexOf('/') + 1))
      await mkdir(dirname(target), { recursive: true })
      await writeFile(target, bytes)
    }
    return join(folder, name)
  }

  async function losses(run: string): Promise<number[]> {
    const lines = (await readFile(join(run, 'metrics.jsonl'), 'utf8')).trim().split('\n')
    return lines.map((line) => JSON.parse(line).loss)
  }

  const configuration = async (run: string) =>
    JSON.parse(await readFile(join(run, 'config.json'), 'utf8')).configuration

  const farthest = (a: readonly number[], b: readonly number[]) => {
    expect(a.length).toBe(b.length)
    return Math.max(...a.map((loss, index) => Math.abs(loss - b[index])))
  }

  test(
    'trains three mechanisms chosen from the list on a text of the user, with a curve each',
    async () => {
      await choose('Add a text of your own', join(folder, 'text.txt'))
      await page.waitForFunction(() => location.hash.includes('text%3Atext.txt'))
      for (const [label, value] of Object.entries({
        Width: 16,
        Layers: 1,
        Heads: 2,
        Steps: 120,
        Batch: 4,
        Context: 16,
      }))
        await page.getByLabel(label, { exact: true }).fill(String(value))
      await page.getByText('More settings').click()
      await page.getByLabel('Save every').fill('20')
      await page.getByRole('button', { name: 'Leave out mamba2' }).click()
      await page.getByLabel('Search').fill('min-gru')
      await page.getByRole('checkbox', { name: /^min-gru/ }).check()
      await page.getByRole('button', { name: 'Train 3 models' }).click()
      await page.waitForFunction(
        () => document.querySelectorAll('.chart')[0]?.querySelectorAll('[aria-label="line"] path').length === 3,
      )
      await card(page, 'gla')
        .getByText(/^([2-9]\d|1\d\d) of 120$/)
        .waitFor()
    },
    minutes,
  )

  test(
    'goes on after a reload in the middle of training, and ends with a result',
    async () => {
      await page.reload()
      let continued = 0
      for (const title of ['transformer', 'gla', 'min-gru']) {
        const run = card(page, title)
        await run.waitFor()
        const resume = run.getByRole('button', { name: 'Continue' })
        if (!(await resume.isVisible())) continue
        await resume.click()
        continued++
      }
      expect(continued).toBeGreaterThan(0)
      for (const title of ['transformer', 'gla', 'min-gru']) await waitForStatus(page, title, 'finished')
      const curves = await page.getByRole('img', { name: /^Validation loss: / }).getAttribute('aria-label')
      expect(curves).toMatch(/: gla \d\.\d+, min-gru \d\.\d+, transformer \d\.\d+$/)
    },
    minutes,
  )

  test(
    'exports a run that the command line opens, with the same validation loss',
    async () => {
      const run = await unzipped(await exported(page, 'gla'), 'exported')
      const { validLoss } = JSON.parse(await readFile(join(run, 'result.json'), 'utf8'))
      const [{ loss }] = await json(
        words(`eval --run ${run} --data ${folder}/validation.txt --batch 4 --threads 1 --json`),
      )
      expect(Math.abs(loss - validLoss)).toBeLessThan(1e-4)
      await json(words(`generate --run ${run} --tokens 5 --threads 1 --json`))
    },
    minutes,
  )

  test.each([1, 2])(
    'has the losses of the command line over 100 steps, with %i threads',
    async (threads) => {
      const own = join(folder, `own-${threads}`)
      await json(
        words(
          `train --model gla ${tiny} --data ${folder}/text.txt --steps 100 --save-every 50 --threads ${threads} --out ${own} --json`,
        ),
      )
      await remove('gla')
      await page.goto(`${workbench.address}${link('gla', 100).replace('threads=1', `threads=${threads}`)}`)
      await page.getByRole('button', { name: 'Train 1 model' }).click()
      await waitForStatus(page, 'gla', 'finished')
      const run = await unzipped(await exported(page, 'gla'), `page-${threads}`)
      expect(farthest(await losses(run), await losses(own))).toBeLessThan(1e-4)
      // So the command line may go on with it: nothing but the place of the text differs.
      const [here, there] = await Promise.all([run, own].map(configuration))
      expect({ ...here, data: there.data }).toEqual(there)
    },
    minutes,
  )

  test(
    'takes in a run of the command line, goes on with it, and ends where the command line ended',
    async () => {
      const own = join(folder, 'own-1')
      const cut = join(folder, 'cut')
      await json(
        words(
          `train --model gla ${tiny} --data ${folder}/text.txt --steps 100 --threads 1 --save-every 40 --out ${cut} --json`,
        ),
      )
      const files = Object.fromEntries(
        await Promise.all(
          ['config.json', 'tokenizer.json', 'metrics.jsonl', ...checkpointOf(80)].map(
            async (name) => [`cut/${name}`, new Uint8Array(await readFile(join(cut, name)))] as const,
          ),
        ),
      )
      await remove('gla')
      await choose('Import a run (.zip)', { name: 'cut.zip', buffer: Buffer.from(zipSync(files)) })
      await waitForStatus(page, 'gla', 'paused')
      await page.getByRole('button', { name: 'Continue gla' }).click()
      await waitForStatus(page, 'gla', 'finished')
      const run = await unzipped(await exported(page, 'gla'), 'continued')
      expect(farthest(await losses(run), await losses(own))).toBeLessThan(1e-4)
    },
    minutes,
  )

  test(
    'takes in the folder of a finished run',
    async () => {
      const before = await page.locator('.status.finished').count()
      await choose('Import a run’s folder', join(folder, 'own-2'))
      await expect.poll(() => page.locator('.status.finished').count(), { timeout: minutes }).toBe(before + 1)
      await page.getByRole('button', { name: 'Remove gla' }).first().click()
      await page.getByRole('button', { name: 'Yes, remove' }).click()
      await expect.poll(() => page.locator('.status.finished').count()).toBe(before)
    },
    minutes,
  )

  test(
    'pauses, and goes on at another rate with one click',
    async () => {
      await page.goto(`${workbench.address}${link('lstm', 5000)}`)
      await page.getByRole('button', { name: 'Train 1 model' }).click()
      await waitForStatus(page, 'lstm', 'training')
      await card(page, 'lstm')
        .getByText(/^[1-9]\d* of 5000$/)
        .waitFor()
      await card(page, 'lstm').getByLabel('Peak learning rate').fill('0.01')
      await card(page, 'lstm').getByRole('button', { name: 'Apply and go on' }).click()
      // As soon as it goes on at this rate there is nothing to apply.
      const isApplied = () => card(page, 'lstm').getByRole('button', { name: 'Apply and go on' }).isDisabled()
      await expect.poll(isApplied, { timeout: minutes }).toBe(true)
      await waitForStatus(page, 'lstm', 'training')
      const before = await stepOf('lstm')
      await expect.poll(() => stepOf('lstm'), { timeout: minutes }).toBeGreaterThan(before + 20)
      await page.getByRole('button', { name: 'Pause lstm' }).click()
      await waitForStatus(page, 'lstm', 'paused')
      expect(await card(page, 'lstm').getByLabel('Peak learning rate').inputValue()).toBe('0.01')
      const zip = unzipSync(await exported(page, 'lstm'))
      const last = new TextDecoder()
        .decode(Object.entries(zip).find(([path]) => path.endsWith('metrics.jsonl'))![1])
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line))
        .at(-1)
      // A linear warm-up over a twentieth of the steps.
      expect(last.rate).toBeCloseTo((0.01 * last.step) / 250, 8)
      await remove('lstm')
    },
    minutes,
  )

  test(
    'lets a run wait where others have all threads, and starts it when one of them is removed',
    async () => {
      const cores = await page.evaluate(() => navigator.hardwareConcurrency)
      const both = link('min-lstm%20lstm', 5000).replace('threads=1', `threads=${cores}`)
      await page.goto(`${workbench.address}${both}`)
      await page.getByRole('button', { name: 'Train 2 models' }).click()
      await waitForStatus(page, 'lstm', 'training')
      // Three may always train side by side.
      if (cores > 1) await waitForStatus(page, 'min-lstm', 'waiting')
      await remove('lstm')
      await waitForStatus(page, 'min-lstm', 'training')
      await remove('min-lstm')
      await page.reload()
      await card(page, 'gla').waitFor()
      expect(await page.locator('.run').filter({ hasText: 'lstm' }).count()).toBe(0)
    },
    minutes,
  )

  test(
    'gives a run another name than one whose ended worker still has its lock',
    async () => {
      await page.goto(`${workbench.address}${link('min-lstm', 5000)}`)
      const names = [0, 1].map((minutes) => {
        const time = new Date(Date.now() + minutes * 60_000).toISOString().slice(0, 16)
        return `${time.replace('T', '-').replace(':', '')}-min-lstm`
      })
      await page.evaluate((names) => {
        for (const name of names) navigator.locks.request(`seqlab:runs/${name}`, () => new Promise(() => {}))
      }, names)
      await page.getByRole('button', { name: 'Train 1 model' }).click()
      await waitForStatus(page, 'min-lstm', 'training')
      await remove('min-lstm')
      await page.reload()
    },
    minutes,
  )

  test(
    'gives the same form to whoever opens the link',
    async () => {
      const one = await workbench.open(context, link('gla%20gla%2Bsoftmax', 77, '&seed=5'))
      await one.getByRole('button', { name: 'Train 2 models' }).waitFor()
      await one.getByLabel('Steps', { exact: true }).fill('78')
      const other = await workbench.open(context, await one.evaluate(() => location.hash))
      await other.getByRole('button', { name: 'Leave out gla+softmax' }).waitFor()
      const form = (of: Page) =>
        of.evaluate(() =>
          [...document.querySelectorAll<HTMLInputElement>('form.setup :is(input, select)')].map(
            ({ value, checked }) => `${value} ${checked}`,
          ),
        )
      expect(await form(other)).toEqual(await form(one))
      expect(await other.getByLabel('Steps', { exact: true }).inputValue()).toBe('78')
      await other.close()
      await one.close()
    },
    minutes,
  )

  test(
    'tells what does not fit beside its field, in the words of the library',
    async () => {
      await page.goto(`${workbench.address}#/lab?heads=5&steps=0&models=gla`)
      const problem = (label: string) =>
        page
          .locator('.field')
          .filter({ has: page.getByLabel(label, { exact: true }) })
          .getByRole('alert')
      expect(await problem('Heads').textContent()).toMatch(/^gla: heads must divide dim 64, got 5/)
      expect(await problem('Steps').textContent()).toBe('must be above 0, got 0 – the default is 1000')
      expect(await page.getByRole('button', { name: 'Train 1 model' }).isDisabled()).toBe(true)
      await page.goto(`${workbench.address}#/lab?dim=4096&layers=48&models=gla`)
      await page.getByText(/needs at least [\d.]+ GiB of memory, a page has 4\.0 GiB/).waitFor()
    },
    minutes,
  )

  test.each([
    ['Import a run (.zip)', 'empty.zip', '', /empty\.zip is empty/],
    ['Import a run (.zip)', 'noise.zip', '\0\u0001noise', /noise\.zip is no \.zip that can be read/],
    ['Add a text of your own', 'empty.txt', '', /empty\.txt is empty/],
    ['Add a text of your own', 'noise.bin', '\0\u0001noise', /noise\.bin is no text/],
  ])('%s refuses %s in a sentence', async (button, name, content, sentence) => {
    await choose(button, { name, buffer: Buffer.from(content) })
    await page.getByText(sentence).waitFor()
  })

  test(
    'refuses a folder of something else, and leaves nothing of it',
    async () => {
      const foreign = zipSync({ 'notes/config.json': Buffer.from('{"version":1}'), 'notes/a.txt': Buffer.from('a') })
      const count = await page.locator('.run').count()
      await choose('Import a run (.zip)', { name: 'notes.zip', buffer: Buffer.from(foreign) })
      await page.getByText(/notes\.zip\/config\.json: not the config\.json of a run/).waitFor()
      await choose('Import a run (.zip)', {
        name: 'a.zip',
        buffer: Buffer.from(zipSync({ 'a.txt': Buffer.from('a') })),
      })
      await page.getByText(/a\.zip holds no run: it has no config\.json/).waitFor()
      await page.reload()
      await page.getByText('Runs in this browser').waitFor()
      await expect.poll(() => page.locator('.run').count()).toBe(count)
    },
    minutes,
  )

  test('did all this without a word on the console or a request to another origin', () => {
    expect(workbench.faults).toEqual([])
  })

  /** The last step that a run's card tells. */
  const stepOf = async (title: string) =>
    Number(/(\d+) of \d+/.exec((await card(page, title).textContent()) ?? '')?.[1])

  async function remove(title: string): Promise<void> {
    await page.getByRole('button', { name: `Remove ${title}` }).click()
    await page.getByRole('button', { name: 'Yes, remove' }).click()
    await card(page, title).waitFor({ state: 'detached' })
  }
})

const checkpointOf = (step: number) =>
  ['weights.safetensors', 'training.safetensors', 'progress.json'].map(
    (name) => `checkpoints/step-${String(step).padStart(8, '0')}/${name}`,
  )
