/**
 * Layers whose state is the weights of an inner network, learned as tokens come: in mini-batches of C tokens of the
 * document, with all gradients of a mini-batch taken at the weights before it.
 *
 *   y_t = f(q_t; W_t),  W_t = Σ_j r_{tj} W_j − Σ_{s≤t} c_{ts} ∇ℓ_s     W_j before the tokens, ∇ℓ_s = x_sᵀ δ_s
 *   x W_t = Σ_j r_{tj} x W_j − Σ_s c_{ts} (x · x_s) δ_s                 a layer of f, no W_t formed: the dual form
 *
 * after Sun et al. 2024, arXiv:2407.04620, section 2.5 and appendix A. What r and c are is the rule's. Weights are kept
 * as what was added to their learned start, and where they fade, as the share of it that is left: nothing is rounded
 * against the start, and gradients reach it.
 */
import {
  add,
  equal,
  full,
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
  type Weights,
  weightGradient,
  weightShapes,
} from './inner-network.js'
import { loopOverTime, type Timeline } from './recurrence.js'

/**
 * Sets of weights by name; `start` are those that gradients are taken at. Of each, what was added to the learned start, a
 * matrix a layer, and as the last the share of the start in it, [B, H, 1, 1].
 */
export type Learned = Readonly<Record<string, Weights>>

/** Whether a set is the learned start plus changes, changes alone, or loses its share of the start. */
type Kind = 'weights' | 'changes' | 'fading weights'
type Sets = Readonly<Record<string, Kind>>

/** How weights follow from gradients. All that is given for a token or window ends in [C, 1] or [1, 1]. */
export interface LearningRule<A> {
  readonly sets: Sets
  /** One token. */
  learn(learned: Learned, gradient: Weights, at: A): Learned
  /** The set that is read after a token. */
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

/** What is learned and asked: q, k and v [B, T, H, D], and what the rule needs, [B, T, H or 1, 1], unless said otherwise. */
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

/** By set and layer, as leaves of a mixer's state: [B, H, inputs, outputs], and shares [B, H, 1, 1]. */
export function learnedState(sets: Sets, shape: Pick<InnerNetwork, 'heads' | 'widths' | 'bias'>, batch: number) {
  const leaf = (extents: readonly number[], fill: number) => {
    return { shape: [batch, shape.heads, ...extents], dtype: 'f32', change: 'replace', fill } as const
  }
  const leaves = Object.entries(sets).flatMap(([name, kind]) => [
    ...weightShapes(shape).map((extents, index) => [`${name}${index + 1}`, leaf(extents, 0)] as const),
    ...(kind === 'fading weights' ? [[`${name}Share`, leaf([1, 1], 1)] as const] : []),
  ])
  return Object.fromEntries(leaves)
}

export type LearnedState = Readonly<Record<string, Tensor>>

/** The sets of a state; what it does not hold is as before the first token. */
export function ofState<A>({ network, rule }: Learning<A>, state: LearnedState, batch: number): Learned {
  const { heads, start } = network
  return eachSet(rule.sets, (name, kind) => [
    ...start.map(({ shape }, index) => state[`${name}${index + 1}`] ?? zeros([batch, ...shape])),
    state[`${name}Share`] ?? full([batch, heads, 1, 1], kind === 'changes' ? 0 : 1),
  ])
}

export function toState<A>({ network, rule }: Learning<A>, learned: Learned): LearnedState {
  const leaves = Object.entries(rule.sets).flatMap(([name, kind]) => [
    ...network.start.map((_, index): [string, Tensor] => [`${name}${index + 1}`, learned[name][index]]),
    ...(kind === 'fading weights' ? [[`${name}Share`, learned[name][network.start.length]] as [string, Tensor]] : []),
  ])
  return Object.fromEntries(leaves)
}

function eachSet<V>(sets: Sets, value: (name: string, kind: Kind) => V): Readonly<Record<string, V>> {
  return Object.fromEntries(Object.entries(sets).map(([name, kind]) => [name, value(name, kind)]))
}

/** The weights themselves. */
export function weightsIn({ start }: InnerNetwork, set: Weights): Weights {
  return start.map((weights, index) => add(set[index], mul(weights, set[start.length])))
}

/** The definition for one token, q, k and v [B, H, 1, D], at its position [B]. */
export function learnToken<A>(
  { network, rule, size }: Learning<A>,
  before: Learned,
  { q, k, v, at }: Lesson<A>,
  position: Tensor,
): { y: Tensor; learned: Learned } {
  const gradient = weightGradient(network, weightsIn(network, before.start), k, v)
  const share = zeros([position.shape[0], network.heads, 1, 1])
  const after = rule.learn(before, [...gradient, share], at)
  const y = runWith(network, q, weightsIn(network, rule.read(after, at)))
  return { y, learned: rule.close(after, reshape(endsBatch(position, size), [-1, 1, 1, 1])) }
}

/** The definition: token after token, each with a gradient for all weights. y [B, T, H, D]. */
export function learnByToken<A>(learning: Learning<A>, lesson: Lesson<A>, state: LearnedState, places: Places) {
  const [B] = places.positions.shape
  const { ys, memory } = loopOverTime(
    (before: Learned, token: { lesson: Lesson<A>; position: Tensor }) => {
      const inner = mapTree(token.lesson, (x: Tensor) => unsqueeze(x, 2)) as Lesson<A>
      const { y, learned } = learnToken(learning, before, inner, token.position)
      return { memory: learned, y: squeeze(y, 2) }
    },
    ofState(learning, state, B),
    { lesson, position: places.positions },
    places,
    ofState(learning, {}, B),
  )
  return { y: ys, state: toState(learning, memory) }
}

/** Whether a mini-batch ends with the token at a position. */
function endsBatch(position: Tensor, size: number): Tensor {
  return equal(mod(position, size), size - 1)
}

/** One token by the dual form, T = 1; where documents are packed or padded, by the definition. y [B, 1, H, D]. */
export function learnOne<A>(learning: Learning<A>, lesson: Lesson<A>, state: LearnedState, places: Places) {
  if (places.documents) return learnByToken(learning, lesson, state, places)
  const { positions } = places
  const window = mapTree(lesson, (x: Tensor) => transpose(x, [0, 2, 1, 3])) as Lesson<A>
  const real = reshape(greaterEqual(positions, 0), [-1, 1, 1, 1])
  const ends = reshape(endsBatch(positions, learning.size), [-1, 1, 1, 1])
  const plan = learning.rule.plan(window.at, real)
  const { y, learned } = learnWindow(learning, ofState(learning, state, positions.shape[0]), { ...window, plan, ends })
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
  const weights = eachSet(rule.sets, (name, kind) =>
    kind === 'changes' ? before[name] : weightsIn(network, before[name]),
  )
  const parts = gradientParts(network, weights.start, k, v)
  const total = (terms: readonly Tensor[]) => terms.reduce((a, b) => add(a, b))
  const y = runInner(network, q, (x, index) => {
    const given = Object.entries(reads).map(([name, share]) => mul(share, matmul(x, weights[name][index])))
    const overlaps = matmul(x, parts[index].x, { transposeB: true })
    return sub(total(given), matmul(mul(own, overlaps), parts[index].delta))
  })
  const after = Object.entries(keeps).map(([name, shares]): [string, Weights] => [
    name,
    before[name].map((_, index) => {
      const kept = total(Object.entries(shares).map(([other, share]) => mul(share, before[other][index])))
      if (index === parts.length) return kept
      return sub(kept, matmul(mul(writes[name], parts[index].x), parts[index].delta, { transposeA: true }))
    }),
  ])
  return { y, learned: rule.close({ ...before, ...Object.fromEntries(after) }, ends) }
}

/** Mini-batch after mini-batch by the dual form; packed documents and padding take the definition. y [B, T, H, D]. */
export function learnInWindows<A>(learning: Learning<A>, lesson: Lesson<A>, state: LearnedState, places: Places) {
  if (places.documents) return learnByToken(learning, lesson, state, places)
  const { windows, real, ends, back } = alignedWindows(lesson, places.positions, learning.size)
  const sequences = { ...windows, plan: learning.rule.plan(windows.at, real), ends }
  const { carry, ys } = scan(
    (before: Learned, window: Window) => {
      const { y, learned } = learnWindow(learning, before, window)
      return { carry: learned, y }
    },
    ofState(learning, state, places.positions.shape[0]),
    sequences,
  )
  return { y: back(ys), state: toState(learning, carry) }
}
