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
import { type Network, networks } from '#seqlab/models/index.js'
import { linked, markdownTable } from './markdown.js'
import { paperCounts, paperTables } from './paper-tables.js'
import { studyTables } from './study-tables.js'
import { corpusTable, taskTables } from './task-tables.js'

export const root = fileURLToPath(new URL('..', import.meta.url))

type MadePart = () => string | Promise<string>

/** Documents with such parts, by path; the parts in their order. */
export const documents: Readonly<Record<string, readonly MadePart[]>> = {
  'README.md': [mechanismTable],
  'docs/mechanisms.md': [() => fenced('examples/own-min-gru.ts')],
  'docs/papers.md': [() => paperCounts(root), () => paperTables(root)],
  'docs/studies.md': ['mqar', 'mqar-attention', 'parity', 'permutations', 'length-extrapolation'].map(
    (name) => () => studyTables(root, name),
  ),
  'docs/tasks.md': [taskTables, () => fenced('examples/reversal.ts'), corpusTable],
}

const start = '<!-- generated: npm run docs -->\n'
const end = '\n<!-- end -->'

/** A document of {@link documents} as it should be: between its markers stands what the code says now. */
export async function refreshed(path: string): Promise<string> {
  const text = await readFile(join(root, path), 'utf8')
  const parts = documents[path]
  const [before, ...rest] = text.split(start)
  if (rest.length !== parts.length || rest.some((piece) => piece.split(end).length !== 2))
    throw new Error(`${path}: expected ${parts.length} times the lines "${start.trim()}" and "${end.trim()}"`)
  const made = await Promise.all(parts.map((part) => part()))
  return before + rest.map((piece, index) => start + made[index] + end + piece.split(end)[1]).join('')
}

async function fenced(path: string): Promise<string> {
  const code = await readFile(join(root, path), 'utf8')
  return `\`\`\`ts\n${code.trimEnd()}\n\`\`\``
}

/** What the column of states is worked out for. */
const frame: Frame = { dim: 128, heads: 4, bias: false }
const tokens = 1000

function mechanismTable(): string {
  return markdownTable([
    ['Mechanism', 'Family', 'What it does', 'State', 'Source'],
    ['---', '---', '---', '---:', '---'],
    ...mixers.map((mixer) => [`\`${mixer.id}\``, mixer.family, mixer.summary, stateOf(mixer), source(mixer)]),
    ...channelMixers.map((mixer) => [`\`${mixer.id}\``, 'channel mixer', mixer.summary, '', source(mixer)]),
    ...networks.map((network) => [`\`${network.id}\``, 'network', network.summary, '', source(network)]),
  ])
}

function stateOf(mixer: Mixer): string {
  const settings = { ...mixer.config.parse({}), ...frame }
  const all: (StateLeaf | undefined)[] = Object.values(mixer.state(settings, { batch: 1, capacity: tokens }))
  const leaves = all.filter((leaf) => leaf !== undefined)
  const bytes = leaves.reduce((sum, { shape }) => sum + 4 * shape.reduce((a, b) => a * b, 1), 0)
  const grows = leaves.some(({ change }) => change !== 'replace' && 'append' in change)
  return `${Math.round(bytes / 1024).toLocaleString('en')} KiB${grows ? ', grows' : ''}`
}

const source = ({ citation: { authors, year, arxiv } }: Mixer | ChannelMixer | Network) =>
  linked(`${authors} ${year}`, arxiv)
