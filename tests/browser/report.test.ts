import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { type Browser, chromium } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { renderReport } from '#seqlab/evaluation/report/render.js'
import { renderStudy } from '#seqlab/evaluation/study/report/render.js'
import { writeSite } from '#seqlab/evaluation/study/site.js'
import { setPlatform } from '#seqlab/platform/index.js'
import { nodePlatform } from '#seqlab/platform/node.js'
import { exampleReport } from '../evaluation/report-fixture.js'
import { exampleStudy } from '../evaluation/study/fixture.js'

// Debian's, unless another is named.
const executablePath = process.env.SEQLAB_CHROMIUM ?? '/usr/bin/chromium'
const present = existsSync(executablePath)
if (!present) console.log(`skipped: no Chromium at ${executablePath} (SEQLAB_CHROMIUM names another)`)

// Screenshots, to be looked at, go to the folder that this names.
const shots = process.env.SEQLAB_SCREENSHOTS

const widths = [360, 1440]
const themes = ['light', 'dark'] as const

describe.skipIf(!present)('in a browser without network', () => {
  let folder: string
  let browser: Browser
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'seqlab-browser-'))
    setPlatform(nodePlatform)
    await writeFile(join(folder, 'comparison.html'), await renderReport(exampleReport()))
    await writeFile(join(folder, 'study.html'), await renderStudy(exampleStudy()))
    const source = join(folder, 'source')
    await nodePlatform.files.makeDirectory(source)
    await writeFile(join(source, 'report.json'), JSON.stringify(exampleStudy()))
    await writeSite(join(folder, 'site'), [{ name: 'small', folder: source }])
    // Containers run as root, for whom Chromium refuses its sandbox.
    browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] })
  })
  afterAll(async () => {
    await browser?.close()
    rmSync(folder, { recursive: true })
  })

  test.each(['comparison.html', 'study.html', 'site/index.html'])(
    '%s opens without a console message or a request, and nothing is wider than the window or cut off, narrow and wide, light and dark',
    async (name) => {
      for (const width of widths) {
        for (const colorScheme of themes) {
          const page = await browser.newPage({ viewport: { width, height: 900 }, colorScheme, offline: true })
          const faults: string[] = []
          page.on('console', (message) => faults.push(`console: ${message.text()}`))
          page.on('pageerror', (error) => faults.push(`error: ${error.message}`))
          const address = pathToFileURL(join(folder, name)).href
          page.on('request', (request) => {
            if (request.url() !== address && !request.url().startsWith('data:'))
              faults.push(`request: ${request.url()}`)
          })
          await page.goto(address)
          const seen = await page.evaluate(() => ({
            width: document.documentElement.scrollWidth,
            paper: getComputedStyle(document.documentElement).backgroundColor,
            hidden: [...document.querySelectorAll('figure')].filter(
              (figure) => figure.getBoundingClientRect().height < 100,
            ).length,
            cut: [...document.querySelectorAll('svg.chart')].filter(
              (svg) =>
                svg.getBoundingClientRect().right > document.documentElement.clientWidth && !svg.closest('.scroll'),
            ).length,
          }))
          expect({ ...seen, faults }).toEqual({
            width,
            paper: colorScheme === 'light' ? 'rgb(255, 255, 255)' : 'rgb(21, 24, 29)',
            hidden: 0,
            cut: 0,
            faults: [],
          })
          if (shots) {
            const path = join(shots, `${name.replaceAll('/', '-')}-${width}-${colorScheme}.png`)
            await page.screenshot({ path, fullPage: true })
          }
          await page.close()
        }
      }
    },
  )

  test('the index of a site leads to its reports', async () => {
    const page = await browser.newPage({ offline: true })
    await page.goto(pathToFileURL(join(folder, 'site/index.html')).href)
    await page.click('h2 a')
    expect(await page.textContent('h1')).toBe(exampleStudy().title)
    await page.close()
  })
})
