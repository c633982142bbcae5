/** The workbench as a static site, built into a folder and served on this machine as a file host would, and a browser. */
import { existsSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { type Browser, chromium } from 'playwright-core'
import sirv from 'sirv'
import { build } from 'vite'
import { root } from '../../scripts/documentation.js'

// Debian's, unless another is named.
export const executablePath = process.env.SEQLAB_CHROMIUM ?? '/usr/bin/chromium'
export const chromiumPresent = existsSync(executablePath)

export const openBrowser = (): Promise<Browser> =>
  chromium.launch({
    executablePath,
    // Containers run as root, for whom Chromium refuses its sandbox.
    args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-component-update'],
  })

export interface Site {
  readonly address: string
  close(): Promise<void>
}

export async function serveSite(folder: string): Promise<Site> {
  const isolated = { 'Cross-Origin-Opener-Policy': 'same-origin', 'Cross-Origin-Embedder-Policy': 'require-corp' }
  const files = sirv(folder, {
    setHeaders: (response) => {
      for (const [name, value] of Object.entries(isolated)) response.setHeader(name, value)
    },
  })
  const server = createServer((request, response) => files(request, response, () => void response.writeHead(404).end()))
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  return {
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    close: () => new Promise((closed) => server.close(() => closed())),
  }
}

/** Builds the site into a folder, under it no matter which, and serves it. */
export async function buildAndServe(folder: string): Promise<Site> {
  await build({ configFile: join(root, 'web/vite.config.ts'), logLevel: 'error', build: { outDir: folder } })
  return serveSite(folder)
}

/** Each view, and within them what looks different. */
export const views = ['lab', 'inside', 'write', 'papers', 'papers/gla', 'compare'] as const
