/** Text from a model, piece by piece. */
import { z } from 'zod'
import type { Tokenizer } from '../data/index.js'
import { parseWith } from '../models/index.js'
import { UserError } from '../platform/errors.js'
import { platform } from '../platform/index.js'
import type { Decoder } from './decoder.js'
import { drawAt, type Sampling, sampleToken, samplingConfig } from './sampling.js'
import { stopMatcher } from './stop.js'

export const generationConfig = samplingConfig.extend({
  tokens: z.number().int().min(1).default(256).describe('tokens to generate at most'),
  stop: z.array(z.string().min(1)).default([]).describe('texts that end the generation'),
  begin: z.array(z.int()).default([]).describe('tokens before the prompt'),
  ends: z.array(z.int()).default([]).describe('tokens that end the generation'),
})
export type GenerationOptions = z.input<typeof generationConfig>

export interface GeneratedToken {
  readonly id: number
  /** Tokens generated before it. */
  readonly index: number
  /** Time from being asked for it to having it; the first one's includes the prompt. */
  readonly microseconds: number
  /** What it was drawn from, before temperature and penalties: [vocabulary]. */
  readonly logits: Float32Array
}

/** Called with each token before the next one is computed. */
export type TokenListener = (token: GeneratedToken) => void | Promise<void>

/**
 * The text that follows `prompt`, in pieces of whole characters, none of them empty. The decoder is reset first.
 *
 * @throws UserError for options out of range, and for a prompt without tokens
 */
export async function* generate(
  decoder: Decoder,
  tokenizer: Tokenizer,
  prompt: string,
  options: GenerationOptions = {},
  listener?: TokenListener,
): AsyncGenerator<string, void> {
  const { tokens, stop, begin, ends, ...sampling } = parseWith(generationConfig, options, 'generate')
  if (decoder.batch !== 1) throw new RangeError(`generate: needs a decoder of batch 1, got ${decoder.batch}`)
  const ids = Int32Array.from([...begin, ...tokenizer.encode(prompt)])
  if (ids.length === 0)
    throw new UserError(
      'generate: the prompt must hold at least one token, got an empty text – begin with a line break',
    )
  const text = tokenizer.decoder()
  const matcher = stopMatcher(stop)
  await decoder.reset()
  for await (const id of timed(generateTokens(decoder, ids, tokens, sampling), listener)) {
    if (ends.includes(id)) break
    const piece = matcher.push(text.push(id))
    if (piece !== '') yield piece
    if (matcher.stopped) return
  }
  const rest = matcher.push(text.end()) + matcher.end()
  if (rest !== '') yield rest
}

/** `count` tokens after those of the prompt. */
export async function* generateTokens(
  decoder: Decoder,
  prompt: Int32Array,
  count: number,
  sampling: Sampling,
): AsyncGenerator<Pick<GeneratedToken, 'id' | 'logits'>, void> {
  const recent = [...prompt.subarray(-Math.max(1, sampling.repetitionWindow))]
  let logits = await decoder.prefill(prompt)
  for (let index = 0; index < count; index++) {
    if (index > 0) logits = await decoder.step(recent.slice(-1))
    const id = sampleToken(logits, sampling, recent, drawAt(sampling.seed, index))
    recent.push(id)
    if (recent.length > Math.max(1, sampling.repetitionWindow)) recent.shift()
    yield { id, logits }
  }
}

async function* timed(
  tokens: ReturnType<typeof generateTokens>,
  listener?: TokenListener,
): AsyncGenerator<number, void> {
  for (let index = 0; ; index++) {
    const start = platform().now()
    const { value: token, done } = await tokens.next()
    if (done) return
    await listener?.({ ...token, index, microseconds: (platform().now() - start) * 1000 })
    yield token.id
  }
}
