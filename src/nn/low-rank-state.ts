/**
 * Linear systems with A = Λ − P P* for diagonal Λ, in steps by the bilinear rule: Gu et al. 2021, arXiv:2111.00396,
 * section 3. All complex numbers stand for conjugate pairs, and real states hold real parts before imaginary ones.
 */
import {
  add,
  broadcastTo,
  type Complex,
  complexConj,
  complexDiv,
  complexMul,
  complexScale,
  complexSquaredAbs,
  complexSub,
  concat,
  constant,
  div,
  full,
  irfft,
  matmul,
  mul,
  neg,
  split,
  sqrt,
  squeeze,
  stack,
  sub,
  sum,
  type Tensor,
  unsqueeze,
} from '../engine/index.js'
import { matrix } from './chunks.js'
import { type DenseParts, denseSystem, powerLessOne } from './dense-state.js'
import type { LinearSystem } from './linear-system.js'

export interface LowRankParts {
  /** Λ, P, B [N] or [C, N]. */
  readonly diagonal: Complex
  readonly lowRank: Complex
  readonly write: Complex
  /** C [C, N]: y = 2 Re Σ C h. */
  readonly read: Complex
  /** Δ [C, 1] */
  readonly step: Tensor
}

/**
 * Each step as a change M of the real state, the inverse by Woodbury's identity: with R = (1 − ΔΛ/2)⁻¹ and
 * w = Δ / (2 + Δ P*RP), M = ΔRΛ − 2w RP P*R and B̄ = Δ(RB − w RP P*RB).
 */
export function lowRankSteps({ diagonal, lowRank, write, read, step }: LowRankParts): DenseParts {
  const half = complexScale(diagonal, mul(step, 0.5))
  const R = complexDiv(real(full(half.re.shape, 1)), { re: sub(1, half.re), im: neg(half.im) })
  const [RP, PR] = [complexMul(R, lowRank), complexMul(R, complexConj(lowRank))]
  const inner = (a: Complex, b: Complex) => mul(sum(complexMul(a, b).re, -1, { keep: true }), 2)
  const w = div(step, add(mul(step, inner(PR, lowRank)), 2))
  const turn = complexScale(complexMul(R, diagonal), step)
  const column = unsqueeze(concat([RP.re, RP.im], 1), 2)
  const row = unsqueeze(concat([PR.re, neg(PR.im)], 1), 1)
  const correction = mul(mul(column, row), mul(unsqueeze(w, 2), 4))
  const N = read.re.shape[1]
  const diagonalOf = (values: Tensor) =>
    mul(
      unsqueeze(values, 2),
      matrix(N, N, (i, j) => Number(i === j)),
    )
  const [re, im] = [diagonalOf(turn.re), diagonalOf(turn.im)]
  const rotation = concat([concat([re, neg(im)], 2), concat([im, re], 2)], 1)
  const written = complexScale(complexSub(complexMul(R, write), complexScale(RP, mul(w, inner(PR, write)))), step)
  return {
    change: sub(rotation, correction),
    written: concat([written.re, written.im], 1),
    read: concat([mul(read.re, 2), mul(read.im, -2)], 1),
  }
}

const real = (re: Tensor): Complex => ({ re, im: full(re.shape, 0) })

/**
 * C Āᵗ B̄ for t < length: its generating function at the roots of unity, C̃ (I − Āω)⁻¹ B̄ with C̃ = C (I − Ā^L), by
 * Woodbury's identity from four sums of a Cauchy kernel, then an inverse Fourier transform. [C, length]
 */
export function cauchyKernel(parts: LowRankParts, { change, read: realRead }: DenseParts, length: number): Tensor {
  const { diagonal, lowRank, write, step } = parts
  const L = 2 ** Math.ceil(Math.log2(Math.max(2, length)))
  const cut = squeeze(matmul(unsqueeze(realRead, 1), powerLessOne(change, L)), 1)
  const [re, im] = split(cut, 2, -1)
  const read: Complex = { re: mul(re, -0.5), im: mul(im, 0.5) }
  // ω = exp(−iφ): 1 + ω = 2 cos(φ/2) exp(−iφ/2), 1 − ω = 2i sin(φ/2) exp(−iφ/2); nothing divides by 1 + ω, which may be 0.
  const half = (fn: (angle: number) => number) =>
    constant(Float64Array.from({ length: L / 2 + 1 }, (_, k) => fn((Math.PI * k) / L)))
  const [cosine, sine] = [half(Math.cos), half(Math.sin)]
  const speed = unsqueeze(mul(div(2, step), sine), 1)
  const wide = (t: Tensor) => unsqueeze(t, -1)
  const scaled = mul(wide(sqrt(complexSquaredAbs(diagonal))), cosine)
  const poles = complexDiv(real(full([1, 1, 1], 1)), {
    re: mul(sub(scaled, speed), add(scaled, speed)),
    im: mul(mul(speed, mul(wide(diagonal.re), cosine)), -2),
  })
  const conjugate = complexConj(lowRank)
  const products = [
    complexMul(read, write),
    complexMul(read, lowRank),
    complexMul(conjugate, write),
    complexMul(conjugate, lowRank),
  ]
  const shape = read.re.shape
  const along = (values: (v: Complex) => Tensor) =>
    stack(
      products.map((v) => broadcastTo(values(v), shape)),
      1,
    )
  const still = along((v) => complexMul(v, complexConj(diagonal)).re)
  const moving = along((v) => v.re)
  // Σ (v / (g − λh) + its conjugate mode) = exp(iφ/2) · (−cos Re(vλ̄) + i speed Re v) · pole
  const sums: Complex = {
    re: neg(add(mul(matmul(still, poles.re), cosine), mul(matmul(moving, poles.im), speed))),
    im: sub(mul(matmul(moving, poles.re), speed), mul(matmul(still, poles.im), cosine)),
  }
  const [readWrite, readLow, lowWrite, lowLow] = split(sums.re, 4, 1).map((part, i): Complex => {
    return { re: squeeze(part, 1), im: squeeze(split(sums.im, 4, 1)[i], 1) }
  })
  const twice = mul(cosine, 2)
  const denominator = complexScale(lowLow, twice)
  const low = complexDiv(complexScale(complexMul(readLow, lowWrite), twice), {
    re: add(denominator.re, 1),
    im: denominator.im,
  })
  const spectrum = complexMul(complexScale(complexSub(readWrite, low), 2), { re: cosine, im: sine })
  return irfft(spectrum, L, length)
}

/** State [B, C, 2N]. */
export function lowRankSystem(parts: LowRankParts): LinearSystem<Tensor> {
  const steps = lowRankSteps(parts)
  return { ...denseSystem(steps), kernel: (length) => cauchyKernel(parts, steps, length) }
}
