/** npm run screenshots [-- FOLDER]: pictures of each view of the workbench, narrow and wide, light and dark, to be looked at. */
import { mkdtempSync, rmSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { buildAndServe, openBrowser, views } from '../tests/browser/served-site.js'
import { root } from './documentation.js'

const more = ['papers/lem', 'compare/example%2Fplays', 'compare/example%2Fparity']
const folder = resolve(process.argv[2] ?? join(root, 'screenshots'))
await mkdir(folder, { recursive: true })
const built = mkdtempSync(join(tmpdir(), 'seqlab-site-'))
const site = await buildAndServe(built)
const browser = await openBrowser()
try {
  for (const view of [...views, ...more]) {
    for (const width of [360, 1440]) {
      for (const colorScheme of ['light', 'dark'] as const) {
        const page = await browser.newPage({ viewport: { width, height: 900 }, colorScheme })
        await page.goto(`${site.address}#/${view}`)
        await page.waitForLoadState('networkidle')
        // What is drawn once its width is known.
        await page.waitForTimeout(1000)
        const path = join(folder, `${view.replace(/%2F|\W+/g, '-')}-${width}-${colorScheme}.png`)
        // The list of all papers is as long as hundreds of windows.
        await page.screenshot({ path, fullPage: view !== 'papers' })
        await page.close()
        console.log(path)
      }
    }
  }
} finally {
  await browser.close()
  await site.close()
  rmSync(built, { recursive: true })
}
