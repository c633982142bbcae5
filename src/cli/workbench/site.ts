/** The workbench's files: made by Vite in a checkout, part of the package elsewhere. */
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, rename, rm, stat } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'
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
    const made = await mkdtemp(`${site}-`)
    try {
      await build({ configFile: configuration, logLevel: 'error', build: { outDir: made } })
      if (!(await current())) await replace(site, made)
    } finally {
      await rm(made, { recursive: true, force: true })
    }
  } else if (!existsSync(page))
    throw new UserError(`ui: expected the workbench in ${site}, found none – install seqlab again`)
  return site
}

/** Moves what was built over what is there, the page last: at no moment does a file lack that a page asks for. */
async function replace(site: string, made: string): Promise<void> {
  const files = await filesOf(made)
  const page = join(made, 'index.html')
  for (const file of [...files.filter((file) => file !== page), page]) {
    const target = join(site, relative(made, file))
    await mkdir(dirname(target), { recursive: true })
    await rename(file, target)
  }
  const kept = new Set(files.map((file) => join(site, relative(made, file))))
  for (const file of await filesOf(site)) if (!kept.has(file)) await rm(file, { force: true })
}

/** When the last changed file of a folder was changed, in milliseconds. */
async function newest(folder: string): Promise<number> {
  const times = (await filesOf(folder)).map(async (file) => (await stat(file)).mtimeMs)
  return Math.max(0, ...(await Promise.all(times)))
}

async function filesOf(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  return entries.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name))
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
