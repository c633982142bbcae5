/** The WebGPU executor in the page, on the software adapter that Chromium brings: right, told about, and lost without loss. */
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { unzipSync } from 'fflate'
import { type Browser, chromium, type Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { buildAndServe, chromiumPresent, executablePath, type Site } from './served-site.js'
import { card, exported, waitForStatus } from './workbench-page.js'

/** Kernels are compiled on the processor there: a first step takes up to half a minute, several times that on a busy machine. */
const minutes = 400_000
const launch = (...more: string[]) =>
  chromium.launch({
    executablePath,
    args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-component-update', ...more],
  })
const withAdapter = () => launch('--enable-unsafe-webgpu', '--use-webgpu-adapter=swiftshader')

const hasAdapter = chromiumPresent && (await findsAdapter())
if (!hasAdapter) console.log('skipped: Chromium finds no WebGPU adapter on this machine')

const form = (models: string, executor: string, steps = 4) =>
  `#/lab?models=${models}&lesson=text:tiny.txt&dim=16&layers=1&heads=2&batch=2&context=16&steps=${steps}&saveEvery=2&threads=1&executor=${executor}`

/** A page of the site, in which there is a text of a few lines. */
async function openSite(browser: Browser, address: string): Promise<Page> {
  const page = await browser.newPage()
  page.setDefaultTimeout(minutes)
  await page.goto(address)
  const text = Array.from({ length: 40 }, (_, line) => `Line ${line} says that ${line * line} is a square.`).join('\n')
  await page
    .getByLabel('Add a text of your own', { exact: true })
    .and(page.locator('input'))
    .setInputFiles({ name: 'tiny.txt', mimeType: 'text/plain', buffer: Buffer.from(text) })
  await page.waitForFunction(() => location.hash.includes('tiny.txt'))
  return page
}

describe.skipIf(!hasAdapter)('WebGPU in the workbench', () => {
  let folder: string
  let site: Site
  let browser: Browser
  let page: Page

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'seqlab-webgpu-'))
    site = await buildAndServe(folder)
    browser = await withAdapter()
    page = await openSite(browser, site.address)
  }, minutes)
  afterAll(async () => {
    await browser?.close()
    await site?.close()
    await rm(folder, { recursive: true })
  })

  async function go(models: string, executor: string, steps?: number): Promise<void> {
    await page.goto('about:blank')
    await page.goto(site.address + form(models, executor, steps))
  }
  const start = () => page.getByRole('button', { name: 'Train 1 model' }).click()
  async function remove(title: string): Promise<void> {
    await page.getByRole('button', { name: `Remove ${title}` }).click()
    await page.getByRole('button', { name: 'Yes, remove' }).click()
    await card(page, title).waitFor({ state: 'detached' })
  }
  async function filesOf(title: string): Promise<Record<string, string>> {
    const zip = Object.entries(unzipSync(await exported(page, title)))
    return Object.fromEntries(
      zip.map(([path, bytes]) => [path.slice(path.indexOf('/') + 1), new TextDecoder().decode(bytes)]),
    )
  }
  const lossesIn = (files: Record<string, string>): number[] =>
    files['metrics.jsonl']
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line).loss)

  test(
    'names the adapter, and trusts it once a tiny model has the losses of WASM',
    async () => {
      await go('transformer', 'webgpu')
      await page
        .getByText(/^Adapter: .*swiftshader.* Self-check passed: .* differ from WASM’s .* \(allowed: 0\.0001\)\.$/)
        .waitFor()
    },
    minutes,
  )

  test.each(['transformer', 'gla'])(
    '%s has the losses of WASM, and its folder says what it ran on',
    async (model) => {
      const losses: Record<string, number[]> = {}
      for (const executor of ['wasm', 'webgpu']) {
        await go(model, executor)
        await start()
        await waitForStatus(page, model, 'finished')
        const files = await filesOf(model)
        losses[executor] = lossesIn(files)
        expect(JSON.parse(files['config.json']).configuration.executor).toBe(
          executor === 'webgpu' ? 'webgpu' : undefined,
        )
        // Nothing of it was left to the processor.
        if (executor === 'webgpu')
          await card(page, model)
            .getByText(/^On WebGPU: [^:]*\.$/)
            .waitFor()
        await remove(model)
      }
      expect(losses.webgpu.length).toBe(4)
      const apart = losses.webgpu.map((loss, step) => Math.abs(loss - losses.wasm[step]))
      expect(Math.max(...apart)).toBeLessThan(1e-4)
    },
    minutes,
  )

  test(
    'holds as many buffers in the tenth model as in the first, no more at its last step than before, and fewer when it ends, with its worker',
    async () => {
      await page.route(/run\.worker.*\.js$/, async (route) => {
        const response = await route.fetch()
        await route.fulfill({ response, body: `(${countBuffers})('${channel}');${await response.text()}` })
      })
      const rounds: { first: Held; last: Held; left: Held; process: number }[] = []
      for (let round = 0; round < 10; round++) {
        await go('gla', 'webgpu', 4)
        await page.evaluate(hearBuffers, channel)
        await start()
        await waitForStatus(page, 'gla', 'finished')
        const heard = await page.evaluate(heardBuffers)
        await remove('gla')
        expect(page.workers()).toHaveLength(0)
        // Before the second step some buffers are still being asked for.
        rounds.push({ first: heard[1], last: heard[3], left: heard.at(-1)!, process: await gpuProcess(browser) })
        console.log(`WebGPU buffers, model ${round + 1}: ${JSON.stringify(rounds.at(-1))}`)
      }
      await page.unroute(/run\.worker.*\.js$/)
      for (const { first, last, left } of rounds) {
        expect(first.buffers).toBeGreaterThan(0)
        expect(last).toEqual(first)
        // What the engine keeps for another session goes with the worker.
        expect(left.buffers).toBeLessThan(first.buffers)
        expect(left).toEqual(rounds[0].left)
      }
      expect(rounds[9].last).toEqual(rounds[0].last)
      expect(rounds[9].process - rounds[1].process).toBeLessThan(40 * 2 ** 20)
    },
    2 * minutes,
  )

  test(
    'ends in a sentence where the GPU is lost, and goes on from the last checkpoint on WASM',
    async () => {
      await go('transformer', 'webgpu', 200)
      await start()
      await card(page, 'transformer')
        .getByText(/^([4-9]|\d\d+) of 200$/)
        .waitFor()
      const session = await browser.newBrowserCDPSession()
      // It answers nothing, as what would answer is gone.
      session.send('Browser.crashGpuProcess').catch(() => {})
      await waitForStatus(page, 'transformer', 'failed')
      await card(page, 'transformer')
        .getByText(/^The GPU was lost/)
        .waitFor()
      await page.getByRole('button', { name: 'Continue transformer on WASM' }).click()
      await waitForStatus(page, 'transformer', 'finished')
      const lines = (await filesOf('transformer'))['metrics.jsonl'].trim().split('\n')
      expect(lines.map((line) => JSON.parse(line).step)).toEqual(
        [...new Set(lines.map((line) => JSON.parse(line).step as number))].sort((a, b) => a - b),
      )
    },
    minutes,
  )
})

describe.skipIf(!chromiumPresent)('without an adapter', () => {
  test(
    'says so, and trains on WASM',
    async () => {
      const folder = await mkdtemp(join(tmpdir(), 'seqlab-webgpu-'))
      const site = await buildAndServe(folder)
      const browser = await launch('--use-webgpu-adapter=none')
      try {
        const page = await openSite(browser, site.address)
        await page.goto(site.address + form('transformer', 'webgpu'))
        await page.getByText(/WebGPU.*\. Models train on WASM\.$/).waitFor()
        await page.getByRole('button', { name: 'Train 1 model' }).click()
        await waitForStatus(page, 'transformer', 'finished')
        await card(page, 'transformer')
          .getByText(/^On WASM, as WebGPU cannot be used here\. /)
          .waitFor()
      } finally {
        await browser.close()
        await site.close()
        await rm(folder, { recursive: true })
      }
    },
    minutes,
  )
})

async function findsAdapter(): Promise<boolean> {
  const browser = await withAdapter()
  try {
    const page = await browser.newPage()
    // Secure, as only such pages have WebGPU; and asked of nobody.
    await page.route('https://seqlab.test/', (route) => route.fulfill({ contentType: 'text/html', body: '' }))
    await page.goto('https://seqlab.test/')
    return await page.evaluate(async () => Boolean(await navigator.gpu?.requestAdapter()))
  } finally {
    await browser.close()
  }
}

interface Held {
  readonly buffers: number
  readonly bytes: number
}
type Heard = typeof globalThis & { heard: Held[] }
const channel = 'gpu-buffers'

/** In a worker, before its own code: tells with each of its messages which buffers of the GPU live. */
function countBuffers(channel: string): void {
  const live = new Set<GPUBuffer>()
  const { createBuffer, destroy } = GPUDevice.prototype
  GPUDevice.prototype.createBuffer = function (descriptor) {
    const buffer = createBuffer.call(this, descriptor)
    live.add(buffer)
    return buffer
  }
  GPUDevice.prototype.destroy = function () {
    live.clear()
    destroy.call(this)
  }
  const free = GPUBuffer.prototype.destroy
  GPUBuffer.prototype.destroy = function () {
    live.delete(this)
    free.call(this)
  }
  const teller = new BroadcastChannel(channel)
  const post = self.postMessage
  self.postMessage = (message: { kind: string }) => {
    if (message.kind === 'step' || message.kind === 'ended')
      teller.postMessage({ buffers: live.size, bytes: [...live].reduce((sum, { size }) => sum + size, 0) })
    post.call(self, message)
  }
}

function hearBuffers(channel: string): void {
  const heard: Held[] = []
  ;(globalThis as Heard).heard = heard
  new BroadcastChannel(channel).onmessage = ({ data }) => heard.push(data)
}
const heardBuffers = () => (globalThis as Heard).heard

/** What the process that stands in for a GPU holds in memory, in bytes. */
async function gpuProcess(browser: Browser): Promise<number> {
  const session = await browser.newBrowserCDPSession()
  const { processInfo } = await session.send('SystemInfo.getProcessInfo')
  await session.detach()
  const { id } = processInfo.find(({ type }) => type === 'GPU')!
  const status = await readFile(`/proc/${id}/status`, 'utf8')
  return Number(/VmRSS:\s+(\d+) kB/.exec(status)![1]) * 1024
}
