/** Putting the questions of a probe to a model. */
import type { Tokenizer } from '../../data/index.js'
import { UserError } from '../../platform/errors.js'
import type { ProbeItem, ProbeSource } from '../../tasks/index.js'
import type { Score } from '../jobs/job.js'
import { wilson } from '../statistics.js'
import type { Answer, Question, Scorer } from './scorer.js'

export interface ProbeOptions {
  /** Most items to ask, spread evenly over all; all by default. */
  readonly limit?: number
  onProgress?(done: number, items: number): void
  /** Aborted, the result is of what was asked so far. */
  readonly signal?: AbortSignal
}

export interface GroupScore {
  readonly group: string
  readonly items: number
  /** Share of items that were answered rightly. */
  readonly score: Score
}

export interface ProbeResult extends Omit<GroupScore, 'group'> {
  readonly chance: number
  /** Mean nats of the right choices. */
  readonly loss: number
  /** Items with a choice that the tokenizer cannot express, such as words outside its vocabulary. */
  readonly unknown: number
  readonly groups: readonly GroupScore[]
}

/** Items whose choices are scored in one call. */
const together = 64

/**
 * Scores a probe. An item with one choice counts as right when each of its tokens is the likeliest; one with several when
 * the first has the highest probability in all, a tie counting as a guess among those that tie. A choice that the tokenizer
 * cannot express is never guessed alone, and is a guess among others when it cannot be encoded at all. An empty context is
 * taken as the end of a line.
 *
 * @throws UserError when there is nothing to ask
 */
export async function runProbe(
  scorer: Pick<Scorer, 'score'>,
  tokenizer: Tokenizer,
  { items: all, chance }: ProbeSource,
  { limit = all.length, onProgress, signal }: ProbeOptions = {},
): Promise<ProbeResult> {
  const asked = spread(all, limit)
  const outcomes: Outcome[] = []
  for (let from = 0; from < asked.length && !signal?.aborted; from += together) {
    const some = asked.slice(from, from + together).map((item) => read(item, tokenizer))
    const answers = await scorer.score(some.flatMap(({ questions }) => questions))
    let at = 0
    for (const reading of some) {
      outcomes.push(judge(reading, answers.slice(at, at + reading.questions.length)))
      at += reading.questions.length
    }
    onProgress?.(outcomes.length, asked.length)
  }
  if (outcomes.length === 0) throw new UserError('probe: nothing was asked – use a limit of 1 or more')
  const losses = outcomes.flatMap(({ loss }) => loss ?? [])
  return {
    chance,
    ...summary(outcomes),
    loss: total(losses) / losses.length,
    unknown: outcomes.filter(({ unknown }) => unknown).length,
    groups: [...new Set(outcomes.map(({ group }) => group))].map((group) => ({
      group,
      ...summary(outcomes.filter((outcome) => outcome.group === group)),
    })),
  }
}

const total = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0)

const summary = (outcomes: readonly Outcome[]) => ({
  items: outcomes.length,
  // Shares of guesses may add up to a little more than the whole.
  score: wilson(Math.min(outcomes.length, total(outcomes.map(({ credit }) => credit))), outcomes.length),
})

const spread = <T>(items: readonly T[], limit: number): T[] => {
  const count = Math.min(limit, items.length)
  return Array.from({ length: count }, (_, index) => items[Math.floor((index * items.length) / count)])
}

interface Reading {
  readonly item: ProbeItem
  /** A choice each; none when one of them cannot be encoded. */
  readonly questions: readonly Question[]
  readonly unknown: boolean
}

function read(item: ProbeItem, tokenizer: Tokenizer): Reading {
  const context = item.context === '' ? '\n' : item.context
  try {
    const questions = item.choices.map((choice) => question(context, choice, tokenizer))
    return { item, questions, unknown: !item.choices.every((choice) => expresses(tokenizer, choice)) }
  } catch (error) {
    if (!(error instanceof UserError)) throw error
    return { item, questions: [], unknown: true }
  }
}

/** Encoded in one piece, as the model read its texts; the continuation begins where the context alone would end otherwise. */
function question(context: string, choice: string, tokenizer: Tokenizer): Question {
  const tokens = tokenizer.encode(context + choice)
  const before = tokenizer.encode(context)
  let shared = 0
  while (shared < before.length && shared < tokens.length - 1 && before[shared] === tokens[shared]) shared++
  return { context: tokens.subarray(0, shared), continuation: tokens.subarray(shared) }
}

/** Whether a text comes back from its tokens, but for white space and case, which some tokenizers drop. */
function expresses(tokenizer: Tokenizer, text: string): boolean {
  const plain = (text: string) => text.replace(/\s+/g, ' ').trim().toLowerCase()
  return plain(tokenizer.decode(tokenizer.encode(text))) === plain(text)
}

interface Outcome {
  readonly group: string
  /** 1 when right, 0 when wrong, a share for a guess. */
  readonly credit: number
  /** Nats of the right choice, where it could be read. */
  readonly loss?: number
  readonly unknown: boolean
}

/** Sums of losses nearer than rounding is are a tie. */
const rounding = 1e-6

function judge({ item: { group, choices }, unknown }: Reading, answers: readonly Answer[]): Outcome {
  if (answers.length === 0) return { group, credit: choices.length === 1 ? 0 : 1 / choices.length, unknown }
  const sums = answers.map(({ losses }) => total([...losses]))
  const [loss] = sums
  if (answers.length === 1)
    return { group, credit: !unknown && answers[0].hits.every((hit) => hit) ? 1 : 0, loss, unknown }
  const best = Math.min(...sums)
  const ties = sums.filter((sum) => sum - best <= rounding * best).length
  return { group, credit: loss - best <= rounding * best ? 1 / ties : 0, loss, unknown }
}
