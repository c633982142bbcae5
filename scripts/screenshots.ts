/**
 * npm run screenshots [-- FOLDER]: pictures of each view of the workbench, narrow and wide, light and dark, to be looked
 * at. Empty as on a first visit, and with three trained runs, which the command line makes. The two of the README are
 * among them, as workbench-lab.png and workbench-inside.png.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import type { Page } from 'playwright-core'
import { buildAndServe, openBrowser, views } from '../tests/browser/served-site.js'
import { root } from './documentation.js'

const more = ['lab?executor=webgpu', 'papers/lem', 'compare/example%2Fplays', 'compare/example%2Fparity']
const folder = resolve(process.argv[2] ?? join(root, 'screenshots'))
await mkdir(folder, { recursive: true })
const work = mkdtempSync(join(tmpdir(), 'seqlab-site-'))
const site = await buildAndServe(join(work, 'site'))
const browser = await openBrowser()
try {
  const context = await browser.newContext()
  const page = await context.newPage()
  page.setDefaultTimeout(120_000)
  for (const view of [...views, ...more]) {
    await page.goto('about:blank')
    await page.goto(`${site.address}#/${view}`)
    await page.waitForLoadState('networkidle')
    await shoot(page, view)
  }
  await page.goto(`${site.address}#/lab`)
  for (const [at, preset] of ['mamba2', 'gla', 'transformer'].entries()) {
    const run = await train(preset)
    await page.getByLabel('Import a run’s folder', { exact: true }).and(page.locator('input')).setInputFiles(run)
    await page.locator('.status.finished').nth(at).waitFor()
  }
  await shoot(page, 'lab-runs')
  await shootWindow(page, 'workbench-lab', 'light', 900)
  await page.getByRole('link', { name: 'Look inside gla' }).click()
  await page.getByRole('img', { name: /^State, head 1/ }).waitFor()
  await shoot(page, 'inside-run')
  await page.goto(`${page.url()}&at=40`)
  await page.getByText('Token 41 of').waitFor()
  await shootWindow(page, 'workbench-inside', 'dark', 1010)
  await page.goto(`${page.url().replace('/inside', '/write')}`)
  await page.getByRole('button', { name: 'Write', exact: true }).click()
  await page
    .getByText(/\d+ tokens\./)
    .first()
    .waitFor()
  await shoot(page, 'write-run')
} finally {
  await browser.close()
  await site.close()
  rmSync(work, { recursive: true })
}

async function shoot(page: Page, name: string): Promise<void> {
  for (const width of [360, 1440]) {
    await page.setViewportSize({ width, height: 900 })
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme })
      // What is drawn once its width is known.
      await page.waitForTimeout(1000)
      // A window as high as the page, so that what sticks to its edge is where the page ends. The list of papers has no end.
      const whole = await page.evaluate(() => document.documentElement.scrollHeight)
      if (name !== 'papers') await page.setViewportSize({ width, height: Math.max(900, whole) })
      const path = join(folder, `${name.replace(/%2F|\W+/g, '-')}-${width}-${colorScheme}.png`)
      await page.screenshot({ path })
      console.log(path)
    }
  }
}

/** What is seen without scrolling. */
async function shootWindow(page: Page, name: string, colorScheme: 'light' | 'dark', height: number): Promise<void> {
  await page.setViewportSize({ width: 1440, height })
  await page.emulateMedia({ colorScheme })
  // From the first heading below what is chosen, where there is such a one.
  await page.evaluate(
    (isInside) => scrollTo(0, isInside ? document.querySelector('h2')!.offsetTop - 10 : 0),
    name.includes('inside'),
  )
  await page.waitForTimeout(1000)
  await page.screenshot({ path: join(folder, `${name}.png`) })
}

/** A run of the size that the Lab begins with, called by its preset as there. */
async function train(preset: string): Promise<string> {
  const run = join(work, preset)
  const size = '--set layers=2 --set dim=64 --set heads=4 --context 64 --batch 12 --lr 3e-3 --steps 300'.split(' ')
  const text = join(root, 'data/tinyshakespeare/input.txt')
  const args = ['train', '--model', preset, ...size, '--data', text, '--out', run, '--json']
  const command = spawn(process.execPath, [join(root, 'bin/seqlab.js'), ...args], {
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  const [code] = await once(command, 'exit')
  if (code !== 0) throw new Error(`seqlab ${args.join(' ')} ended with ${code}`)
  await writeFile(join(run, '.workbench.json'), JSON.stringify({ plan: { model: { name: preset } } }))
  return run
}
