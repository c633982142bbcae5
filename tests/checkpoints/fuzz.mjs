/**
 * Broken folders of models, drawn from a seed: configurations, headers of weights, indices and tokenizers of all kinds with
 * bytes changed or cut off and values of other types and sizes. Each is read or refused in one line, at once,
 * and no array is larger than its files (twice that, as 16 bits become 32; smaller ones count as 64 KiB).
 * `node tests/checkpoints/fuzz.mjs [CASES] [SEED]`, 100,000 cases of seed 1 by default.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { largestAllocation } from './allocations.mjs'
import 'seqlab'
import protobuf from 'protobufjs/minimal.js'
import { openCheckpoint, readParameters } from 'seqlab/checkpoints'
import { loadPublishedText } from 'seqlab/data'
import { UserError } from 'seqlab/platform'
import { mount } from '../../dist/platform/mounted-files.js'

const cases = Number(process.argv[2] ?? 100_000)
const seed = Number(process.argv[3] ?? 1)
/** A case that takes longer counts as one that hangs; ordinary ones take a few. */
const slowest = 5_000
const fixtures = new URL('../fixtures/checkpoints/', import.meta.url).pathname

let state = (seed * 2654435761) >>> 0 || 1
function draw(limit) {
  state ^= state << 13
  state ^= state >>> 17
  state ^= state << 5
  return (state >>> 0) % limit
}
const oneOf = (list) => list[draw(list.length)]

const folders = readdirSync(fixtures, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => {
    const read = (file) => readFileSync(join(fixtures, name, file))
    return { name, config: read('config.json'), weights: read('model.safetensors') }
  })
const tokenizer = Buffer.from(
  JSON.stringify({
    version: '1.0',
    added_tokens: [
      { id: 4, content: '<end>', special: true, single_word: false, lstrip: false, rstrip: false, normalized: false },
    ],
    normalizer: null,
    pre_tokenizer: { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: true },
    post_processor: null,
    decoder: { type: 'ByteLevel', add_prefix_space: true, trim_offsets: true, use_regex: true },
    model: { type: 'BPE', dropout: null, unk_token: null, vocab: { a: 0, b: 1, ab: 2, Ġ: 3 }, merges: [['a', 'b']] },
  }),
)

const vocabulary = Buffer.from(JSON.stringify({ a: 0, b: 1, ab: 2, Ġ: 3, '<|endoftext|>': 4 }))
const merges = Buffer.from('#version: 0.2\na b\n')
/** A SentencePiece model: pieces of a text, a score and a kind each, then how it was trained and how text is normalised. */
function sentencePiece(type) {
  const writer = protobuf.Writer.create()
  const pieces = [
    ['<unk>', 0, 2],
    ['<s>', 0, 3],
    ['▁', -1, 1],
    ['a', -2, 1],
    ['b', -3, 1],
    ['ab', -4, 1],
    ['▁a', -5, 1],
  ]
  for (const [text, score, kind] of pieces)
    writer.uint32(10).fork().uint32(10).string(text).uint32(21).float(score).uint32(24).int32(kind).ldelim()
  writer.uint32(18).fork().uint32(24).int32(type).ldelim()
  writer.uint32(26).fork().uint32(24).bool(true).uint32(32).bool(true).ldelim()
  return Buffer.from(writer.finish())
}
const tokenizerConfig = Buffer.from(
  JSON.stringify({
    bos_token: 'a',
    eos_token: { content: '<end>' },
    add_bos_token: true,
    chat_template: '{{ messages }}',
  }),
)
const generationConfig = Buffer.from(JSON.stringify({ eos_token_id: [1, 2] }))
/** The files of a folder that tell how it reads text, the first of them changed. */
const texts = {
  'tokenizer.json': () => ({ 'tokenizer.json': changeJson(tokenizer) }),
  'vocab.json': () => ({ 'vocab.json': changeJson(vocabulary), 'merges.txt': merges }),
  'merges.txt': () => ({ 'merges.txt': changeBytes(merges), 'vocab.json': vocabulary }),
  'tokenizer.model': () => ({ 'tokenizer.model': changeBytes(sentencePiece(oneOf([1, 2]))) }),
  'tokenizer_config.json': () => ({
    'tokenizer_config.json': changeJson(tokenizerConfig),
    'tokenizer.json': tokenizer,
  }),
  'generation_config.json': () => ({
    'generation_config.json': changeJson(generationConfig),
    'tokenizer_config.json': tokenizerConfig,
    'tokenizer.json': tokenizer,
  }),
}

const values = [
  0,
  -1,
  1,
  3,
  1e9,
  1e15,
  -1e300,
  0.5,
  null,
  true,
  false,
  '',
  'x',
  '__proto__',
  [],
  {},
  [[]],
  [1e9, 1e9],
  'a'.repeat(1e4),
]

/** A value somewhere in a JSON tree replaced, removed or doubled under another name. */
function changeTree(tree) {
  const places = []
  const visit = (node) => {
    if (typeof node !== 'object' || node === null) return
    for (const key of Object.keys(node)) {
      places.push([node, key])
      visit(node[key])
    }
  }
  visit(tree)
  if (places.length === 0) return tree
  const [node, key] = oneOf(places)
  const kind = draw(4)
  if (kind === 0) delete node[key]
  else if (kind === 1) node[oneOf(['extra', '__proto__', 'constructor', `${key}2`])] = structuredClone(node[key])
  else node[key] = structuredClone(oneOf(values))
  return tree
}

function changeBytes(bytes) {
  const changed = Buffer.from(bytes)
  const kind = draw(4)
  if (kind === 0) return changed.subarray(0, draw(changed.length))
  if (kind === 1) return Buffer.concat([changed, Buffer.alloc(draw(100), draw(256))])
  for (let count = 1 + draw(4); count > 0; count--) changed[draw(Math.min(changed.length, 4096))] = draw(256)
  return changed
}

function changeJson(bytes) {
  if (draw(3) === 0) return changeBytes(bytes)
  if (draw(50) === 0) return Buffer.from('['.repeat(1e5))
  let tree = JSON.parse(bytes)
  for (let count = 1 + draw(2); count > 0; count--) tree = changeTree(tree)
  return Buffer.from(JSON.stringify(tree))
}

function changeWeights(bytes) {
  if (draw(3) === 0) return changeBytes(bytes)
  const length = Number(bytes.readBigUInt64LE(0))
  const header = changeJson(bytes.subarray(8, 8 + length))
  const prefix = Buffer.alloc(8)
  prefix.writeBigUInt64LE(draw(10) === 0 ? BigInt(oneOf([0, 1, 2 ** 31, 2 ** 40])) : BigInt(header.length))
  return Buffer.concat([prefix, header, bytes.subarray(8 + length)])
}

/** The folder with one of its files changed, as a page would be given it. */
function broken() {
  const { name, config, weights } = oneOf(folders)
  const what = oneOf(['config', 'weights', 'index', 'text'])
  if (what === 'text') {
    const [changed, files] = oneOf(Object.entries(texts))
    return { name: changed, what, files: files() }
  }
  const index = () => {
    const names = Object.keys(JSON.parse(weights.subarray(8, 8 + Number(weights.readBigUInt64LE(0))))).filter(
      (key) => key !== '__metadata__',
    )
    return Buffer.from(
      JSON.stringify({ weight_map: Object.fromEntries(names.map((key) => [key, 'model.safetensors'])) }),
    )
  }
  const files = {
    'config.json': what === 'config' ? changeJson(config) : config,
    'model.safetensors': what === 'weights' ? changeWeights(weights) : weights,
    ...(what === 'index' && { 'model.safetensors.index.json': changeJson(index()) }),
  }
  return { name, what, files }
}

async function readAll(path, what) {
  if (what === 'text') {
    const { tokenizer: read } = await loadPublishedText(path)
    return void read.decode(read.encode('abab a'))
  }
  const checkpoint = await openCheckpoint(path)
  try {
    await readParameters(checkpoint)
  } finally {
    await checkpoint.weights.close()
  }
}

const faults = []
/** Smaller files count as this many bytes. */
const smallest = 2 ** 16
/** The largest array of a case, in bytes of its files. */
let largestShare = 0
const counts = { read: 0, refused: 0 }
const began = process.memoryUsage().rss
let most = began
for (let number = 0; number < cases; number++) {
  const { name, what, files } = broken()
  const { path, release } = mount(
    Object.fromEntries(Object.entries(files).map(([key, bytes]) => [key, new Blob([bytes])])),
  )
  const size = Object.values(files).reduce((sum, { length }) => sum + length, 0)
  largestAllocation()
  const start = performance.now()
  try {
    await readAll(path, what)
    counts.read++
  } catch (error) {
    counts.refused++
    const clear = error instanceof UserError && !error.message.includes('\n') && error.message.length < 2000
    if (!clear) faults.push(`case ${number}, ${what} of ${name}: ${String(error?.stack ?? error).slice(0, 300)}`)
  }
  const allocated = largestAllocation() / Math.max(size, smallest)
  largestShare = Math.max(largestShare, allocated)
  if (allocated > 2)
    faults.push(`case ${number}, ${what} of ${name}: an array of ${allocated.toFixed(1)} times its files`)
  const took = performance.now() - start
  if (took > slowest) faults.push(`case ${number}, ${what} of ${name}: took ${Math.round(took)} ms`)
  release()
  if (number % 1000 === 999) {
    most = Math.max(most, process.memoryUsage().rss)
    if (process.stderr.isTTY) process.stderr.write(`\r${number + 1} of ${cases}, ${faults.length} faults`)
  }
}
for (const fault of faults.slice(0, 40)) console.log(fault)
const grown = Math.round((most - began) / 2 ** 20)
console.log(JSON.stringify({ cases, seed, ...counts, faults: faults.length, largestShare, mostMemoryGrownMiB: grown }))
process.exitCode = faults.length === 0 ? 0 : 1
