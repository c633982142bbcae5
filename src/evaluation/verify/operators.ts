/** The operators that reference files can be verified against: one entry each. */
import type { Tensor } from '../../engine/index.js'
import {
  abc,
  based,
  comba,
  deltaRule,
  forgettingAttn,
  gatedDeltaRule,
  gla,
  gsa,
  hgrn,
  kda,
  linearAttn,
  linearAttnNormalized,
  rebased,
  retention,
  rwkv6,
  simpleGla,
  softmaxAttn,
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
    compute: ({ q, k, v }, constants) => softmaxAttn(q, k, v, constants),
  }),
  operator({
    name: 'linear_attn',
    inputs: attention,
    output: 'BTHV',
    compute: ({ q, k, v }, { normalize, ...constants }) =>
      (normalize ? linearAttnNormalized : linearAttn)(q, k, v, constants),
  }),
  operator({
    name: 'linear_attn_normalized',
    inputs: attention,
    output: 'BTHV',
    compute: ({ q, k, v }, constants) => linearAttnNormalized(q, k, v, constants),
  }),
  operator({
    name: 'simple_gla',
    inputs: { ...attention, g: 'BTH' },
    output: 'BTHV',
    compute: ({ q, k, v, g }, constants) => simpleGla(q, k, v, g, constants),
  }),
  operator({
    name: 'gla',
    inputs: { ...attention, gk: 'BTHK' },
    output: 'BTHV',
    compute: ({ q, k, v, gk }, constants) => gla(q, k, v, gk, constants),
  }),
  operator({
    name: 'delta_rule',
    inputs: { ...attention, beta: 'BTH' },
    output: 'BTHV',
    compute: ({ q, k, v, beta }, constants) => deltaRule(q, k, v, beta, constants),
  }),
  operator({
    name: 'gated_delta_rule',
    inputs: { ...attention, beta: 'BTH', g: 'BTH' },
    output: 'BTHV',
    compute: ({ q, k, v, beta, g }, constants) => gatedDeltaRule(q, k, v, beta, g, constants),
  }),
  operator({
    name: 'kda',
    inputs: { ...attention, g: 'BTHK', beta: 'BTH' },
    output: 'BTHV',
    compute: ({ q, k, v, g, beta }, constants) => kda(q, k, v, g, beta, constants),
  }),
  operator({
    name: 'comba',
    inputs: { ...attention, p: 'BTHK', beta: 'BTH', g: 'BTH' },
    output: 'BTHV',
    compute: ({ q, k, v, p, beta, g }, constants) => comba(q, k, v, p, beta, g, constants),
  }),
  operator({
    name: 'hgrn',
    inputs: { x: 'BTD', g: 'BTD' },
    output: 'BTD',
    compute: ({ x, g }) => hgrn(x, g),
  }),
  operator({
    name: 'retention',
    inputs: attention,
    output: 'BTHV',
    compute: ({ q, k, v }, constants) => retention(q, k, v, constants),
  }),
  operator({
    name: 'gsa',
    inputs: { ...attention, s: 'BTHM', g: 'BTHM' },
    output: 'BTHV',
    compute: ({ q, k, v, s, g }, constants) => gsa(q, k, v, s, g, constants),
  }),
  operator({
    name: 'abc',
    inputs: { ...attention, s: 'BTHM' },
    output: 'BTHV',
    compute: ({ q, k, v, s }, constants) => abc(q, k, v, s, constants),
  }),
  operator({
    name: 'based',
    inputs: attention,
    output: 'BTHV',
    compute: ({ q, k, v }, constants) => based(q, k, v, constants),
  }),
  operator({
    name: 'rebased',
    inputs: attention,
    output: 'BTHV',
    compute: ({ q, k, v }, constants) => rebased(q, k, v, constants),
  }),
  operator({
    name: 'forgetting_attn',
    inputs: { ...attention, g: 'BTH' },
    output: 'BTHV',
    compute: ({ q, k, v, g }, constants) => forgettingAttn(q, k, v, g, constants),
  }),
  operator({
    name: 'rwkv6',
    inputs: { ...attention, w: 'BTHK', u: 'HK' },
    output: 'BTHV',
    compute: ({ q, k, v, w, u }, constants) => rwkv6(q, k, v, w, u, constants),
  }),
]
