/**
 * Layers whose state is the weights of an inner network, learned as tokens come: in mini-batches of C tokens of the
 * document, with all gradients of a mini-batch taken at the weights before it.
 *
 *   y_t = f(q_t; W_t),  W_t = Σ_j r_{tj} W_j − Σ_{s≤t} c_{ts} ∇ℓ_s     W_j before the tokens, ∇ℓ_s = x_sᵀ δ_s
 *   x W_t = Σ_j r_{tj} x W_j − Σ_s c_{ts} (x · x_s) δ_s                 a layer of f, no W_t formed: the dual form
 *
 * after Sun et al. 2024, arXiv:2407.04620, section 2.5 and appendix A. What r and c are is the rule's. Weights are kept
 * as differences from their learned start, so that a state of zeros is the start, and its gradient reaches it.
 */
import {
  add,
  equal,
  greaterEqual,
  mapTree,
  matmul,
  mod,
  mul,
  reshape,
  scan,
  squeeze,
  sub,
  type Tensor,
  transpose,
  unsqueeze,
  zeros,
} from '../engine/index.js'
import { alignedWindows } from './aligned-windows.js'
import {
  gradientParts,
  type InnerNetwork,
  runInner,
  runWith,
  startingWeights,
  type Weights,
  weightGradient,
  weightShapes,
} from './inner-network.js'
import { loopOverTime, type Timeline } from './recurrence.js'

/** Sets of weights by name; `start` are those that gradients are taken at. */
export type Learned = Readonly<Record<string, Weights>>

/** How weights follow from gradients. All that is given for a token or window ends in [C, 1] or [1, 1]. */
export interface LearningRule<A> {
  /** The sets that are kept: `weights` begin with the learned ones, `changes` with 0. */
  readonly sets: Readonly<Record<string, 'weights' | 'changes'>>
  /** One token. */
  learn(learned: Learned, gradient: Weights, at: A): Learned
  /** The weights that are read after a token. */
  read(learned: Learned, at: A): Weights
  /** Where a mini-batch ends ([B, 1, 1, 1] of booleans) the next one begins. */
  close(learned: Learned, ends: Tensor): Learned
  /** `learn` and `read` for the tokens of a window, of which some may not be there: `real` [..., C, 1]. */
  plan(at: A, real: Tensor): LearningPlan
}

/** What many tokens of `learn` amount to. */
export interface LearningPlan {
  /** r by set, [..., C, 1]. */
  readonly reads: Readonly<Record<string, Tensor>>
  /** c, [..., C, C]. */
  readonly own: Tensor
  /** After the last token each set is a sum of those before, [..., 1, 1], */
  readonly keeps: Readonly<Record<string, Readonly<Record<string, Tensor>>>>
  /** less the gradients times these, [..., C, 1]. Sets that are not named stay. */
  readonly writes: Readonly<Record<string, Tensor>>
}

/** What is learned and asked: q, k and v [B, T, H, D], and what the rule needs, [B, T, H or 1, 1]. */
export interface Lesson<A> {
  readonly q: Tensor
  readonly k: Tensor
  readonly v: Tensor
  readonly at: A
}

export interface Learning<A> {
  readonly network: InnerNetwork
  readonly rule: LearningRule<A>
  /** C: tokens of a mini-batch. */
  readonly size: number
}

interface Places extends Timeline {
  /** Position of each token in its document, [B, T] i32. */
  readonly positions: Tensor
}

/** By set and layer, as leaves of a mixer's state: [B, H, inputs, outputs]. */
export function learnedState(
  sets: LearningRule<unknown>['sets'],
  shape: Pick<InnerNetwork, 'heads' | 'widths' | 'bias'>,
  batch: number,
) {
  const leaves = Object.keys(sets).flatMap((name) =>
    weightShapes(shape).map((extents, index) => {
      const leaf = { shape: [batch, shape.heads, ...extents], dtype: 'f32', change: 'replace' } as const
      return [`${name}${index + 1}`, leaf] as const
    }),
  )
  return Object.fromEntries(leaves)
}

type State = Readonly<Record<string, Tensor>>

function ofState<A>({ network, rule }: Learning<A>, state: State): Learned {
  return eachSet(rule.sets, (name, kind) =>
    network.start.map((start, index) => {
      const leaf = state[`${name}${index + 1}`]
      return kind === 'weights' ? add(leaf, start) : leaf
    }),
  )
}

function toState<A>({ network, rule }: Learning<A>, learned: Learned): State {
  const leaves = Object.entries(rule.sets).flatMap(([name, kind]) =>
    learned[name].map((weights, index): [string, Tensor] => {
      return [`${name}${index + 1}`, kind === 'weights' ? sub(weights, network.start[index]) : weights]
    }),
  )
  return Object.fromEntries(leaves)
}

function eachSet<V>(sets: LearningRule<unknown>['sets'], value: (name: string, kind: 'weights' | 'changes') => V) {
  return Object.fromEntries(Object.entries(sets).map(([name, kind]) => [name, value(name, kind)]))
}

/** The definition: token after token, each with a gradient for all weights. y [B, T, H, D]. */
export function learnByToken<A>(learning: Learning<A>, lesson: Lesson<A>, state: State, places: Places) {
  const { network, rule, size } = learning
  const [B] = places.positions.shape
  const learned = ofState(learning, state)
  const beginning = startingWeights(network, B)
  const nothing = beginning.map(({ shape }) => zeros(shape))
  const { ys, memory } = loopOverTime(
    (before: Learned, token: { lesson: Lesson<A>; position: Tensor }) => {
      const { q, k, v, at } = mapTree(token.lesson, (x: Tensor) => unsqueeze(x, 2)) as Lesson<A>
      const after = rule.learn(before, weightGradient(network, before.start, k, v), at)
      const y = runWith(network, q, rule.read(after, at))
      const ends = reshape(endsBatch(token.position, size), [B, 1, 1, 1])
      return { memory: rule.close(after, ends), y: squeeze(y, 2) }
    },
    learned,
    { lesson, position: places.positions },
    places,
    eachSet(rule.sets, (_, kind) => (kind === 'weights' ? beginning : nothing)),
  )
  return { y: ys, state: toState(learning, memory) }
}

/** Whether a mini-batch ends with the token at a position. */
function endsBatch(position: Tensor, size: number): Tensor {
  return equal(mod(position, size), size - 1)
}

/** One token by the dual form, T = 1; where documents are packed or padded, by the definition. y [B, 1, H, D]. */
export function learnOne<A>(learning: Learning<A>, lesson: Lesson<A>, state: State, places: Places) {
  if (places.documents) return learnByToken(learning, lesson, state, places)
  const { positions } = places
  const window = mapTree(lesson, (x: Tensor) => transpose(x, [0, 2, 1, 3])) as Lesson<A>
  const real = reshape(greaterEqual(positions, 0), [-1, 1, 1, 1])
  const ends = reshape(endsBatch(positions, learning.size), [-1, 1, 1, 1])
  const plan = learning.rule.plan(window.at, real)
  const { y, learned } = learnWindow(learning, ofState(learning, state), { ...window, plan, ends })
  return { y: transpose(y, [0, 2, 1, 3]), state: toState(learning, learned) }
}

interface Window {
  readonly q: Tensor
  readonly k: Tensor
  readonly v: Tensor
  readonly plan: LearningPlan
  readonly ends: Tensor
}

/** The tokens of a call that belong to one mini-batch, q, k and v [B, H, C, D]. */
export function learnWindow<A>(
  { network, rule }: Learning<A>,
  before: Learned,
  { q, k, v, plan, ends }: Window,
): { y: Tensor; learned: Learned } {
  const { reads, own, keeps, writes } = plan
  const parts = gradientParts(network, before.start, k, v)
  const total = (terms: readonly Tensor[]) => terms.reduce((a, b) => add(a, b))
  const y = runInner(network, q, (x, index) => {
    const given = Object.entries(reads).map(([name, share]) => mul(share, matmul(x, before[name][index])))
    const overlaps = matmul(x, parts[index].x, { transposeB: true })
    return sub(total(given), matmul(mul(own, overlaps), parts[index].delta))
  })
  const after = Object.entries(keeps).map(([name, shares]): [string, Weights] => [
    name,
    parts.map(({ x, delta }, index) => {
      const kept = Object.entries(shares).map(([other, share]) => mul(share, before[other][index]))
      return sub(total(kept), matmul(mul(writes[name], x), delta, { transposeA: true }))
    }),
  ])
  return { y, learned: rule.close({ ...before, ...Object.fromEntries(after) }, ends) }
}

/** Mini-batch after mini-batch by the dual form; packed documents and padding take the definition. y [B, T, H, D]. */
export function learnInWindows<A>(learning: Learning<A>, lesson: Lesson<A>, state: State, places: Places) {
  if (places.documents) return learnByToken(learning, lesson, state, places)
  const { windows, real, ends, back } = alignedWindows(lesson, places.positions, learning.size)
  const sequences = { ...windows, plan: learning.rule.plan(windows.at, real), ends }
  const { carry, ys } = scan(
    (before: Learned, window: Window) => {
      const { y, learned } = learnWindow(learning, before, window)
      return { carry: learned, y }
    },
    ofState(learning, state),
    sequences,
  )
  return { y: back(ys), state: toState(learning, carry) }
}
