/** What training costs the page: the time that an answer takes meanwhile, and the memory that is left behind. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { BrowserContext, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { workplace } from '../cli/command.js'
import { card, drop, present, startWorkbench, type Workbench, waitForStatus } from './workbench-page.js'

/** A fifth of that is enough on a machine that does nothing else. */
const minutes = 400_000
const MiB = 2 ** 20

describe.skipIf(!present)('training leaves the page', () => {
  let folder: string
  let workbench: Workbench
  let context: BrowserContext
  let page: Page

  beforeAll(async () => {
    folder = await workplace({ whenOver: afterAll })
    workbench = await startWorkbench()
    context = await workbench.browser.newContext()
    page = await workbench.open(context, '', minutes)
    await page.getByRole('button', { name: 'Train 3 models' }).waitFor()
    await drop(page, [join(folder, 'text.txt')])
    await page.waitForFunction(() => location.hash.includes('text%3Atext.txt'))
  }, minutes)
  afterAll(() => workbench?.close())

  async function train(models: string, steps: number, rest: Readonly<Record<string, string>> = {}): Promise<void> {
    const size = { dim: '16', layers: '1', heads: '2', batch: '2', context: '32', threads: '1', saveEvery: '500' }
    const query = { models, lesson: 'text:text.txt', steps: String(steps), ...size, ...rest }
    await page.goto(`${workbench.address}#/lab?${new URLSearchParams(query)}`)
    await page.getByRole('button', { name: new RegExp(`Train ${models.split(' ').length} model`) }).click()
  }

  async function remove(title: string): Promise<void> {
    await page.getByRole('button', { name: `Remove ${title}` }).click()
    await page.getByRole('button', { name: 'Yes, remove' }).click()
    await card(page, title).waitFor({ state: 'detached' })
  }

  test(
    'answering keys and clicks within 100 ms while three models train',
    async () => {
      const titles = ['transformer', 'gla', 'mamba2']
      await train(titles.join(' '), 100_000, { dim: '64', layers: '2', heads: '4', batch: '12', context: '64' })
      for (const title of titles)
        await card(page, title)
          .getByText(/^[1-9]\d* of 100000$/)
          .waitFor()
      await page.evaluate(watchInput)
      const search = page.getByLabel('Search')
      await search.focus()
      let inputs = 0
      for (const key of [...'gated linear', ...Array<string>(12).fill('Backspace')]) {
        await page.keyboard.press(key === ' ' ? 'Space' : key)
        inputs++
        await page.waitForTimeout(60)
      }
      for (let time = 0; time < 10; time++) {
        await page.getByLabel('logarithmic loss').click()
        inputs++
        await page.waitForTimeout(60)
      }
      await page.waitForTimeout(500)
      const slow = await page.evaluate(slowInputs)
      for (const title of titles) expect(await card(page, title).getByRole('status').innerText()).toBe('training')
      for (const title of titles) await remove(title)
      // Quicker ones are not told one by one.
      const times = [...Array<number>(Math.max(0, inputs - slow.length)).fill(16), ...slow].sort((a, b) => a - b)
      const [median, ninth, worst] = [0.5, 0.9, 1].map((part) => times[Math.ceil(part * times.length) - 1])
      console.log(
        `input while three models train: ${inputs} inputs, ${slow.length} above 16 ms; median ${median}, 90 % ${ninth}, worst ${worst} ms until drawn`,
      )
      expect(median).toBeLessThanOrEqual(100)
    },
    minutes,
  )

  test(
    'as it was, after 1,000 steps and ten models that were made, trained and removed',
    async () => {
      await round('gla', 5)
      const before = await memory('before')
      await train('gla', 1000)
      await card(page, 'gla')
        .getByText(/^[1-3]\d\d of 1000$/)
        .waitFor()
      const early = await memory('within 1,000 steps, early')
      await card(page, 'gla')
        .getByText(/^[89]\d\d of 1000$/)
        .waitFor()
      const late = await memory('within 1,000 steps, late')
      await waitForStatus(page, 'gla', 'finished')
      await remove('gla')
      await memory('after 1,000 steps')
      const first = await memory('after them again')
      for (let time = 0; time < 10; time++) await round(time % 2 === 0 ? 'gla' : 'transformer', 5)
      const after = await memory('after ten models')
      expect(page.workers()).toHaveLength(0)
      // What the engine holds of a run does not grow with its steps; the curve of 500 points is some kilobytes.
      expect(late.all - early.all).toBeLessThan(4 * MiB)
      expect(after.heap - first.heap).toBeLessThan(MiB)
      expect(after.all - first.all).toBeLessThan(2 * MiB)
      expect(after.heap - before.heap).toBeLessThan(2 * MiB)
      expect(after.nodes - before.nodes).toBeLessThan(200)
      expect(after.listeners - before.listeners).toBeLessThan(20)
      expect(after.resident - first.resident).toBeLessThan(40 * MiB)
    },
    minutes,
  )

  async function round(model: string, steps: number): Promise<void> {
    await train(model, steps)
    await waitForStatus(page, model, 'finished')
    await remove(model)
  }

  /** Bytes: of the page's own heap, of all of it with workers and WebAssembly as the browser counts, of its process. */
  async function memory(when: string) {
    const session = await context.newCDPSession(page)
    await session.send('HeapProfiler.enable')
    await session.send('HeapProfiler.collectGarbage')
    await session.send('Performance.enable')
    const { metrics } = await session.send('Performance.getMetrics')
    const metric = (name: string) => metrics.find((it) => it.name === name)!.value
    await session.detach()
    const { bytes } = await page.evaluate(() =>
      (
        performance as unknown as { measureUserAgentSpecificMemory(): Promise<{ bytes: number }> }
      ).measureUserAgentSpecificMemory(),
    )
    const found = {
      heap: metric('JSHeapUsedSize'),
      all: bytes,
      resident: await settled(workbench),
      nodes: metric('Nodes'),
      listeners: metric('JSEventListeners'),
    }
    const [heap, all, resident] = [found.heap, found.all, found.resident].map((value) => (value / MiB).toFixed(1))
    console.log(
      `memory ${when}: heap ${heap} MiB, with workers ${all} MiB, processes ${resident} MiB, ${found.nodes} nodes, ${found.listeners} listeners`,
    )
    return found
  }
})

/** What the browser's processes hold once workers that were ended have given back theirs, which takes them seconds. */
async function settled(workbench: Workbench): Promise<number> {
  const found: number[] = []
  for (let time = 0; time < 20; time++) {
    found.push(await residentOf(workbench))
    await new Promise((resolve) => setTimeout(resolve, 250))
  }
  return Math.min(...found)
}

/** What the browser's processes that show pages hold in memory, together. */
async function residentOf({ browser }: Workbench): Promise<number> {
  const session = await browser.newBrowserCDPSession()
  const { processInfo } = await session.send('SystemInfo.getProcessInfo')
  await session.detach()
  const sizes = processInfo
    .filter(({ type }) => type === 'renderer')
    .map(async ({ id }) => {
      const status = await readFile(`/proc/${id}/status`, 'utf8').catch(() => '')
      return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1] ?? 0) * 1024
    })
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0)
}

type Watching = typeof globalThis & { watched: Map<number, number> }

/** Notes how long each input takes until what it changed is drawn. */
function watchInput(): void {
  const watched = new Map<number, number>()
  ;(globalThis as Watching).watched = watched
  new PerformanceObserver((list) => {
    for (const { interactionId, duration } of list.getEntries() as (PerformanceEntry & { interactionId: number })[])
      if (interactionId) watched.set(interactionId, Math.max(duration, watched.get(interactionId) ?? 0))
  }).observe({ type: 'event', durationThreshold: 16 } as PerformanceObserverInit)
}

const slowInputs = (): number[] => [...(globalThis as Watching).watched.values()]
