/** Activations by name, for mechanisms that are built with more than one. */
import {
  add,
  erfShare,
  gelu,
  maximum,
  minimum,
  mul,
  relu,
  sigmoid,
  silu,
  softplus,
  square,
  type Tensor,
  tanh,
} from '../engine/index.js'

/** The approximation of GELU by a tangent: Hendrycks and Gimpel 2016, arXiv:1606.08415, section 2. */
function geluTanh(x: Tensor): Tensor {
  const inner = mul(add(x, mul(mul(square(x), x), 0.044715)), Math.sqrt(2 / Math.PI))
  return mul(mul(x, 0.5), add(tanh(inner), 1))
}

/** The distribution function of a normal variable whose mean is √½ and whose variance 1 / 4π: arXiv:2209.10655, eq. 16. */
function laplace(x: Tensor): Tensor {
  return erfShare(mul(add(x, -Math.SQRT1_2), Math.sqrt(2 * Math.PI)))
}

const clipped = (x: Tensor, least: number, most: number) => minimum(maximum(x, least), most)

export const activationNames = [
  'identity',
  'gelu',
  'gelu-tanh',
  'gelu-sigmoid',
  'gelu-clipped',
  'relu',
  'relu-squared',
  'relu6',
  'leaky-relu',
  'silu',
  'silu-hard',
  'mish',
  'sigmoid',
  'tanh',
  'laplace',
] as const
/**
 * Those in front of a recurrence: none grows faster than its input, whose squares would reach other documents as
 * infinity, and none is bounded, which would leave features of ± 1 whose sums cancel.
 */
export const activationsBeforeMemory = [
  'identity',
  'gelu',
  'gelu-tanh',
  'gelu-sigmoid',
  'relu',
  'leaky-relu',
  'silu',
  'silu-hard',
  'mish',
] as const satisfies readonly ActivationName[]
export type ActivationName = (typeof activationNames)[number]

export const activations: Readonly<Record<ActivationName, (x: Tensor) => Tensor>> = {
  identity: (x) => x,
  gelu,
  'gelu-tanh': geluTanh,
  // arXiv:1606.08415, section 2, with the factor of 1.702.
  'gelu-sigmoid': (x) => mul(x, sigmoid(mul(x, 1.702))),
  // arXiv:2004.09602, section 5: within ± 10.
  'gelu-clipped': (x) => clipped(gelu(x), -10, 10),
  relu,
  'relu-squared': (x) => square(relu(x)),
  relu6: (x) => clipped(x, 0, 6),
  'leaky-relu': (x) => maximum(x, mul(x, 0.01)),
  silu,
  // arXiv:1905.02244, section 5.2.
  'silu-hard': (x) => mul(x, mul(clipped(add(x, 3), 0, 6), 1 / 6)),
  // arXiv:1908.08681.
  mish: (x) => mul(x, tanh(softplus(x))),
  sigmoid,
  tanh,
  laplace,
}
