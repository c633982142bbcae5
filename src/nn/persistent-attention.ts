/** Softmax attention to a window of the last tokens, and to a few learned tokens that are always in sight. */
import { concat, pad, type Tensor, unsqueeze } from '../engine/index.js'
import { attend, type Past } from './attention.js'
import { causalBias } from './documents.js'
import { gaussian } from './initializers.js'
import { attendLocally, seenByAll } from './local-attention.js'
import { parameter } from './parameter.js'
import { documentNumbers, type Heads, pastBias, type WindowCaches, withinWindow } from './window.js'

interface Places {
  readonly positions: Tensor
  readonly documents?: Tensor
}

/** Keys and values of `count` tokens, [H, count, D]. */
export function persistentTokens(count: number, heads: number, width: number) {
  return {
    keys: parameter([heads, count, width], gaussian(1), { decay: false }),
    values: parameter([heads, count, width], gaussian(1), { decay: false }),
  }
}

/** A ring of the window − 1 tokens before. */
export function windowCaches(batch: number, heads: number, width: number, window: number) {
  const token = { shape: [batch, heads, window - 1, width], dtype: 'f32', change: { ring: 2 } } as const
  return {
    keys: token,
    values: token,
    documents: { shape: [batch, window - 1], dtype: 'i32', change: { ring: 1 } },
  } as const
}

/** All pairs at once, or where `inBlocks` and rows are one document without padding, at linear cost. y [B, H, T, D]. */
export function attendWithPersistent(
  { q, k, v }: Heads,
  persistent: Pick<Past, 'keys' | 'values'>,
  caches: WindowCaches,
  places: Places,
  { window, inBlocks }: { readonly window: number; readonly inBlocks: boolean },
) {
  const always = { keys: unsqueeze(persistent.keys, 0), values: unsqueeze(persistent.values, 0) }
  const state = { keys: k, values: v, documents: documentNumbers(places) }
  if (inBlocks && !places.documents) {
    return { y: attendLocally(q, k, v, window, caches, undefined, always), state }
  }
  const seen = seenByAll(always, q.shape[0])
  const bias = pastBias(caches.documents, window, places)
  const past = {
    keys: concat([seen.keys, caches.keys.buffer], 2),
    values: concat([seen.values, caches.values.buffer], 2),
    bias: pad(bias, -1, seen.bias.shape[1], 0),
  }
  return { y: attend(q, k, v, withinWindow(causalBias(places), window, places), past), state }
}
