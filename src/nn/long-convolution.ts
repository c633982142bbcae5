/**
 * Convolutions as long as the text: y_t = Σ_{s≤t} k_{t−s} ∘ x_s over all earlier tokens of the document, each channel by
 * itself. Lags count tokens, not padding; beyond the kernel they weigh nothing.
 *
 * A whole call is one product of Fourier transforms, which are products with two factors of the Fourier matrix (block
 * butterflies, see the engine's `fft`): T log T. Where documents are packed or padded, padding is left out and the row
 * is halved again and again: what the first half of each part does to the second is one product of transforms, masked to
 * the one document that crosses the border: T log² T, and nothing leaks, not even a rounding error.
 */
import {
  add,
  and,
  type Cache,
  complexMul,
  concat,
  equal,
  flip,
  gather,
  greaterEqual,
  iota,
  irfft,
  less,
  matmul,
  maximum,
  minimum,
  mul,
  pad,
  reshape,
  rfft,
  slice,
  split,
  sub,
  sum,
  type Tensor,
  transpose,
  unsqueeze,
  where,
  zeros,
} from '../engine/index.js'
import { chunkLength } from './chunks.js'
import { sameDocument } from './documents.js'
import { causalConvolution, toeplitz } from './linear-system.js'
import { rowsAt } from './look-back.js'
import { latestLast, withoutPadding } from './token-cache.js'

/** The tokens before a call, the latest last. */
export interface Earlier {
  /** [B, S, C]; zeros where there was no token. */
  readonly tokens: Tensor
  /** [B, S] number of each one's document, −1 where there was none; heard where documents are given. */
  readonly numbers: Tensor
}

/** What caches hold, as {@link tokenCache} and {@link numberCache} declare them. */
export const cachedTokens = (tokens: Cache, documents: Cache): Earlier => ({
  tokens: latestLast(tokens),
  numbers: latestLast(documents, -1),
})

/** x [B, T, C] with a kernel [C, lags], or [1, lags] for all channels, after earlier tokens: y [B, T, C]. */
export function longConvolution(
  x: Tensor,
  kernel: Tensor,
  earlier: Earlier,
  { documents }: { readonly documents?: Tensor },
): Tensor {
  const [B, T, C] = x.shape
  const S = earlier.tokens.shape[1]
  if (!documents) {
    const own = causalConvolution(swap(x), reaching(kernel, T))
    if (S === 0) return swap(own)
    const before = reshape(swap(earlier.tokens), [B, C, 1, S])
    return swap(add(own, reshape(onward(before, kernel, T), [B, C, T])))
  }
  const size = chunkLength(S + T)
  const numbers = concat([earlier.numbers, documents], 1)
  const { order, rank } = withoutPadding(numbers)
  const line = pad(rowsAt(concat([earlier.tokens, x], 1), order), 1, 0, size - S - T)
  const y = withinDocuments(swap(line), kernel, pad(rowsAt(numbers, order), 1, 0, size - S - T, -1))
  return rowsAt(swap(y), slice(rank, 1, S))
}

/** The same by its definition, with a weight for each pair of tokens: T² products a channel. */
export function longConvolutionByPairs(
  x: Tensor,
  kernel: Tensor,
  earlier: Earlier,
  { documents }: { readonly documents?: Tensor },
): Tensor {
  const [, T] = x.shape
  const S = earlier.tokens.shape[1]
  const reach = kernel.shape[1]
  const tokens = concat([earlier.tokens, x], 1)
  const place = iota(S + T)
  const numbers = documents && concat([earlier.numbers, documents], 1)
  const rank = numbers ? withoutPadding(numbers).rank : unsqueeze(place, 0)
  const lag = sub(unsqueeze(slice(rank, 1, S), 2), unsqueeze(rank, 1))
  const earlierOrSame = greaterEqual(unsqueeze(slice(place, 0, S), 1), place)
  const within = and(and(earlierOrSame, greaterEqual(lag, 0)), less(lag, reach))
  const visible = numbers ? and(within, sameDocument(documents, numbers)) : within
  const weights = gather(transpose(kernel), minimum(maximum(lag, 0), reach - 1), 0)
  return sum(where(unsqueeze(visible, 3), mul(weights, unsqueeze(tokens, 1)), 0), 2)
}

/** [B, T, C] to [B, C, T] and back. */
const swap = (x: Tensor) => transpose(x, [0, 2, 1])

/** The first `count` lags of a kernel, zero beyond its end. */
function reaching(kernel: Tensor, count: number): Tensor {
  const given = kernel.shape[1]
  return given < count ? pad(kernel, 1, 0, count - given) : slice(kernel, 1, 0, count)
}

/** Up to this many tokens a matrix of shifted kernels is cheaper than Fourier transforms. */
const shortest = 64

/** What S tokens x [B, C, P, S] do to the next T ones: Σ_s k_{S+t−s} x_s, [B, C, P, T]. */
function onward(x: Tensor, kernel: Tensor, T: number): Tensor {
  const S = x.shape[3]
  const heard = reaching(kernel, S + T)
  if (T === 1) return sum(mul(x, unsqueeze(flip(slice(heard, 1, 1), 1), 1)), 3, { keep: true })
  if (S + T <= shortest) return matmul(x, slice(slice(toeplitz(heard), 1, 0, S), 2, S))
  // Around a circle of S + T places the end of the product falls on the first S, which nobody reads.
  const circle = chunkLength(S + T)
  const spectrum = rfft(unsqueeze(heard, 1), circle)
  return slice(irfft(complexMul(rfft(x, circle), spectrum), circle, S + T), 3, S)
}

/** x [B, C, n] without padding, n a power of two, with the number of each token's document [B, n]. */
function withinDocuments(x: Tensor, kernel: Tensor, numbers: Tensor): Tensor {
  const [B, C, n] = x.shape
  let y = mul(x, slice(kernel, 1, 0, 1))
  for (let half = 1; half < n; half *= 2) {
    const parts = n / (2 * half)
    const [first] = split(reshape(x, [B, C, parts, 2 * half]), 2, 3)
    const [earlier, later] = split(reshape(numbers, [B, 1, parts, 2 * half]), 2, 3)
    const border = slice(earlier, 3, half - 1)
    const heard = onward(where(equal(earlier, border), first, 0), kernel, half)
    const added = concat([zeros(heard.shape), where(equal(later, border), heard, 0)], 3)
    y = add(y, reshape(added, [B, C, n]))
  }
  return y
}
