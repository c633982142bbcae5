import * as tokenizers from '@huggingface/tokenizers'

/**
 * The part of @huggingface/tokenizers that is used here. Its own declarations import without file extensions, which
 * NodeNext resolution does not find, so that its exports would be untyped.
 */
export interface Library {
  readonly model: { readonly vocab: readonly string[] }
  encode(text: string, options: { add_special_tokens: boolean }): { ids: (number | undefined)[] }
  decode(ids: number[], options: { clean_up_tokenization_spaces: boolean }): string
  id_to_token(id: number): string | undefined
}

export interface PreTokenizer {
  /** The character that byte-level tokens write for each byte: GPT-2's table. */
  readonly byte_encoder: Readonly<Record<number, string>>
  pre_tokenize_text(text: string): string[]
}

/** Options of GPT-2's pre-tokenizer, as tokenizer.json writes them. */
export const byteLevel = { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: true } as const

interface Exports {
  Tokenizer: new (tokenizer: object, config: object) => Library
  ByteLevelPreTokenizer: new (config: typeof byteLevel) => PreTokenizer
}
const { Tokenizer, ByteLevelPreTokenizer } = tokenizers as unknown as Exports

export const createLibrary = (tokenizerJson: object): Library => new Tokenizer(numeric(tokenizerJson) as object, {})

/**
 * The same description with `Digits` written as a split at numbers: the original takes every number of Unicode for a
 * digit, ½ included, and this library the ten decimal digits alone.
 */
function numeric(part: unknown, key = ''): unknown {
  // A vocabulary is large and holds no part.
  if (typeof part !== 'object' || part === null || key === 'model' || key === 'added_tokens') return part
  if (Array.isArray(part)) return part.map((item) => numeric(item))
  const { type, individual_digits } = part as { type?: unknown; individual_digits?: unknown }
  if (type === 'Digits')
    return {
      type: 'Split',
      pattern: { Regex: individual_digits ? '\\p{N}' : '\\p{N}+' },
      behavior: 'Isolated',
      invert: false,
    }
  return Object.fromEntries(Object.entries(part).map(([name, value]) => [name, numeric(value, name)]))
}
export const createPreTokenizer = (): PreTokenizer => new ByteLevelPreTokenizer(byteLevel)
