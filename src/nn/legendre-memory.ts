/**
 * A fixed memory of the last `window` tokens: Legendre coefficients of what was heard, m_t = Ā m_{t−1} + B̄ u_t, with
 * zero-order hold of the matrices in hippo.ts. Voelker et al. 2019; in parallel by Chilkuri and Eliasmith 2021,
 * arXiv:2102.11417, equation 26.
 */
import {
  add,
  constant,
  matmul,
  mul,
  reshape,
  slice,
  squeeze,
  type Tensor,
  transpose,
  unsqueeze,
} from '../engine/index.js'
import { legendreWindow, zeroOrderHold } from './hippo.js'
import { type HostMatrix, identityMatrix, multiplyMatrix } from './host-matrix.js'
import { blocksOf, causalConvolution } from './linear-system.js'
import { loopOverTime, type Timeline } from './recurrence.js'

export interface LegendreMemory {
  /** Coefficients per input. */
  readonly order: number
  /** θ, in tokens. */
  readonly window: number
}

/** x, A x, A² x, … */
function orbit(A: HostMatrix, start: HostMatrix, count: number): HostMatrix[] {
  const result = [start]
  while (result.length < count) result.push(multiplyMatrix(A, result[result.length - 1]))
  return result
}

/** Numbers in the order of all but the last axis of the matrices, which stand along it: [rows · columns, count]. */
function side(matrices: readonly HostMatrix[]): Float64Array {
  const size = matrices[0].data.length
  return Float64Array.from({ length: size * matrices.length }, (_, i) => {
    return matrices[i % matrices.length].data[Math.floor(i / matrices.length)]
  })
}

/** The memory [B, T, M, N] of every input of u [B, T, M] from a state [B, M, N], and the next state. */
export function legendreMemory(
  { order: N, window }: LegendreMemory,
  u: Tensor,
  state: Tensor,
  timeline: Timeline,
): { memory: Tensor; state: Tensor } {
  const [B, T, M] = u.shape
  const { A, B: written } = zeroOrderHold(legendreWindow(N, window), 1)
  if (timeline.documents || T === 1) {
    const [kept, heard] = [constant(A.data, [N, N]), constant(written.data)]
    const cell = (before: Tensor, at: Tensor) => {
      const next = add(matmul(before, kept, { transposeB: true }), mul(unsqueeze(at, 2), heard))
      return { memory: next, y: next }
    }
    const { ys, memory } = loopOverTime(cell, state, u, timeline)
    return { memory: ys, state: memory }
  }
  const kernel = constant(side(orbit(A, written, T)), [N, T])
  const heard = causalConvolution(unsqueeze(transpose(u, [0, 2, 1]), 2), kernel)
  // Āᵗ⁺¹ m from two short tables of powers: of every one, and of every one in `size`.
  const { size, count } = blocksOf(T)
  const fine = orbit(A, A, size)
  const coarse = orbit(fine[size - 1], identityMatrix(N), count)
  const across = constant(side(coarse), [N, N, count])
  const starts = reshape(matmul(reshape(state, [B * M, N]), reshape(transpose(across, [1, 2, 0]), [N, count * N])), [
    B,
    M,
    1,
    count,
    N,
  ])
  const kept = matmul(starts, constant(side(fine), [N, N, size]))
  const memory = add(heard, slice(reshape(kept, [B, M, N, count * size]), 3, 0, T))
  return { memory: transpose(memory, [0, 3, 1, 2]), state: squeeze(slice(memory, 3, -1), 3) }
}
