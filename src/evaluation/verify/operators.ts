/** The operators that reference files can be verified against: one entry each. */
import type { Tensor } from '../../engine/index.js'
import {
  causalSoftmaxAttention,
  deltaRule,
  gatedLinearAttention,
  gatedRecurrence,
  linearAttention,
  scalarGatedLinearAttention,
} from '../../nn/operators/index.js'
import type { Axes } from './layout.js'

/** Constants of a reference file, as the operators take them. */
export interface OperatorConstants {
  readonly scale?: number
  readonly chunk?: number
  readonly normalize?: boolean
}

export interface VerifiableOperator<Name extends string = string> {
  /** As reference files are called. */
  readonly name: string
  /** The file's `in.*` tensors and their axes. */
  readonly inputs: Readonly<Record<Name, Axes>>
  readonly output: Axes
  /** Gets the inputs with heads before time, and returns the output so. */
  compute(inputs: Readonly<Record<Name, Tensor>>, constants: OperatorConstants): Tensor
}

function operator<Name extends string>(entry: VerifiableOperator<Name>): VerifiableOperator {
  return entry as VerifiableOperator
}

const attention = { q: 'BTHK', k: 'BTHK', v: 'BTHV' } as const

export const verifiableOperators: readonly VerifiableOperator[] = [
  operator({
    name: 'softmax_attn',
    inputs: attention,
    output: 'BTHV',
    compute: ({ q, k, v }, constants) => causalSoftmaxAttention(q, k, v, constants),
  }),
  operator({
    name: 'linear_attn',
    inputs: attention,
    output: 'BTHV',
    compute: ({ q, k, v }, constants) => linearAttention(q, k, v, constants),
  }),
  operator({
    name: 'linear_attn_normalized',
    inputs: attention,
    output: 'BTHV',
    compute: ({ q, k, v }, constants) => linearAttention(q, k, v, { ...constants, normalize: true }),
  }),
  operator({
    name: 'simple_gla',
    inputs: { ...attention, g: 'BTH' },
    output: 'BTHV',
    compute: ({ q, k, v, g }, constants) => scalarGatedLinearAttention(q, k, v, g, constants),
  }),
  operator({
    name: 'gla',
    inputs: { ...attention, gk: 'BTHK' },
    output: 'BTHV',
    compute: ({ q, k, v, gk }, constants) => gatedLinearAttention(q, k, v, gk, constants),
  }),
  operator({
    name: 'delta_rule',
    inputs: { ...attention, beta: 'BTH' },
    output: 'BTHV',
    compute: ({ q, k, v, beta }, constants) => deltaRule(q, k, v, beta, constants),
  }),
  operator({
    name: 'hgrn',
    inputs: { x: 'BTD', g: 'BTD' },
    output: 'BTD',
    compute: ({ x, g }) => gatedRecurrence(x, g),
  }),
]
