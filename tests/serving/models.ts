/** Folders with models that read text: of a training run, and in the layout of Hugging Face. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { byteTokenizer, trainBpe } from '#seqlab/data/index.js'
import { createModel } from '#seqlab/models/index.js'
import { asJson, createRun, saveCheckpoint, writeJson } from '#seqlab/training/index.js'
import { root } from '../../scripts/documentation.js'
import { drawn, emptyFolder, small, write } from '../checkpoints/folder.js'

/** A small Llama with a tokenizer of 300 tokens, one fewer than the model has, that puts token 7 before a text. */
export async function publishedFolder(): Promise<string> {
  const folder = await emptyFolder()
  const settings = { ...small, vocab_size: 301, max_position_embeddings: 128 }
  const { tensors } = drawn('llama', settings)
  write(folder, { model_type: 'llama', architectures: ['LlamaForCausalLM'], ...settings }, tensors)
  const path = join(folder, 'tokenizer.json')
  await trainBpe({ corpus: join(root, 'LICENSE'), out: path, vocabularySize: 300 })
  const tokenizer = JSON.parse(readFileSync(path, 'utf8'))
  tokenizer.post_processor = {
    type: 'TemplateProcessing',
    single: [{ SpecialToken: { id: 'begin' } }, { Sequence: { id: 'A' } }],
    special_tokens: { begin: { id: 'begin', ids: [7], tokens: ['begin'] } },
  }
  writeFileSync(path, JSON.stringify(tokenizer))
  return folder
}

/** A run on bytes that was saved before its first step. */
export async function trainedFolder(): Promise<string> {
  const folder = await emptyFolder()
  const config = { dim: 16, layers: 1, heads: 2, mixers: [{ id: 'gla' }], input: { kind: 'tokens', vocabulary: 256 } }
  const model = createModel(config)
  const run = await createRun(folder, asJson({ model: model.config, settings: { steps: 1, context: 32 } }))
  await writeJson(run.files.tokenizer, byteTokenizer().toJSON())
  await saveCheckpoint(folder, { step: 1, weights: model.initialParameters(5), training: {}, progress: {} })
  await run.release()
  return folder
}

/** The files of a folder by their paths in it, as a drop gives them. */
export function blobs(folder: string): Record<string, Blob> {
  const names = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
  return Object.fromEntries(
    names.map(({ parentPath, name }) => {
      const path = join(parentPath, name)
      return [path.slice(folder.length + 1), new Blob([readFileSync(path)])]
    }),
  )
}
