/** Tokens around each one in its document, for convolutions that see both ways. */
import { flip, full, type Tensor, zeros } from '../engine/index.js'
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
