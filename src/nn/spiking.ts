/** Leaky integrate-and-fire neurons: all-or-nothing outputs of a leaking potential, trained by a surrogate gradient. */
import {
  add,
  cast,
  greaterEqual,
  mul,
  scan,
  sigmoid,
  slice,
  squeeze,
  stopGradient,
  sub,
  type Tensor,
  transpose,
  zeros,
} from '../engine/index.js'

/** Potentials lose half of themselves a step. */
const leak = 0.5
/** Slope of the sigmoid that stands for a spike in the backward pass. */
const slope = 4

/** 1 where the potential reaches the threshold, else 0; its gradient is that of a sigmoid, which no difference quotient sees. */
export function spike(potential: Tensor, threshold: number): Tensor {
  const soft = sigmoid(mul(sub(potential, threshold), slope))
  const hard = cast(greaterEqual(potential, threshold), 'f32')
  return add(soft, stopGradient(sub(hard, soft)))
}

/** Spikes of x [B, T, C]: v_t = ½ v_{t−1} + ½ x_t fires at the threshold and begins again at 0. */
export function leakyIntegrateAndFire(x: Tensor, threshold: number): Tensor {
  const start = zeros(squeeze(slice(x, 1, 0, 1), 1).shape)
  const { ys } = scan(
    (before: Tensor, at: Tensor) => {
      const potential = add(mul(before, leak), mul(at, 1 - leak))
      const fired = spike(potential, threshold)
      return { carry: mul(potential, sub(1, stopGradient(fired))), y: fired }
    },
    start,
    transpose(x, [1, 0, 2]),
  )
  return transpose(ys, [1, 0, 2])
}
