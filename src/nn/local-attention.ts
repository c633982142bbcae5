/** Softmax attention to the last `window` tokens at linear cost: blocks of queries against their own and the block before. */
import {
  add,
  and,
  broadcastTo,
  type Cache,
  concat,
  full,
  gather,
  greaterEqual,
  iota,
  less,
  mod,
  mul,
  pad,
  reshape,
  slice,
  sub,
  type Tensor,
  transpose,
  unsqueeze,
  zeros,
} from '../engine/index.js'
import { attend, type Past } from './attention.js'
import { scoreBias } from './documents.js'

/**
 * o_t = softmax over the last `window` tokens, oneself included, of q_t·k_s / √D, for q [B, H, T, D], k and v
 * [B, Hₖ, T, D] of one document without padding. `past` holds rings of the window − 1 tokens before, [B, Hₖ, window − 1, D].
 * With `reach` [B, T] each query sees only that many tokens, oneself included, at most `window`; `always` are keys and
 * values [1, Hₖ, P, D] that every query sees besides.
 */
export function attendLocally(
  q: Tensor,
  k: Tensor,
  v: Tensor,
  window: number,
  past: { readonly keys: Cache; readonly values: Cache },
  reach?: Tensor,
  always?: Pick<Past, 'keys' | 'values'>,
): Tensor {
  const [B, H, T, D] = q.shape
  const blocks = Math.ceil(T / window)
  const filler = blocks * window - T
  // One place before the past makes it a block: blocks n and n + 1 of the keys are what query block n may see.
  const inBlocks = (old: Tensor, fresh: Tensor) => {
    const all = pad(concat([old, fresh], 2), 2, 1, filler)
    const [, heads, , width] = all.shape
    const whole = reshape(all, [B, heads, blocks + 1, window, width])
    const pairs = concat([slice(whole, 2, 0, blocks), slice(whole, 2, 1, blocks + 1)], 3)
    return foldBlocks(pairs)
  }
  const queries = foldBlocks(reshape(pad(q, 2, 0, filler), [B, H, blocks, window, D]))
  const keys = inBlocks(inOrder(past.keys, window), k)
  const values = inBlocks(inOrder(past.values, window), v)
  const reaches = reshape(reach ? pad(reach, 1, 0, filler, window) : fullReach(B, blocks, window), [
    B,
    blocks,
    window,
    1,
  ])
  const y = attend(
    queries,
    keys,
    values,
    blockBias(reaches, window, past.keys.used),
    always && seenByAll(always, B * blocks),
  )
  return slice(unfoldBlocks(y, B, blocks), 2, 0, T)
}

/** Keys and values [1, H, P, D] as a past that each of `rows` rows sees all of. */
export function seenByAll({ keys, values }: Pick<Past, 'keys' | 'values'>, rows: number): Past {
  const [, ...shape] = keys.shape
  return {
    keys: broadcastTo(keys, [rows, ...shape]),
    values: broadcastTo(values, [rows, ...values.shape.slice(1)]),
    bias: zeros([1, shape[1]]),
  }
}

/** [B, H, N, C, D] to [B·N, H, C, D]. */
function foldBlocks(x: Tensor): Tensor {
  const [B, H, N, C, D] = x.shape
  return reshape(swapped(x), [B * N, H, C, D])
}

/** [B·N, H, C, D] to [B, H, N·C, D]. */
function unfoldBlocks(x: Tensor, B: number, N: number): Tensor {
  const [, H, C, D] = x.shape
  return reshape(swapped(reshape(x, [B, N, H, C, D])), [B, H, N * C, D])
}

/** The second and third axes exchanged. */
function swapped(x: Tensor): Tensor {
  return transpose(x, [0, 2, 1, 3, 4])
}

/** A ring along axis 2, oldest first. */
export function inOrder({ buffer, used }: Cache, window: number): Tensor {
  if (window <= 2) return buffer
  return gather(buffer, mod(add(used, iota(window - 1)), window - 1), 2)
}

/** Hides what a query does not reach, and places before the first token: [B·N, 1, C, 2C] for reaches [B, N, C, 1]. */
function blockBias(reaches: Tensor, window: number, used: Tensor): Tensor {
  const [B, blocks] = reaches.shape
  const seen = iota(2 * window)
  // Key place j of a pair lies window + i − j tokens before query i.
  const distance = sub(add(unsqueeze(iota(window), 1), window), unsqueeze(seen, 0))
  const near = and(greaterEqual(distance, 0), less(distance, reaches))
  // In block n, key place j is token n·window + j − window of this call; of those before it, `used` are real.
  const token = add(reshape(mul(iota(blocks), window), [blocks, 1, 1]), sub(seen, window))
  return reshape(scoreBias(and(near, greaterEqual(add(token, used), 0))), [B * blocks, 1, window, 2 * window])
}

function fullReach(B: number, blocks: number, window: number): Tensor {
  return full([B, blocks * window], window, 'i32')
}
