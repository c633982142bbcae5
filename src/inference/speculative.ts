/**
 * Speculative decoding: a draft guesses what follows, as a tree, and the target reads all guesses at once. What it would
 * have said itself is kept, up to the first wrong guess and the right token in its place. So the text is the target's own
 * greedy one, in fewer runs of it: all but for two tokens that are equally likely to rounding.
 *
 * Leviathan et al. 2023, arXiv:2211.17192, here for the likeliest token; trees as Miao et al. 2024, arXiv:2305.09781, and
 * Cai et al. 2024, arXiv:2401.10774. Those papers pack a tree into one sequence under a mask, which attention to a cache
 * can read. A recurrent state cannot: every branch needs a state of its own, and a convolution a window of its own (You et
 * al. 2024, arXiv:2406.07368, unfold it for that). So each branch is a row of a batch (see `lookAheadProgram`), which is
 * right for every mixer that generates, at the cost of reading again what branches share.
 */
import type { Decoder } from './decoder.js'
import { mostLikely } from './sampling.js'

/** Where guesses come from. */
export interface Draft {
  /** Forgets the text. */
  reset(): Promise<void>
  /**
   * Guesses of what follows the text, given what was added to it since the last call: the branches of a tree from root to
   * leaf, all of one length. None where it has no guess.
   */
  propose(added: readonly number[]): Promise<readonly (readonly number[])[]>
}

export interface SpeculationOptions {
  /** Tokens to generate at most. */
  readonly tokens: number
  /** The token that ends a text. */
  readonly end?: number
}

/** What one run of the target gave. */
export interface Verified {
  /** At least one, the last of them the target's own. */
  readonly tokens: readonly number[]
  /** Tokens of a branch, all of which could have been right. */
  readonly guessed: number
  /** Guesses that were right. */
  readonly accepted: number
}

/**
 * The greedy text of the target, a run at a time. Both are reset first. Afterwards the target has read prompt and text but
 * for the tokens of the last run; `target.position` tells how many.
 *
 * @param prompt at least one token
 * @throws UserError where the target has no positions for the text; guesses are cut where it has none for them
 */
export async function* speculateByRun(
  target: Decoder,
  draft: Draft,
  prompt: ArrayLike<number>,
  { tokens, end }: SpeculationOptions,
): AsyncGenerator<Verified, void> {
  const text = Array.from(prompt)
  if (text.length === 0) throw new RangeError('speculate: expected a prompt of at least one token')
  await target.reset()
  await draft.reset()
  if (text.length > 1) await target.prefill(text.slice(0, -1))
  let unread = text.slice(-1)
  let added: readonly number[] = text
  for (let left = tokens; left > 0; ) {
    const room = target.model.longest - target.position - unread.length
    const branches = (await draft.propose(added)).map((branch) => branch.slice(0, Math.max(0, room)))
    const found = longestAgreement(await target.lookAhead(unread, branches), branches)
    const ended = end === undefined ? -1 : found.indexOf(end)
    const kept = found.slice(0, ended < 0 ? left : Math.min(left, ended + 1))
    yield { tokens: kept, guessed: branches[0]?.length ?? 0, accepted: found.length - 1 }
    if (kept.at(-1) === end) return
    left -= kept.length
    unread = kept
    added = kept
  }
}

/** The target's likeliest tokens along the branch that agrees with them longest, and the one after. */
function longestAgreement(logits: readonly Float32Array[][], branches: readonly (readonly number[])[]): number[] {
  const texts = logits.map((row, index) => {
    const branch = branches[index] ?? []
    const text = [mostLikely(row[0])]
    while (text.length <= branch.length && branch[text.length - 1] === text[text.length - 1])
      text.push(mostLikely(row[text.length]))
    return text
  })
  return texts.reduce((longest, text) => (text.length > longest.length ? text : longest))
}

export interface Speculation {
  readonly tokens: readonly number[]
  /** Runs of the target after the prompt; token by token there is one a token. */
  readonly runs: number
  readonly tokensPerRun: number
  /** Of the guesses that would all have been right, along one branch a run, those that were. */
  readonly acceptance: number
}

/** As {@link speculateByRun}, to its end. */
export async function speculate(
  target: Decoder,
  draft: Draft,
  prompt: ArrayLike<number>,
  options: SpeculationOptions,
): Promise<Speculation> {
  const runs: Verified[] = []
  for await (const run of speculateByRun(target, draft, prompt, options)) runs.push(run)
  const tokens = runs.flatMap((run) => run.tokens)
  const guessed = runs.reduce((sum, run) => sum + run.guessed, 0)
  const accepted = runs.reduce((sum, run) => sum + run.accepted, 0)
  return {
    tokens,
    runs: runs.length,
    tokensPerRun: tokens.length / Math.max(1, runs.length),
    acceptance: accepted / Math.max(1, guessed),
  }
}

/**
 * A tree of what a smaller model finds likeliest: `children[d]` continuations of each branch at depth d. The decoder reads
 * what was accepted, and only looks at its guesses. It guesses nothing where it has no positions left.
 */
export function treeDraft(decoder: Decoder, children: readonly number[]): Draft {
  return {
    reset: () => decoder.reset(),
    async propose(added) {
      if (decoder.position + added.length + children.length > decoder.model.longest) return []
      let branches: number[][] = [[]]
      let logits = [[await decoder.prefill(added)]]
      for (const [depth, count] of children.entries()) {
        if (depth > 0) logits = await decoder.lookAhead([], branches)
        branches = branches.flatMap((branch, row) =>
          likeliest(logits[row][logits[row].length - 1], count).map((token) => [...branch, token]),
        )
      }
      return branches
    },
  }
}

/** Tokens of the `count` largest scores, the largest first. */
function likeliest(scores: Float32Array, count: number): number[] {
  return Array.from(scores.keys())
    .sort((a, b) => scores[b] - scores[a])
    .slice(0, count)
}
