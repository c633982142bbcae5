/** The workbench's files: made by Vite in a checkout, part of the package elsewhere. */
import { existsSync } from 'node:fs'
import { mkdtemp, readdir, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { UserError } from '../../platform/errors.js'

/** The folder of the package, or the checkout. */
export const packageRoot = fileURLToPath(new URL('../../../', import.meta.url))

/** The site's folder below a root, built where it is missing or older than its sources. `announce` says so. */
export async function builtSite(root: string, announce: () => void): Promise<string> {
  const site = join(root, 'site')
  const page = join(site, 'index.html')
  const configuration = join(root, 'web/vite.config.ts')
  if (existsSync(configuration)) {
    const sources = Math.max(await newest(join(root, 'web')), await newest(join(root, 'dist')))
    const current = async () => existsSync(page) && (await stat(page)).mtimeMs >= sources
    if (await current()) return site
    announce()
    const { build } = await vite(root)
    // React's own checks are for those who change the page.
    process.env.NODE_ENV = 'production'
    // Not in place: another workbench may be serving these files, or building them just now.
    const workshop = await mkdtemp(`${site}-`)
    try {
      const made = join(workshop, 'site')
      await build({ configFile: configuration, logLevel: 'error', build: { outDir: made } })
      if (!(await current()))
        await replace(site, made, join(workshop, 'former')).catch(async (error) => {
          if (!(await current())) throw error
        })
    } finally {
      await rm(workshop, { recursive: true, force: true })
    }
  } else if (!existsSync(page))
    throw new UserError(`ui: expected the workbench in ${site}, found none – install seqlab again`)
  return site
}

/** Puts one folder in another's place, and what was there aside. */
async function replace(folder: string, by: string, aside: string): Promise<void> {
  if (existsSync(folder)) await rename(folder, aside)
  await rename(by, folder)
}

/** When the last changed file of a folder was changed, in milliseconds. */
async function newest(folder: string): Promise<number> {
  const files = await readdir(folder, { recursive: true, withFileTypes: true })
  const times = files
    .filter((entry) => entry.isFile())
    .map(async ({ parentPath, name }) => (await stat(join(parentPath, name))).mtimeMs)
  return Math.max(0, ...(await Promise.all(times)))
}

async function vite(root: string): Promise<typeof import('vite')> {
  try {
    return await import('vite')
  } catch (cause) {
    throw new UserError(`ui: the workbench must be built first, and Vite is not installed – run npm ci in ${root}`, {
      cause,
    })
  }
}
