/** seqlab publish */
import { readdir } from 'node:fs/promises'
import { basename, join, relative, resolve, sep } from 'node:path'
import type { Command } from 'commander'
import { type Source, writeSite } from '../../evaluation/study/site.js'
import { UserError } from '../../platform/errors.js'
import { filePath } from '../options.js'
import { createOutput } from '../output.js'

export function definePublish(program: Command): void {
  program
    .command('publish <dir>')
    .description('make a static site of the reports in a folder and its subfolders')
    .requiredOption('--out <site>', 'folder of the site, for any static host', filePath)
    .option('--title <text>', 'title of the index', 'Reports')
    .option('--json', 'print JSON lines only')
    .action(async (dir, options) => {
      const output = createOutput(options.json)
      const sources = await reportsIn(resolve(dir), resolve(options.out))
      if (sources.length === 0)
        throw new UserError(
          `publish: expected a folder with reports, found no report.json in ${dir} or below – compare writes one`,
        )
      const reports = await writeSite(options.out, sources, { title: options.title })
      for (const name of reports) output.line(join(options.out, name, 'report.html'))
      output.result({ event: 'done', index: join(options.out, 'index.html'), reports })
    })
}

/** The folders that hold a report, but not those of the site itself, which may lie within. */
async function reportsIn(root: string, site: string): Promise<Source[]> {
  const taken = new Set<string>()
  const sources: Source[] = []
  for (const folder of (await foldersWithReport(root, site)).sort()) {
    const words = relative(root, folder).split(sep).map(word).filter(Boolean)
    const name = words.join('/') || word(basename(root)) || 'report'
    let free = name
    for (let i = 2; taken.has(free); i++) free = `${name}-${i}`
    taken.add(free)
    sources.push({ name: free, folder })
  }
  return sources
}

async function foldersWithReport(folder: string, site: string): Promise<string[]> {
  if (folder === site) return []
  const entries = await readdir(folder, { withFileTypes: true }).catch((error: NodeJS.ErrnoException) => {
    throw new UserError(`publish: ${folder}: expected a folder to read, got ${error.code} – check the path`)
  })
  const inside = entries.filter((entry) => entry.isDirectory() && !/^\.|^node_modules$/.test(entry.name))
  const below = await Promise.all(inside.map(({ name }) => foldersWithReport(join(folder, name), site)))
  return [...(entries.some((entry) => entry.name === 'report.json' && entry.isFile()) ? [folder] : []), ...below.flat()]
}

/** What every host and file system takes as a part of a path. */
const word = (text: string) =>
  text
    .toLowerCase()
    .replace(/[^a-z0-9._]+/g, '-')
    .replace(/^[-.]+|[-.]+$/g, '')
