/** The library in a page of one's own: a model from files that were chosen, and from an address. */
import { cpSync, readdirSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { build } from 'vite'
import { expect, onTestFinished, test } from 'vitest'
import { load } from '#seqlab/index.js'
import { root } from '../../scripts/documentation.js'
import { publishedFolder } from '../serving/models.js'
import { chromiumPresent, openBrowser, serveSite } from './served-site.js'

test.skipIf(!chromiumPresent)(
  'a page writes what Node writes',
  async () => {
    const model = await publishedFolder()
    const folder = await mkdtemp(join(tmpdir(), 'seqlab-page-'))
    onTestFinished(() => rm(folder, { recursive: true, force: true }))
    const page = join(root, 'tests/browser/library')
    await build({
      configFile: join(root, 'web/vite.config.ts'),
      root: page,
      publicDir: false,
      logLevel: 'error',
      build: { outDir: folder },
    })
    cpSync(model, join(folder, 'model'), { recursive: true })
    const site = await serveSite(folder)
    onTestFinished(site.close)
    const browser = await openBrowser()
    onTestFinished(() => browser.close())

    const here = await load(model)
    let expected = ''
    for await (const piece of here.generate('The software', { tokens: 12, temperature: 0 })) expected += piece
    await here.close()

    const tab = await browser.newPage()
    await tab.goto(site.address)
    await tab.waitForFunction('globalThis.writeAt')
    expect(await tab.evaluate(`writeAt(${JSON.stringify(`${site.address}model/`)})`)).toBe(expected)
    await tab.locator('input').setInputFiles(readdirSync(model).map((name) => join(model, name)))
    expect(await tab.evaluate('writeChosen()')).toBe(expected)
  },
  180_000,
)
