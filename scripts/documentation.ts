/** The parts of the documentation that are made from the code. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import {
  type ChannelMixer,
  channelMixers,
  type Frame,
  type Mixer,
  mixers,
  type StateLeaf,
} from '#seqlab/mechanisms/index.js'

export const root = fileURLToPath(new URL('..', import.meta.url))

/** Documents with such parts, by path. */
export const documents: Readonly<Record<string, () => Promise<string>>> = {
  'README.md': async () => mechanismTable(),
  'docs/mechanisms.md': async () => fenced(await readFile(join(root, 'examples/min-gru.ts'), 'utf8')),
}

const start = '<!-- generated: npm run docs -->\n'
const end = '\n<!-- end -->'

/** A document of {@link documents} as it should be: between its markers stands what the code says now. */
export async function refreshed(path: string): Promise<string> {
  const text = await readFile(join(root, path), 'utf8')
  const from = text.indexOf(start)
  const to = text.indexOf(end)
  if (from === -1 || to < from) throw new Error(`${path}: expected the lines "${start.trim()}" and "${end.trim()}"`)
  return text.slice(0, from + start.length) + (await documents[path]()) + text.slice(to)
}

function fenced(code: string): string {
  return `\`\`\`ts\n${code.trimEnd()}\n\`\`\``
}

/** What the column of states is worked out for. */
const frame: Frame = { dim: 128, heads: 4, bias: false }
const tokens = 1000

function mechanismTable(): string {
  const rows = [
    ['Mechanism', 'Family', 'What it does', 'State', 'Source'],
    ['---', '---', '---', '---:', '---'],
    ...mixers.map((mixer) => [`\`${mixer.id}\``, mixer.family, mixer.summary, stateOf(mixer), source(mixer)]),
    ...channelMixers.map((mixer) => [`\`${mixer.id}\``, 'channel mixer', mixer.summary, '', source(mixer)]),
  ]
  return rows.map((row) => `| ${row.join(' | ')} |`).join('\n')
}

function stateOf(mixer: Mixer): string {
  const settings = { ...mixer.config.parse({}), ...frame }
  const leaves: StateLeaf[] = Object.values(mixer.state(settings, { batch: 1, capacity: tokens }))
  const bytes = leaves.reduce((sum, { shape }) => sum + 4 * shape.reduce((a, b) => a * b, 1), 0)
  const grows = leaves.some(({ change }) => change !== 'replace' && 'append' in change)
  return `${Math.round(bytes / 1024).toLocaleString('en')} KiB${grows ? ', grows' : ''}`
}

function source({ citation: { authors, year, arxiv } }: Mixer | ChannelMixer): string {
  const label = `${authors} ${year}`
  return arxiv ? `[${label}](https://arxiv.org/abs/${arxiv})` : label
}
