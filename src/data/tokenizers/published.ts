/** Tokenizers as they lie beside published models: in a file of one of three kinds, or in the model's folder. */
import { z } from 'zod'
import { UserError } from '../../platform/errors.js'
import { platform } from '../../platform/index.js'
import { readText } from '../file.js'
import type { Tokenizer } from '../tokenizer.js'
import { loadBpe, tokenizerOf } from './bpe.js'
import { byteLevel } from './library.js'
import { sentencePieceJson } from './sentencepiece.js'

/** The files of GPT-2's kind, as they are called: a vocabulary, and the merges in their order. */
const pairs = [
  ['vocab.json', 'merges.txt'],
  ['encoder.json', 'vocab.bpe'],
] as const

/**
 * The tokenizer of a tokenizer.json, a SentencePiece .model, or a vocab.json (encoder.json) with its merges beside it.
 *
 * @throws UserError when the file is missing or none of these
 */
export async function loadPublished(path: string): Promise<Tokenizer> {
  const { files } = platform()
  if (path.endsWith('.model')) {
    await requireFile(path)
    const json = sentencePieceJson(await files.read(path), path)
    return tokenizerOf(() => json, damaged(path))
  }
  const pair = pairs.find(([vocabulary]) => path.endsWith(vocabulary))
  if (!pair) return loadBpe(path)
  return gpt2Tokenizer(path, `${path.slice(0, -pair[0].length)}${pair[1]}`)
}

async function gpt2Tokenizer(vocabularyPath: string, mergesPath: string): Promise<Tokenizer> {
  const vocab = parse(z.record(z.string(), z.unknown()), await readText(vocabularyPath), vocabularyPath)
  const lines = (await readText(mergesPath)).split('\n').map((line) => line.replace(/\r$/, ''))
  // The first line may name the version; a merge of two characters "#" has no such name behind it.
  const merges = lines.filter((line, index) => line !== '' && !(index === 0 && line.startsWith('#version')))
  const wrong = merges.find((line) => line.split(' ').length !== 2)
  if (wrong !== undefined)
    throw new UserError(`${mergesPath}: expected two tokens a line, got ${JSON.stringify(wrong.slice(0, 40))}`)
  const ends = '<|endoftext|>' in vocab ? [vocab['<|endoftext|>']] : []
  const plain = { special: true, single_word: false, lstrip: false, rstrip: false, normalized: false }
  const json = {
    added_tokens: ends.map((id) => ({ id, content: '<|endoftext|>', ...plain })),
    pre_tokenizer: byteLevel,
    decoder: { type: 'ByteLevel' },
    model: { type: 'BPE', vocab, merges },
  }
  return tokenizerOf(() => json, damaged(vocabularyPath))
}

const damaged = (path: string) => (reason: string) => `${path}: ${reason} – take the file beside a model`

/** What lies in a model's folder beside its weights, as far as text is concerned. */
export interface PublishedText {
  readonly tokenizer: Tokenizer
  /** A Jinja template of chats. */
  readonly chatTemplate?: string
  /** Texts of special tokens by their names in templates: `bos_token`, `eos_token`. */
  readonly specials: Readonly<Record<string, string>>
  /** Tokens that the original puts before a text. */
  readonly begin: readonly number[]
  /** Tokens that end a text. */
  readonly ends: readonly number[]
}

const tokenText = z.union([z.string(), z.looseObject({ content: z.string() })]).nullish()
const tokenizerConfig = z.looseObject({
  bos_token: tokenText,
  eos_token: tokenText,
  unk_token: tokenText,
  pad_token: tokenText,
  add_bos_token: z.boolean().nullish(),
  chat_template: z.union([z.string(), z.array(z.looseObject({ name: z.string(), template: z.string() }))]).nullish(),
})
const idsSchema = z.union([z.int(), z.array(z.int())]).nullish()
const generationSchema = z.looseObject({ eos_token_id: idsSchema })
const names = ['bos_token', 'eos_token', 'unk_token', 'pad_token'] as const

const candidates = ['tokenizer.json', 'tokenizer.model', 'spiece.model', ...pairs.map(([vocabulary]) => vocabulary)]

/** The file in a model's folder that its tokenizer is read from, if there is one. */
export async function publishedTokenizer(folder: string): Promise<string | undefined> {
  const { files } = platform()
  for (const name of candidates) if (await files.exists(files.join(folder, name))) return files.join(folder, name)
  return undefined
}

/** @throws UserError when the folder holds no tokenizer that is read, or a file is damaged */
export async function loadPublishedText(folder: string): Promise<PublishedText> {
  const { files } = platform()
  const at = (name: string) => files.join(folder, name)
  const optional = async <T>(name: string, schema: z.ZodType<T>): Promise<T | undefined> =>
    (await files.exists(at(name))) ? parse(schema, await readText(at(name)), at(name)) : undefined

  const found = await publishedTokenizer(folder)
  if (!found) throw new UserError(`${folder}: holds none of ${candidates.join(', ')} – add the model's tokenizer`)
  const tokenizer = await loadPublished(found)

  const config = await optional('tokenizer_config.json', tokenizerConfig)
  const generation =
    (await optional('generation_config.json', generationSchema)) ?? (await optional('config.json', generationSchema))
  const specials = Object.fromEntries(
    names.flatMap((name) => {
      const token = config?.[name]
      return token == null ? [] : [[name, typeof token === 'string' ? token : token.content]]
    }),
  )
  const idOf = (text: string | undefined) => {
    const ids = text === undefined ? [] : Array.from(tokenizer.encode(text))
    return ids.length === 1 ? ids : []
  }
  const template = config?.chat_template
  const own = (await files.exists(at('chat_template.jinja'))) ? await readText(at('chat_template.jinja')) : undefined
  const listed = typeof template === 'string' ? template : template?.find(({ name }) => name === 'default')?.template
  return {
    tokenizer,
    chatTemplate: own ?? listed,
    specials,
    begin: config?.add_bos_token ? idOf(specials.bos_token) : templateStart(tokenizer),
    ends: generation?.eos_token_id == null ? idOf(specials.eos_token) : [generation.eos_token_id].flat(),
  }
}

const templateSchema = z.object({
  type: z.literal('TemplateProcessing'),
  single: z.array(z.record(z.string(), z.object({ id: z.string() }))),
  special_tokens: z.record(z.string(), z.object({ ids: z.array(z.int().min(0)) })),
})
const processorSchema = z.union([
  templateSchema.transform((template) => [template]),
  z
    .object({ type: z.literal('Sequence'), processors: z.array(z.unknown()) })
    .transform(({ processors }) => processors.flatMap((one) => templateSchema.safeParse(one).data ?? [])),
])

/** What a tokenizer.json puts before a text, where it says so. */
function templateStart(tokenizer: Tokenizer): number[] {
  const { tokenizer: json } = tokenizer.toJSON() as { tokenizer: { post_processor?: unknown } }
  return (processorSchema.safeParse(json.post_processor).data ?? []).flatMap(({ single, special_tokens }) => {
    const text = single.findIndex((part) => 'Sequence' in part)
    return single.slice(0, Math.max(0, text)).flatMap(({ SpecialToken }) => special_tokens[SpecialToken?.id]?.ids ?? [])
  })
}

async function requireFile(path: string): Promise<void> {
  if (await platform().files.exists(path)) return
  throw new UserError(`${path}: no such file – name a tokenizer.json, a .model or a vocab.json`)
}

function parse<T>(schema: z.ZodType<T>, text: string, path: string): T {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    throw new UserError(`${path}: not JSON (${(error as Error).message.split('\n')[0]})`)
  }
  const result = schema.safeParse(value)
  if (result.success) return result.data
  throw new UserError(`${path}: ${z.prettifyError(result.error).split('\n')[0]}`)
}
