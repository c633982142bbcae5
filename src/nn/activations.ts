/** Activations by name, for mechanisms that are built with more than one. */
import { add, gelu, mul, relu, sigmoid, silu, square, type Tensor, tanh } from '../engine/index.js'

/** The approximation of GELU by a tangent: Hendrycks and Gimpel 2016, arXiv:1606.08415, section 2. */
function geluTanh(x: Tensor): Tensor {
  const inner = mul(add(x, mul(mul(square(x), x), 0.044715)), Math.sqrt(2 / Math.PI))
  return mul(mul(x, 0.5), add(tanh(inner), 1))
}

export const activationNames = ['gelu', 'gelu-tanh', 'relu', 'relu-squared', 'silu', 'sigmoid', 'tanh'] as const
export type ActivationName = (typeof activationNames)[number]

export const activations: Readonly<Record<ActivationName, (x: Tensor) => Tensor>> = {
  gelu,
  'gelu-tanh': geluTanh,
  relu,
  'relu-squared': (x) => square(relu(x)),
  silu,
  sigmoid,
  tanh,
}
