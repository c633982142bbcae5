/** Tokens around each one in its document, for convolutions that see both ways. */
import { add, flip, full, mul, reshape, slice, type Tensor, zeros } from '../engine/index.js'
import { lookBack } from './look-back.js'

/** x_{t+d} of x [B, T, C] for d = −reach … reach, zero outside of the document. Padding does not count. */
export function neighbours(x: Tensor, reach: number, documents: Tensor | undefined): readonly Tensor[] {
  const [B, , C] = x.shape
  const past = zeros([B, reach, C])
  const distances = Array.from({ length: reach }, (_, index) => reach - index)
  // Nothing is carried: −2 is the document of no token.
  const carriedDocument = full([B], -2, 'i32')
  const before = lookBack(x, past, distances, { documents, carriedDocument }).seen
  const mirrored = { documents: documents && flip(documents, 1), carriedDocument }
  const after = lookBack(flip(x, 1), past, distances, mirrored).seen.map((t) => flip(t, 1))
  return [...before, x, ...after.toReversed()]
}

/** Values [B, T, H·D] convolved over tokens by one kernel a head, [K, H]. */
export function convolveHeads(v: Tensor, kernel: Tensor, documents: Tensor | undefined): Tensor {
  const [K, H] = kernel.shape
  const [B, T, width] = v.shape
  const seen = neighbours(v, (K - 1) / 2, documents)
  const weighed = seen.map((t, tap) =>
    mul(reshape(t, [B, T, H, width / H]), reshape(slice(kernel, 0, tap, tap + 1), [H, 1])),
  )
  return reshape(
    weighed.reduce((a, b) => add(a, b)),
    [B, T, width],
  )
}
