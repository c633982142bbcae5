/** Which positions see each other: causality, packed documents, padding, prefixes. Masks select, they never multiply. */
import {
  and,
  concat,
  equal,
  greaterEqual,
  iota,
  less,
  maximum,
  or,
  slice,
  type Tensor,
  unsqueeze,
  where,
  zeros,
} from '../engine/index.js'

interface Positions {
  readonly positions: Tensor
  readonly documents?: Tensor
  readonly prefix?: Tensor
}

/** Score added where a position is hidden: no score outweighs it. Every query sees itself, so no row is hidden whole. */
const hidden = Number.NEGATIVE_INFINITY

/** 0 where query t sees key s ≤ t of the same call, −∞ elsewhere: [T, T] or [B, 1, T, T]. */
export function causalBias({ positions, documents, prefix }: Positions): Tensor {
  const T = positions.shape[1]
  const earlier = greaterEqual(unsqueeze(iota(T), 1), unsqueeze(iota(T), 0))
  const mutual =
    prefix && and(less(unsqueeze(positions, 1), inner(prefix)), less(unsqueeze(positions, 2), inner(prefix)))
  const visible = mutual ? or(earlier, mutual) : earlier
  const allowed = documents ? and(visible, sameDocument(documents, documents)) : visible
  return scoreBias(allowed.rank === 3 ? unsqueeze(allowed, 1) : allowed)
}

/** 0 where both tokens are of one document, whichever comes first, −∞ elsewhere: [1, 1] or [B, 1, T, T]. */
export function mutualBias({ documents }: Pick<Positions, 'documents'>): Tensor {
  return documents ? unsqueeze(scoreBias(sameDocument(documents, documents)), 1) : zeros([1, 1])
}

function inner(perRow: Tensor): Tensor {
  return unsqueeze(unsqueeze(perRow, 1), 2)
}

/** Whether row t of a [B, T] and column s of b [B, S] belong to one document: [B, T, S]. */
export function sameDocument(a: Tensor, b: Tensor): Tensor {
  return equal(unsqueeze(a, 2), unsqueeze(b, 1))
}

/** 0 where allowed, −∞ elsewhere. */
export function scoreBias(allowed: Tensor): Tensor {
  return where(allowed, 0, hidden)
}

/** Whether a token is real: [B, T] of booleans, undefined where all are. */
export function isToken(documents: Tensor | undefined): Tensor | undefined {
  return documents && greaterEqual(documents, 0)
}

/** Running maximum along the rows of [B, T], for i32, by doubling. */
export function cumulativeMaximum(x: Tensor): Tensor {
  let result = x
  for (let shift = 1; shift < x.shape[1]; shift *= 2) {
    const T = x.shape[1]
    result = concat(
      [slice(result, 1, 0, shift), maximum(slice(result, 1, shift, T), slice(result, 1, 0, T - shift))],
      1,
    )
  }
  return result
}
