/** Linear systems whose transition is diagonal, in complex or real numbers: each mode of the state decays and turns by itself. */
import {
  add,
  type Complex,
  complexDiv,
  complexMul,
  complexScale,
  concat,
  cos,
  exp,
  flip,
  full,
  matmul,
  mul,
  pad,
  reshape,
  sin,
  slice,
  square,
  squeeze,
  sub,
  sum,
  type Tensor,
  tanh,
  transpose,
  unsqueeze,
} from '../engine/index.js'
import { blocksOf, type LinearSystem, toeplitz } from './linear-system.js'
import { loopOverTime, type Timeline } from './recurrence.js'

/** Complex numbers by parts; real ones without the second. */
export interface Modes {
  readonly re: Tensor
  readonly im?: Tensor
}

/** h = kept ∘ h + written u and y = Re Σ read ∘ h; [C, N] each. */
export interface DiagonalParts {
  readonly kept: Modes
  readonly written: Modes
  readonly read: Modes
}

const each = ({ re, im }: Modes, change: (part: Tensor) => Tensor): Modes => ({ re: change(re), im: im && change(im) })

const both = (a: Modes, b: Modes, join: (x: Tensor, y: Tensor) => Tensor): Modes => ({
  re: join(a.re, b.re),
  im: a.im && b.im ? join(a.im, b.im) : (a.im ?? b.im),
})

const sumOf = (a: Modes, b: Modes) => both(a, b, add)

/** Any bilinear product of two numbers. */
function product(a: Modes, b: Modes, times: (x: Tensor, y: Tensor) => Tensor = mul): Modes {
  const re = times(a.re, b.re)
  const cross = [a.im && times(a.im, b.re), b.im && times(a.re, b.im)].filter((part) => part !== undefined)
  return {
    re: a.im && b.im ? sub(re, times(a.im, b.im)) : re,
    im: cross.length > 0 ? cross.reduce((x, y) => add(x, y)) : undefined,
  }
}

/** Its real part. */
function realProduct(a: Modes, b: Modes, times: (x: Tensor, y: Tensor) => Tensor): Tensor {
  const re = times(a.re, b.re)
  return a.im && b.im ? sub(re, times(a.im, b.im)) : re
}

/** aᵏ for k < count, a power of two: [..., N, count], by doubling; and a to that power, [..., N]. */
function powers(a: Modes, count: number): { table: Modes; beyond: Modes } {
  const start = [...a.re.shape, 1]
  let table: Modes = { re: full(start, 1), im: a.im && full(start, 0) }
  let beyond = a
  for (let length = 1; length < count; length *= 2) {
    const further = product(
      table,
      each(beyond, (part) => unsqueeze(part, -1)),
    )
    table = both(table, further, (x, y) => concat([x, y], -1))
    beyond = product(beyond, beyond)
  }
  return { table, beyond }
}

export type Discretization = 'zoh' | 'bilinear'

/** h' = A h + u in steps: h = kept ∘ h + written ∘ u. With zero-order hold exp(ΔA) − 1 is exact where ΔA is small. */
export function discretized(A: Complex, step: Tensor, rule: Discretization): { kept: Complex; written: Complex } {
  const z = complexScale(A, step)
  if (rule === 'bilinear') {
    const below = { re: sub(1, mul(z.re, 0.5)), im: mul(z.im, -0.5) }
    const written = complexScale(complexDiv({ re: full(z.re.shape, 1), im: full(z.re.shape, 0) }, below), step)
    const kept = complexMul(A, written)
    return { kept: { re: add(kept.re, 1), im: kept.im }, written }
  }
  const radius = exp(z.re)
  const kept = { re: mul(radius, cos(z.im)), im: mul(radius, sin(z.im)) }
  const grown = mul(tanh(mul(z.re, 0.5)), add(radius, 1))
  const chord = mul(square(sin(mul(z.im, 0.5))), 2)
  return { kept, written: complexDiv({ re: sub(mul(grown, cos(z.im)), chord), im: kept.im }, A) }
}

/**
 * A product of powers is two tables, of every power up to √T and of every √T-th one: kernel and echo are matrix products
 * of these, and [C, N, T] numbers never exist. State by parts, [B, C, N] each.
 */
export function diagonalSystem({ kept, written, read }: DiagonalParts): LinearSystem<Modes> {
  const tables = (length: number) => {
    const { size, count } = blocksOf(length)
    const { table, beyond } = powers(kept, size)
    return { size, count, fine: table, coarse: powers(beyond, 2 ** Math.ceil(Math.log2(count))).table }
  }
  /** Re Σ weights ∘ keptᵗ for t < length: [..., C, length] from [..., C, N]. */
  const observe = (weights: Modes, length: number) => {
    const { size, count, fine, coarse } = tables(length)
    const wide = each(weights, (part) => unsqueeze(part, -1))
    const rows = product(
      wide,
      each(coarse, (part) => slice(part, -1, 0, count)),
    )
    const values = realProduct(rows, fine, (x, y) => matmul(x, y, { transposeA: true }))
    return slice(reshape(values, [...weights.re.shape.slice(0, -1), count * size]), -1, 0, length)
  }
  return {
    kernel: (length) => observe(product(read, written), length),
    echo: (state, length) => observe(product(state, product(read, kept)), length),
    after(state, u) {
      const [B, C, T] = u.shape
      const { size, count, fine, coarse } = tables(T)
      const recent = reshape(pad(flip(u, -1), -1, 0, count * size - T), [B, C, count, size])
      const inBlocks = each(fine, (part) => matmul(recent, part, { transposeB: true }))
      const blocks = each(coarse, (part) => transpose(slice(part, -1, 0, count), [0, 2, 1]))
      const heard = each(product(inBlocks, blocks), (part) => sum(part, 2))
      const [i, j] = [Math.floor((T - 1) / size), (T - 1) % size]
      const power = product(
        each(coarse, (part) => squeeze(slice(part, -1, i, i + 1), -1)),
        each(fine, (part) => squeeze(slice(part, -1, j, j + 1), -1)),
      )
      return sumOf(product(state, product(power, kept)), product(heard, written))
    },
    step(state, u) {
      const memory = sumOf(
        product(state, kept),
        each(written, (part) => mul(unsqueeze(u, -1), part)),
      )
      return { memory, y: realProduct(memory, read, (x, y) => sum(mul(x, y), -1)) }
    },
  }
}

/** Positions that one product with a matrix of powers takes. */
const block = 32

/**
 * All h_t = kept ∘ h_{t−1} + v_t of complex v [B, T, P] with kept [P], and the last: blocks by products with triangles
 * of powers, their ends by the same again. Documents start from nothing, one step after the other.
 */
export function diagonalScan(kept: Modes, v: Modes, state: Modes, timeline: Timeline): { states: Modes; last: Modes } {
  const T = v.re.shape[1]
  if (timeline.documents || T === 1) {
    const cell = (memory: Modes, at: Modes) => {
      const next = sumOf(product(memory, kept), at)
      return { memory: next, y: next }
    }
    const { ys, memory } = loopOverTime(cell, state, v, timeline)
    return { states: ys, last: memory }
  }
  const begun = both(v, product(kept, state), (part, first) => {
    return concat([add(slice(part, 1, 0, 1), unsqueeze(first, 1)), slice(part, 1, 1)], 1)
  })
  const found = scanned(
    kept,
    each(begun, (part) => transpose(part, [2, 0, 1])),
  )
  const states = each(found, (part) => transpose(part, [1, 2, 0]))
  return { states, last: each(states, (part) => squeeze(slice(part, 1, -1), 1)) }
}

/** The same of [P, B, T] from nothing. */
function scanned(kept: Modes, v: Modes): Modes {
  const [P, B, T] = v.re.shape
  const { table, beyond } = powers(kept, block)
  if (T <= block) {
    const triangle = each(table, (part) => toeplitz(slice(part, -1, 0, T)))
    return product(v, triangle, matmul)
  }
  const count = Math.ceil(T / block)
  const parts = each(v, (part) => reshape(pad(part, -1, 0, count * block - T), [P, B * count, block]))
  const within = each(product(parts, each(table, toeplitz), matmul), (part) => reshape(part, [P, B, count, block]))
  const ends = scanned(
    beyond,
    each(within, (part) => squeeze(slice(part, -1, block - 1), -1)),
  )
  const before = each(ends, (part) => unsqueeze(pad(slice(part, -1, 0, count - 1), -1, 1, 0), -1))
  const further = product(
    table,
    each(kept, (part) => unsqueeze(part, -1)),
  )
  const reach = each(further, (part) => reshape(part, [P, 1, 1, block]))
  return each(sumOf(within, product(before, reach)), (part) => {
    return slice(reshape(part, [P, B, count * block]), -1, 0, T)
  })
}
