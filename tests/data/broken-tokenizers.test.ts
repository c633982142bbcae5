/** Files of tokenizers that are whole to look at, and hold what no tokenizer can. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import protobuf from 'protobufjs/minimal.js'
import { expect, it, onTestFinished } from 'vitest'
import { loadPublished } from '#seqlab/data/index.js'
import '#seqlab/index.js'

function written(files: Readonly<Record<string, string | Uint8Array>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'seqlab-tokenizers-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content)
  return folder
}

it('refuses numbers of tokens that no array has', async () => {
  for (const id of [1e15, -1, 0.5, 'x']) {
    const vocab = { a: 0, b: id }
    const folder = written({
      'vocab.json': JSON.stringify(vocab),
      'merges.txt': 'a b\n',
      'tokenizer.json': JSON.stringify({ model: { type: 'BPE', vocab, merges: [] } }),
    })
    for (const name of ['vocab.json', 'tokenizer.json'])
      await expect(loadPublished(join(folder, name)), `${id} in ${name}`).rejects.toThrow(
        new RegExp(`${name}.*numbers of tokens must be whole, from 0 to 2147483647`),
      )
  }
})

it('refuses a tokenizer.json without a vocabulary', async () => {
  const folder = written({ 'tokenizer.json': '{"model":{"type":"BPE","merges":[]}}' })
  await expect(loadPublished(join(folder, 'tokenizer.json'))).rejects.toThrow(
    'a vocabulary must be numbers by token, or tokens in order',
  )
})

it('refuses a unigram SentencePiece model without a piece for what is unknown', async () => {
  const writer = protobuf.Writer.create()
  writer.uint32(10).fork().uint32(10).string('a').uint32(21).float(-1).ldelim()
  const folder = written({ 'tokenizer.model': writer.finish() })
  await expect(loadPublished(join(folder, 'tokenizer.model'))).rejects.toThrow(
    'tokenizer.model: a SentencePiece model without a piece for what is unknown',
  )
})
