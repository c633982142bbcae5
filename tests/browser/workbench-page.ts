/** Driving the workbench as a user does: the command serves it, Chromium opens it. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core'
import { bin } from '../cli/command.js'

// Debian's, unless another is named.
const executablePath = process.env.SEQLAB_CHROMIUM ?? '/usr/bin/chromium'
export const present = existsSync(executablePath)
if (!present) console.log(`skipped: no Chromium at ${executablePath} (SEQLAB_CHROMIUM names another)`)

export interface Workbench {
  readonly address: string
  readonly browser: Browser
  /** What no page may do: print to the console, fail, ask another origin. */
  readonly faults: string[]
  open(context: BrowserContext, hash: string, timeout?: number): Promise<Page>
  /** Ends it as Ctrl-C does; the exit code. */
  close(): Promise<number | null>
}

export async function startWorkbench(): Promise<Workbench> {
  const server = spawn(process.execPath, [bin, 'ui', '--no-open', '--port', '0', '--json'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const address = await addressOf(server)
  const args = [
    // Containers run as root, for whom Chromium refuses its sandbox; and it would ask its maker for updates.
    ...['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-component-update'],
    // Memory is measured when a page asks for it, not at the next collection.
    '--enable-blink-features=ForceEagerMeasureMemory',
  ]
  const browser = await chromium.launch({ executablePath, args })
  const faults: string[] = []
  return {
    address,
    browser,
    faults,
    async open(context, hash, timeout = 110_000) {
      const page = await context.newPage()
      page.setDefaultTimeout(timeout)
      page.on('console', (message) => faults.push(`${message.type()}: ${message.text()}`))
      page.on('pageerror', (error) => faults.push(`error: ${error.message}`))
      page.on('request', (request) => {
        if (!request.url().startsWith(address) && !/^(blob|data):/.test(request.url()))
          faults.push(`request: ${request.url()}`)
      })
      await page.goto(`${address}${hash}`)
      return page
    },
    async close() {
      await browser.close()
      server.kill('SIGINT')
      return (await once(server, 'exit'))[0]
    },
  }
}

async function addressOf(server: ChildProcess): Promise<string> {
  server.stdout!.setEncoding('utf8')
  for await (const text of server.stdout!) {
    const address = /"address":"([^"]+)"/.exec(text)?.[1]
    if (address) return address
  }
  throw new Error('seqlab ui ended before it served anything')
}

/** The card of a run by its model's name. */
export const card = (page: Page, title: string) => page.getByRole('listitem', { name: title, exact: true })

export async function waitForStatus(page: Page, title: string, status: string): Promise<void> {
  await card(page, title).getByRole('status').filter({ hasText: status }).waitFor()
}

/** The bytes of the .zip that a run is exported as. */
export async function exported(page: Page, title: string): Promise<Uint8Array> {
  const download = page.waitForEvent('download')
  await page.getByRole('button', { name: `Export ${title}` }).click()
  return new Uint8Array(await readFile(await (await download).path()))
}

/** Drops files or folders of this machine on the middle of the page, as a user does. */
export async function drop(page: Page, files: string[]): Promise<void> {
  const session = await page.context().newCDPSession(page)
  const data = { items: [], files, dragOperationsMask: 1 }
  for (const type of ['dragEnter', 'dragOver', 'drop'] as const)
    await session.send('Input.dispatchDragEvent', { type, x: 400, y: 300, data })
  await session.detach()
}
