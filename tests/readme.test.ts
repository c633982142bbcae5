import { spawnSync } from 'node:child_process'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, sep } from 'node:path'
import { Command } from 'commander'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { definitionsOf } from '#seqlab/cli/commands/index.js'
import { documents, refreshed, root } from '../scripts/documentation.js'

const read = (path: string) => readFileSync(join(root, path), 'utf8')
const pages = [
  'README.md',
  'CONTRIBUTING.md',
  'CHANGELOG.md',
  ...readdirSync(join(root, 'docs'))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
]

/** Paths of the project's own code. */
const sources = ['src', 'web/src', 'tests', 'scripts', 'examples', 'bench'].flatMap((folder) =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map(
    (path) => `${folder}/${path.replaceAll(sep, '/')}`,
  ),
)

describe('the example of the README', () => {
  let folder: string
  beforeAll(() => {
    // As for a user: the package lies in node_modules, and is imported by its name.
    folder = mkdtempSync(join(tmpdir(), 'seqlab-readme-'))
    mkdirSync(join(folder, 'node_modules'))
    symlinkSync(root, join(folder, 'node_modules/seqlab'), 'dir')
  })
  afterAll(() => rmSync(folder, { recursive: true }))

  const code = /```js\n(.*?)\n```/s.exec(read('README.md'))?.[1] ?? ''

  it('has at most 20 lines', () => {
    const lines = code.trim().split('\n')
    expect(lines.length).toBeGreaterThan(1)
    expect(lines.length).toBeLessThanOrEqual(20)
  })

  it('trains a model, whose loss falls, and generates text with it', () => {
    writeFileSync(join(folder, 'example.mjs'), code)
    const { status, stdout, stderr } = spawnSync(process.execPath, [join(folder, 'example.mjs')], {
      cwd: root,
      encoding: 'utf8',
    })
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
    const losses = [...stdout.matchAll(/^step \d+: (\d+\.\d+)/gm)].map(([, loss]) => Number(loss))
    expect(losses.length).toBeGreaterThanOrEqual(2)
    // Seed 1 of weights and batches; uniform guessing among 65 characters gives 4.17.
    expect(losses[0]).toBeLessThan(3)
    expect(losses.at(-1)).toBeLessThan(losses[0])
    const text = stdout.slice(stdout.lastIndexOf('nats per character\n')).split('\n').slice(1).join('\n')
    expect(text).toMatch(/[a-z]{2,} [a-z]{2,}/)
    expect(text).toHaveLength(200)
  }, 300_000)
})

describe('the documentation', () => {
  it.each(Object.keys(documents))('%s says what the code says now (if not: npm run docs)', async (path) => {
    expect(read(path)).toBe(await refreshed(path))
  })

  it.each(pages)('%s links to nothing that is missing', (page) => {
    const targets = [...read(page).matchAll(/\]\((?!https?:|#)([^)#]+)/g)].map(([, target]) => target)
    expect(targets.filter((target) => !existsSync(join(root, dirname(page), target)))).toEqual([])
  })

  it.each(pages)('%s names only files that there are', (page) => {
    const named = [...read(page).matchAll(/`([\w./-]+\.(?:ts|py))`/g)].map(([, path]) => path)
    expect(named.filter((path) => !sources.some((source) => `/${source}`.endsWith(`/${path}`)))).toEqual([])
  })

  it.each(pages)('%s names only commands and options that there are', (page) => {
    expect(calls(page).flatMap(unknownParts)).toEqual([])
  })

  it('README.md has an example of every command', () => {
    const shown = calls('README.md').map(([name]) => name)
    expect([...parsers().keys()].filter((name) => !shown.includes(name))).toEqual([])
  })
})

const definitions = await definitionsOf()
function parsers(): Map<string, Command> {
  const program = new Command()
  for (const define of definitions) define(program, () => {})
  return new Map(program.commands.map((command) => [command.name(), command]))
}

/** The words after `npx seqlab` in the code blocks of a page, line by line. */
function calls(page: string): string[][] {
  const lines = read(page)
    .replaceAll('\\\n', ' ')
    .matchAll(/^\s*(?:npx seqlab|node bin\/seqlab\.js) ([^#\n`]*)/gm)
  return [...lines].map(([, words]) => words.trim().split(/\s+/))
}

function unknownParts([name, ...words]: string[]): string[] {
  const command = parsers().get(name)
  if (!command) return [name]
  const known = [command, ...command.commands].flatMap(({ options }) => options.flatMap(({ long }) => long ?? []))
  return words
    .filter((word) => word.startsWith('--') && !known.includes(word.replace(/=.*/, '')))
    .map((word) => `${name} ${word}`)
}
