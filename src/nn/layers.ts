/** Layers that many mechanisms share: linear maps, norms, embeddings. */
import { add, concat, layerNorm, matmul, rmsNorm, split, type Tensor, zeros } from '../engine/index.js'
import { gather } from '../engine/operators/indexing.js'
import { fanIn, gaussian, type Initializer, one, zero } from './initializers.js'
import { type Layer, layer, parameter } from './parameter.js'

export type Map = (x: Tensor) => Tensor

interface LinearOptions {
  bias?: boolean
  initial?: Initializer
}
interface LinearParts {
  weight: Tensor
  bias?: Tensor
}

/** x W + b with W [inputs, outputs]. */
export interface Linear extends Map {
  readonly parts: LinearParts
}

export function linear(
  inputs: number,
  outputs: number,
  { bias = true, initial = fanIn(inputs) }: LinearOptions = {},
): Layer<Linear> {
  const parameters = {
    weight: parameter([inputs, outputs], initial),
    bias: bias ? parameter([outputs], zero) : undefined,
  }
  return layer(parameters, (p) => {
    const parts = p as LinearParts
    return Object.assign((x: Tensor) => affine(x, parts), { parts })
  })
}

function affine(x: Tensor, { weight, bias }: LinearParts): Tensor {
  const y = matmul(x, weight)
  return bias ? add(y, bias) : y
}

/** The maps of attention, all as wide as the model. */
export function attentionMaps(dim: number, bias: boolean) {
  const map = () => linear(dim, dim, { bias })
  return { query: map(), key: map(), value: map(), output: map() }
}

/** Outputs of a map that a product of many rows hardly notices, and the rows. */
const narrow = 16
const manyRows = 512

/**
 * Several linear maps of one input as a single matrix product. Where rows are many, narrow maps keep a product of their
 * own: columns that fill no tile slow the others down, and parts of uneven sizes are taken apart by one thread.
 */
export function applyTogether(x: Tensor, maps: readonly Linear[]): readonly Tensor[] {
  const widthOf = ({ parts }: Linear) => parts.weight.shape[1]
  const isApart = (map: Linear) => x.size / x.shape[x.rank - 1] >= manyRows && widthOf(map) < narrow
  const joined = maps.filter((map) => !isApart(map))
  const results = joined.length === 0 ? [] : split(joinedProduct(x, joined), joined.map(widthOf), -1)
  return maps.map((map) => (isApart(map) ? map(x) : results[joined.indexOf(map)]))
}

function joinedProduct(x: Tensor, maps: readonly Linear[]): Tensor {
  const weight = concat(
    maps.map(({ parts }) => parts.weight),
    1,
  )
  const biases = maps.flatMap(({ parts }) => (parts.bias ? [parts.bias] : []))
  if (biases.length > 0 && biases.length < maps.length)
    throw new Error('applyTogether: either every map has a bias or none')
  return affine(x, { weight, bias: biases.length > 0 ? concat(biases, 0) : undefined })
}

export const normKinds = ['layer', 'layer-scale', 'rms', 'rms-offset', 'rms-shift', 'rms-plain', 'none'] as const
export type NormKind = (typeof normKinds)[number]

/**
 * Normalisation over the last axis: LayerNorm, with or without shift, RMSNorm, with its scale held whole or less 1,
 * with a shift or without a scale, or none.
 */
export function norm(kind: NormKind, width: number, epsilon?: number): Layer<Map> {
  const scale = parameter([width], kind === 'rms-offset' ? zero : one)
  switch (kind) {
    case 'none':
      return layer({}, () => (x: Tensor) => x)
    case 'rms':
      return layer({ scale }, (p) => (x: Tensor) => rmsNorm(x, p.scale, epsilon))
    case 'rms-plain':
      return layer({}, () => (x: Tensor) => rmsNorm(x, 1, epsilon))
    case 'rms-offset':
      return layer({ scale }, (p) => (x: Tensor) => rmsNorm(x, add(p.scale, 1), epsilon))
    case 'rms-shift':
      return layer(
        { scale, shift: parameter([width], zero) },
        (p) => (x: Tensor) => add(rmsNorm(x, p.scale, epsilon), p.shift),
      )
    case 'layer-scale':
      return layer({ scale }, (p) => (x: Tensor) => layerNorm(x, p.scale, zeros([width]), epsilon))
    case 'layer':
      return layer(
        { scale, shift: parameter([width], zero) },
        (p) => (x: Tensor) => layerNorm(x, p.scale, p.shift, epsilon),
      )
  }
}

/** Rows of a table by index: indices [...] to [..., width]. */
export interface Embedding extends Map {
  readonly table: Tensor
}

export function embedding(count: number, width: number): Layer<Embedding> {
  // Rows of about unit length, so that a tied head's logits begin on one scale whatever the width.
  const parameters = { table: parameter([count, width], gaussian(1 / Math.sqrt(width)), { decay: false }) }
  return layer(parameters, ({ table }) => Object.assign((indices: Tensor) => gather(table, indices, 0), { table }))
}
