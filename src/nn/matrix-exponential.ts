/** Orthogonal matrices chosen by the input: exponentials of skew-symmetric ones. */
import {
  add,
  constant,
  div,
  matmul,
  mul,
  reshape,
  sqrt,
  square,
  sub,
  sum,
  type Tensor,
  transpose,
} from '../engine/index.js'

/** Largest norm of what is exponentiated: enough to turn any plane by more than half a circle. */
const largest = 4
/** With A / 2⁵ of norm at most 1/8, a series of eight terms leaves less than rounding does. */
const squarings = 5
const terms = 8

/** Numbers that a skew-symmetric N × N matrix has of its own. */
export const skewCount = (N: number): number => (N * (N - 1)) / 2

/**
 * exp(A − Aᵀ) for the entries of A above the diagonal, [..., N (N − 1) / 2], as orthogonal matrices [..., N, N]: a Taylor
 * series of A / 2^s, squared s times. Entries of a norm far above {@link largest} are shortened to it, smoothly, so that no
 * input overflows.
 */
export function orthogonal(entries: Tensor, N: number): Tensor {
  const lead = entries.shape.slice(0, -1)
  const bounded = mul(entries, largest)
  const length = sqrt(add(sum(square(entries), -1, { keep: true }), largest ** 2))
  const upper = reshape(matmul(div(bounded, length), placement(N)), [...lead, N, N])
  const axes = [...lead.keys(), lead.length + 1, lead.length]
  const small = mul(sub(upper, transpose(upper, axes)), 2 ** -squarings)
  // exp(A) − I, because squaring I + M through 2M + M² loses nothing of a small M.
  let power = small
  let change = small
  for (let n = 2; n <= terms; n++) {
    power = mul(matmul(power, small), 1 / n)
    change = add(change, power)
  }
  for (let n = 0; n < squarings; n++) change = add(mul(change, 2), matmul(change, change))
  return add(change, identity(N))
}

/** Puts the entries above the diagonal, row by row: [N (N − 1) / 2, N²]. */
function placement(N: number): Tensor {
  const places = Array.from({ length: N }, (_, i) =>
    Array.from({ length: N - i - 1 }, (_, j) => i * N + i + j + 1),
  ).flat()
  const data = new Float32Array(places.length * N * N)
  for (const [row, place] of places.entries()) data[row * N * N + place] = 1
  return constant(data, [places.length, N * N])
}

function identity(N: number): Tensor {
  return constant(
    Float32Array.from({ length: N * N }, (_, i) => +(i % (N + 1) === 0)),
    [N, N],
  )
}
