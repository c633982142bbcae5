/** What goes wrong: files that are none, storage that is full, a page that is closed. Each is told, and nothing trained is lost. */
import { cp, mkdir, readFile, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { unzipSync } from 'fflate'
import type { BrowserContext, CDPSession, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { json, words, workplace } from '../cli/command.js'
import { card, drop, exported, present, startWorkbench, type Workbench, waitForStatus } from './workbench-page.js'

/** A tenth of that is enough on a machine that does nothing else. */
const minutes = 400_000
/** Steps slow and many enough that a run can be met on its way; of a model so small that rounding does not part its losses. */
const steps = 120
const shape = '--set layers=1 --set dim=16 --set heads=2 --context 64 --batch 16 --lr 3e-4 --threads 1'
const form = (steps: number) =>
  `#/lab?models=gla&lesson=text:text.txt&dim=16&layers=1&heads=2&batch=16&context=64&rate=0.0003&threads=1&steps=${steps}`

describe.skipIf(!present)('trouble', () => {
  let folder: string
  let workbench: Workbench
  let context: BrowserContext
  let page: Page
  let limiting: CDPSession | undefined
  /** Losses of a run that nothing happened to. */
  let undisturbed: number[]

  beforeAll(async () => {
    folder = await workplace({ whenOver: afterAll })
    const whole = `train --model gla ${shape} --data ${folder}/text.txt --steps ${steps} --save-every 50 --out ${folder}/whole`
    await json(words(`${whole} --json`))
    undisturbed = lossesOf(await readFile(join(folder, 'whole/metrics.jsonl'), 'utf8'))
    workbench = await startWorkbench()
    context = await workbench.browser.newContext({ acceptDownloads: true })
    page = await workbench.open(context, '', 200_000)
    await page.getByRole('button', { name: 'Train 3 models' }).waitFor()
    await drop(page, [join(folder, 'text.txt')])
    await page.waitForFunction(() => location.hash.includes('text%3Atext.txt'))
  }, minutes)
  afterAll(() => workbench?.close())

  const said = (sentence: RegExp | string) => page.getByRole('alert').filter({ hasText: sentence }).first().waitFor()
  const names = () => page.evaluate(namesOfRuns)
  async function train(steps: number, saveEvery = 5): Promise<void> {
    await page.goto(`${workbench.address}${form(steps)}&saveEvery=${saveEvery}`)
    await page.getByRole('button', { name: 'Train 1 model' }).click()
  }

  /** Looks in each frame, as a locator looks only twice a second; a run that is past it already is told, not waited for. */
  async function onItsWay(least: number, most: number): Promise<void> {
    await page.waitForFunction(
      ([least, most]) => {
        const text = document.querySelector('li[aria-label="gla"] dd')?.textContent ?? ''
        const step = Number(/^(\d+) of/.exec(text)?.[1] ?? 0)
        if (step > most) throw new Error(`met too late: at step ${step}, not by ${most}`)
        return step >= least
      },
      [least, most],
    )
  }

  /** A copy of the finished run with something done to it. */
  async function damaged(name: string, damage: (path: string) => Promise<void>): Promise<string> {
    const path = join(folder, name)
    await cp(join(folder, 'whole'), path, { recursive: true })
    await damage(path)
    return path
  }
  const weights = (path: string) => join(path, `checkpoints/step-${String(steps).padStart(8, '0')}/weights.safetensors`)

  describe('dropped on the page', () => {
    const refused: [what: string, make: () => Promise<string>, sentence: RegExp][] = [
      ['an empty file', () => file('empty.txt', ''), /^empty\.txt is empty – choose a file with text in it/],
      ['a binary file', () => file('noise.bin', Buffer.from([0, 1, 255, 254])), /^noise\.bin is no text in UTF-8/],
      [
        'a text of 200 MB',
        () => file('large.txt', Buffer.alloc(200 * 2 ** 20, 'A line of text.\n')),
        /^large\.txt has 200 MB; this page takes texts of up to 64 MB/,
      ],
      [
        'a broken .zip',
        () => file('torn.zip', 'PK\u0003\u0004 and no more'),
        /^torn\.zip is no \.zip that can be read/,
      ],
      ['a folder of something else', () => foreign('notes'), /^notes holds no run: it has no config\.json/],
      ['an empty folder', () => emptyFolder('nothing'), /^nothing is empty/],
      [
        'another program’s config.json',
        async () => {
          await foreign('other')
          return file('other/config.json', '{"version":1}').then(() => join(folder, 'other'))
        },
        /^other\/config\.json: not the config\.json of a run/,
      ],
      [
        'a run whose config.json is torn',
        () => damaged('torn', (path) => truncate(join(path, 'config.json'), 100)),
        /^torn\/config\.json: expected a JSON object/,
      ],
      [
        'a run whose config.json lacks the model',
        () =>
          damaged('modelless', async (path) => {
            const config = JSON.parse(await readFile(join(path, 'config.json'), 'utf8'))
            delete config.configuration.model
            await writeFile(join(path, 'config.json'), JSON.stringify(config))
          }),
        /^modelless.*model/,
      ],
      [
        'a run without any configuration',
        () => damaged('bare', (path) => writeFile(join(path, 'config.json'), '{"format":"seqlab-run","version":1}')),
        /^bare.*config\.json/,
      ],
      [
        'a run whose weights are cut off',
        () => damaged('cut', (path) => truncate(weights(path), 1000)),
        /^cut\/checkpoints\/step-\d+\/weights\.safetensors: damaged, expected \d+ bytes, got 1000/,
      ],
      [
        'a run whose weights were changed',
        () =>
          damaged('changed', async (path) => {
            const bytes = await readFile(weights(path))
            bytes[bytes.length - 5] ^= 1
            await writeFile(weights(path), bytes)
          }),
        /^changed\/.*weights\.safetensors: damaged, its contents are not those that were saved/,
      ],
    ]

    test.each(refused)(
      '%s is refused in a sentence, and leaves nothing',
      async (_, make, sentence) => {
        const before = await names()
        await drop(page, [await make()])
        await said(sentence)
        expect(await names()).toEqual(before)
      },
      minutes,
    )

    const file = async (name: string, content: string | Buffer) => {
      await writeFile(join(folder, name), content)
      return join(folder, name)
    }
    const emptyFolder = async (name: string) => {
      await mkdir(join(folder, name), { recursive: true })
      return join(folder, name)
    }
    const foreign = async (name: string) => {
      await emptyFolder(name)
      await file(`${name}/shopping.txt`, 'bread')
      return join(folder, name)
    }

    test('a file on another view is not opened in place of the page', async () => {
      await page.goto(`${workbench.address}#/papers`)
      await page.getByRole('heading', { level: 1 }).waitFor()
      await drop(page, [join(folder, 'text.txt')])
      await page.waitForTimeout(500)
      expect(page.url()).toBe(`${workbench.address}#/papers`)
      expect(context.pages()).toHaveLength(1)
    })
  })

  describe('storage that is full', () => {
    test(
      'stops a run with what it had, and lets it go on once there is room',
      async () => {
        await train(steps)
        await onItsWay(10, 90)
        await limit(20_000)
        await waitForStatus(page, 'gla', 'failed')
        await said(/this browser has no more room for this site/)
        await said(/the checkpoint of step \d+ is untouched/)
        // What was trained can be carried off before anything is removed.
        const zip = unzipSync(await exported(page, 'gla'))
        expect(Object.keys(zip).some((path) => path.endsWith('weights.safetensors'))).toBe(true)
        await limit()
        await page.reload()
        await page.getByRole('button', { name: 'Continue gla' }).click()
        await waitForStatus(page, 'gla', 'finished')
        await expectUndisturbed(page)
      },
      minutes,
    )

    test(
      'is told by whatever would be stored: a run, a text, a run from elsewhere',
      async () => {
        await limit(1)
        const before = await names()
        await train(50)
        await page
          .locator('form')
          .getByRole('alert')
          .filter({ hasText: /no more room/ })
          .waitFor()
        await drop(page, [join(folder, 'whole')])
        const ofDropped = page.locator('section[aria-label=Lab] > [role=alert]')
        await ofDropped.filter({ hasText: /^runs\/.*no more room/ }).waitFor()
        await writeFile(join(folder, 'more.txt'), 'Some more text.\n'.repeat(1000))
        await drop(page, [join(folder, 'more.txt')])
        await ofDropped.filter({ hasText: /^texts\/more\.txt: this browser has no more room/ }).waitFor()
        expect(await names()).toEqual(before)
        await limit()
      },
      minutes,
    )
  })

  test(
    'a page that is closed in the middle of training loses nothing: what was saved is there, and it ends the same',
    async () => {
      await remove('gla')
      await train(steps, 45)
      await onItsWay(47, 85)
      await page.close()
      page = await workbench.open(context, '', 200_000)
      await waitForStatus(page, 'gla', 'paused')
      await card(page, 'gla')
        .getByText(/was cut off after step \d+\. Step 45 was saved; it goes on from there/)
        .waitFor()
      await page.getByRole('button', { name: 'Continue gla' }).click()
      await waitForStatus(page, 'gla', 'finished')
      await expectUndisturbed(page)
    },
    minutes,
  )

  test('none of this printed to the console or asked another origin', () => {
    expect(workbench.faults).toEqual([])
  })

  async function expectUndisturbed(page: Page): Promise<void> {
    const zip = unzipSync(await exported(page, 'gla'))
    const [, log] = Object.entries(zip).find(([path]) => path.endsWith('metrics.jsonl'))!
    const losses = lossesOf(new TextDecoder().decode(log))
    expect(losses.length).toBe(undisturbed.length)
    expect(Math.max(...losses.map((loss, at) => Math.abs(loss - undisturbed[at])))).toBeLessThan(1e-4)
  }

  async function remove(title: string): Promise<void> {
    await page
      .getByRole('button', { name: `Remove ${title}` })
      .first()
      .click()
    await page.getByRole('button', { name: 'Yes, remove' }).click()
    await card(page, title).waitFor({ state: 'detached' })
  }

  /** Bytes that the site may take from now on; without any, as many as the browser gives. */
  async function limit(quotaSize?: number): Promise<void> {
    // The browser forgets the limit with the session that set it.
    limiting ??= await context.newCDPSession(page)
    await limiting.send('Storage.overrideQuotaForOrigin', { origin: new URL(workbench.address).origin, quotaSize })
  }
})

const lossesOf = (log: string): number[] =>
  log
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line).loss)

async function namesOfRuns(): Promise<string[]> {
  const names: string[] = []
  const storage = await navigator.storage.getDirectory()
  for await (const name of (await storage.getDirectoryHandle('runs', { create: true })).keys()) names.push(name)
  return names.sort()
}
