/** Mechanisms are short, and none is a copy of another. */
import { readdirSync, readFileSync } from 'node:fs'
import { join, sep } from 'node:path'
import { expect, it } from 'vitest'
import { root } from '../../scripts/documentation.js'

const folder = join(root, 'src/mechanisms')
const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  // The folders of families; what lies above them is the contract.
  .filter((path) => path.endsWith('.ts') && path.includes(sep))
  .map((path) => ({ path: path.replaceAll(sep, '/'), text: readFileSync(join(folder, path), 'utf8') }))

/** In a row, they are a copy; what two files need belongs into nn. */
const copied = 6
/** Not counted: that two files import the same things says that they share them. */
const imports = /^import [^;]*? from '[^']+'\n/gm

it(`no two files share ${copied} lines in a row`, () => {
  const owners = new Map<string, string>()
  const shared = new Map<string, string>()
  for (const { path, text } of files) {
    const lines = text
      .replace(imports, '')
      .split('\n')
      .flatMap((line) => line.trim() || [])
    for (let at = 0; at + copied <= lines.length; at++) {
      const run = lines.slice(at, at + copied).join('\n')
      const owner = owners.get(run) ?? path
      owners.set(run, owner)
      const pair = `${owner} and ${path}`
      if (owner !== path && !shared.has(pair)) shared.set(pair, `${pair}:\n${run}`)
    }
  }
  expect([...shared.values()]).toEqual([])
})

it('the median file has 120 lines or fewer', () => {
  const lengths = files.map(({ text }) => text.trimEnd().split('\n').length).sort((a, b) => a - b)
  expect(lengths[Math.floor(lengths.length / 2)]).toBeLessThanOrEqual(120)
})
