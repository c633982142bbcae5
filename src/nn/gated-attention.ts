/**
 * The gated head of attention of Mega, whose queries, keys and gates come from tokens x' that have seen some of the past:
 *   z = silu(x' W_z),  q = κ_q ∘ z + μ_q,  k = κ_k ∘ z + μ_k,  o = f(q kᵀ) v
 *   γ = silu(x' W_γ),  φ = sigmoid(x' W_φ),  ĥ = silu(x' W_h + (γ∘o) U_h),  φ ∘ (ĥ − x)
 * Ma et al. 2022, arXiv:2209.10655, equations 6 to 15. With chunks a token sees its own part of the document only; softmax
 * has the cost of the chunks, but where documents are packed, where it is that of all pairs, as with Laplace.
 */
import {
  add,
  type Cache,
  mod,
  mul,
  name,
  sigmoid,
  silu,
  squeeze,
  sub,
  type Tensor,
  unsqueeze,
} from '../engine/index.js'
import { UserError } from '../platform/errors.js'
import { attend } from './attention.js'
import { causalBias } from './documents.js'
import { one, zero } from './initializers.js'
import { attendByLaplace } from './laplace-attention.js'
import { applyTogether, linear } from './layers.js'
import { attendLocally } from './local-attention.js'
import { type Bound, parameter } from './parameter.js'
import { rotary } from './rotary.js'
import { documentNumbers, pastBias, withinWindow } from './window.js'

export interface GatedAttention {
  readonly dim: number
  readonly bias: boolean
  /** Width of queries and keys. */
  readonly keyWidth: number
  /** Width of the values as a multiple of the model width. */
  readonly expand: number
  readonly attention: 'softmax' | 'laplace'
  /** Tokens of a document that attend to each other; all where nothing is said. */
  readonly chunk?: number
}

const inner = (c: GatedAttention) => Math.round(c.dim * c.expand)

/** @throws UserError for keys that cannot be turned by their positions */
export function requireEvenKeys(mixer: string, { keyWidth }: GatedAttention): void {
  if (keyWidth % 2 === 0) return
  throw new UserError(`${mixer}: keyWidth must be even for rotary positions, got ${keyWidth} – use ${keyWidth + 1}`)
}

export function gatedAttentionMaps(c: GatedAttention) {
  const map = (outputs: number) => linear(c.dim, outputs, { bias: c.bias })
  return {
    shared: map(c.keyWidth),
    queryScale: parameter([c.keyWidth], one),
    queryShift: parameter([c.keyWidth], zero),
    keyScale: parameter([c.keyWidth], one),
    keyShift: parameter([c.keyWidth], zero),
    value: map(inner(c)),
    reset: map(inner(c)),
    update: map(c.dim),
    candidate: map(c.dim),
    fetched: linear(inner(c), c.dim, { bias: false }),
  }
}

/** Keys and values of all tokens, or of the last chunk − 1, in which padding takes places. */
export function gatedAttentionState(c: GatedAttention, batch: number, capacity: number) {
  const kept = c.chunk === undefined ? capacity : c.chunk - 1
  const change = (axis: number) => (c.chunk === undefined ? { append: axis } : { ring: axis })
  return {
    keys: { shape: [batch, 1, kept, c.keyWidth], dtype: 'f32', change: change(2) },
    values: { shape: [batch, 1, kept, inner(c)], dtype: 'f32', change: change(2) },
    documents: { shape: [batch, kept], dtype: 'i32', change: change(1) },
  } as const
}

interface Held {
  readonly keys: Cache
  readonly values: Cache
  readonly documents: Cache
}
interface Positions {
  readonly positions: Tensor
  readonly documents?: Tensor
}

/** x and x' (`averaged`) [B, T, d] to what is added to x, with the new slices of the caches. */
export function gatedAttention(
  p: Bound<ReturnType<typeof gatedAttentionMaps>>,
  { x, averaged }: { readonly x: Tensor; readonly averaged: Tensor },
  held: Held,
  c: GatedAttention,
  context: Positions,
) {
  const v = unsqueeze(silu(p.value(x)), 1)
  const [z, reset, update, candidate] = applyTogether(averaged, [p.shared, p.reset, p.update, p.candidate])
  const turned = (scale: Tensor, shift: Tensor) =>
    rotary(unsqueeze(add(mul(silu(z), scale), shift), 1), context.positions)
  const [q, k] = [turned(p.queryScale, p.queryShift), turned(p.keyScale, p.keyShift)]
  const reach = c.chunk === undefined ? undefined : add(mod(context.positions, c.chunk), 1)
  const hidden = pastBias(held.documents, reach, context)
  const past = { keys: held.keys.buffer, values: held.values.buffer, bias: hidden }
  const bias = withinWindow(causalBias(context), reach, context)
  const inBlocks = c.chunk! > 1 && c.attention === 'softmax' && !context.documents
  const fetch = c.attention === 'softmax' ? attend : attendByLaplace
  const fetched = inBlocks ? attendLocally(q, k, v, c.chunk!, held, reach) : fetch(q, k, v, bias, past)
  const found = silu(add(candidate, p.fetched(mul(silu(reset), squeeze(fetched, 1)))))
  return {
    y: mul(name(sigmoid(update), 'update'), sub(found, x)),
    caches: { keys: k, values: v, documents: documentNumbers(context) },
  }
}
