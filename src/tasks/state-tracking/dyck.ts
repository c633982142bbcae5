/**
 * Dyck-k with bounded depth: which bracket closes next.
 *
 * Input: a balanced string of brackets of k kinds, never deeper than `depth`. While a string may go on either way it
 * opens or closes with probability ½; the kind of an opening bracket is uniform. Answer, where the next bracket closes
 * one that is not the bracket just read: the closing bracket of the right kind. To close the bracket just read needs no
 * memory, so it is not asked: a model that sees the last token alone scores 1/k.
 */
import { z } from 'zod'
import { UserError } from '../../platform/errors.js'
import { generated } from '../generated.js'
import type { Random } from '../random.js'
import { defineTask } from '../task.js'
import { labelled, shownAs } from './labels.js'

export const dyck = defineTask({
  kind: 'examples',
  id: 'dyck',
  group: 'state-tracking',
  title: 'Dyck-k',
  shows: 'Whether a stack can be kept: what was opened first is needed last.',
  source: {
    title: 'RNNs can generate bounded hierarchical languages with optimal memory',
    authors: 'Hewitt, Hahn, Ganguli, Liang, Manning',
    year: 2020,
    arxiv: '2010.07515',
    note: 'Dyck-(k, m) of theirs, with m = depth. They train a language model and judge its closing brackets given that it closes; here that is asked directly, so each answer is certain. Strings have one length instead of a range.',
  },
  config: z.strictObject({
    kinds: z.int().min(2).max(64).default(8).describe('k: kinds of brackets'),
    depth: z.int().min(2).default(4).describe('most brackets open at once'),
    length: z.int().min(4).default(128).describe('brackets of a string; even'),
  }),
  difficulty: { setting: 'depth', values: [2, 4, 8, 16] },
  metric: 'accuracy',

  async open({ kinds, depth, length }) {
    if (length % 2 !== 0) {
      throw new UserError(
        `task dyck: length must be even, as brackets come in pairs, got ${length} – use ${length + 1}`,
      )
    }
    const all = Array.from({ length: kinds }, (_, kind) => kind)
    const pairs = length / 2
    return generated({
      task: 'dyck',
      input: { kind: 'tokens', vocabulary: 2 * kinds },
      output: { kind: 'tokens' },
      length,
      // Every run of opening brackets, at most `depth` long, ends in a pair that is not asked for.
      answers: pairs - Math.ceil(pairs / depth),
      chance: 1 / kinds,
      draw(random) {
        for (;;) {
          const brackets = balanced(random, kinds, depth, length)
          const opens = (position: number) => brackets[position] < kinds
          const asked = (position: number) => position + 1 < length && !opens(position) && !opens(position + 1)
          if (brackets.some((_, position) => asked(position))) return labelled(brackets, brackets.slice(1), asked)
        }
      },
      show: shownAs([...all.map((kind) => `(${kind}`), ...all.map((kind) => `${kind})`)]),
    })
  },
})

/** Opening brackets are 0 … kinds − 1, each closed by its own number + kinds. */
function balanced(random: Random, kinds: number, depth: number, length: number): number[] {
  const open: number[] = []
  return Array.from({ length }, (_, position) => {
    const mustOpen = open.length === 0
    const mustClose = open.length === depth || open.length === length - position
    if (mustOpen || (!mustClose && random.chance(0.5))) open.push(random.below(kinds))
    else return (open.pop() ?? 0) + kinds
    return open[open.length - 1]
  })
}
