/** The text of one answer as it is written: whole characters, stop strings kept back, and how probable each token was. */
import type { Tokenizer } from '../data/index.js'
import { stopMatcher } from '../inference/index.js'

export interface LikelyToken {
  readonly id: number
  readonly text: string
  /** Natural logarithm of the probability before temperature and penalties. */
  readonly logprob: number
}

export interface WrittenToken extends LikelyToken {
  /** The likeliest tokens in its place, the likeliest first. */
  readonly likeliest: readonly LikelyToken[]
}

/** What a token added to an answer. */
export interface Piece {
  /** Often empty: the token may be a part of a character, or begin a stop string. */
  readonly text: string
  readonly token?: WrittenToken
}

export interface ChoiceOptions {
  readonly tokenizer: Tokenizer
  readonly stop: readonly string[]
  /** Tokens that end the answer and are no part of it. */
  readonly ends: readonly number[]
  /** How many of the likeliest tokens are told beside each one that is written; nothing is told by default. */
  readonly logprobs?: number
  give(piece: Piece): void
}

export interface Choice {
  /** Takes a token with its logits; says whether the answer goes on. */
  accept(id: number, logits: Float32Array): boolean
  /** Gives out what was held back, when no more tokens come. */
  end(): void
  /** Tokens taken. */
  readonly tokens: number
}

export function createChoice({ tokenizer, stop, ends, logprobs, give }: ChoiceOptions): Choice {
  const text = tokenizer.decoder()
  const matcher = stopMatcher(stop)
  let tokens = 0
  return {
    get tokens() {
      return tokens
    },
    accept(id, logits) {
      tokens++
      if (ends.includes(id)) return false
      const token = logprobs === undefined ? undefined : describe(tokenizer, id, logits, logprobs)
      give({ text: matcher.push(text.push(id)), token })
      return !matcher.stopped
    },
    end() {
      if (matcher.stopped) return
      const rest = matcher.push(text.end()) + matcher.end()
      if (rest !== '') give({ text: rest })
    },
  }
}

function describe(tokenizer: Tokenizer, id: number, logits: Float32Array, count: number): WrittenToken {
  const total = logSumExp(logits)
  const likely = (token: number): LikelyToken => ({
    id: token,
    text: tokenizer.decode([token]),
    logprob: logits[token] - total,
  })
  const order = Array.from(logits.keys()).sort((a, b) => logits[b] - logits[a])
  return { ...likely(id), likeliest: order.slice(0, count).map(likely) }
}

function logSumExp(logits: Float32Array): number {
  let most = Number.NEGATIVE_INFINITY
  for (const logit of logits) most = Math.max(most, logit)
  let sum = 0
  for (const logit of logits) sum += Math.exp(logit - most)
  return most + Math.log(sum)
}
