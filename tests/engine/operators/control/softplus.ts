import { customGradient } from '#seqlab/engine/operators/control.js'
import { mul } from '#seqlab/engine/operators/elementwise.js'
import { sigmoid, softplus } from '#seqlab/engine/operators/unary.js'
import type { Tensor } from '#seqlab/engine/tensor.js'

/** softplus with its gradient written by hand. */
export const handSoftplus = (x: Tensor): Tensor =>
  customGradient(
    [x],
    (x) => ({ outputs: [softplus(x)], saved: [x] }),
    ([x], [g]) => [mul(g, sigmoid(x))],
  )[0]
