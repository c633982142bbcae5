/**
 * Low-rank adapters: in place of a matrix W that keeps its values, W + (alpha / rank) A B is used, and A [in, rank] and
 * B [rank, out] are trained. B starts at zero, so that training starts from the model as it was. Hu et al. 2021,
 * arXiv:2106.09685, section 4.1.
 */
import { z } from 'zod'
import { add, matmul, mul, type Tensor, type TensorData } from '../engine/index.js'
import { gaussian, zero } from '../nn/initializers.js'
import { listParameters, type NamedParameter, nest, type ParameterTree, parameter } from '../nn/parameter.js'
import { UserError } from '../platform/errors.js'

export const adapterConfig = z.strictObject({
  rank: z.number().int().positive().default(8).describe('columns of A and rows of B'),
  alpha: z.number().positive().default(16).describe('the update is scaled by alpha / rank'),
  on: z
    .array(z.string().min(1))
    .min(1)
    .default(['blocks'])
    .describe('parts of paths, such as blocks, mixer, query or channel: their matrices are adapted'),
})
export type AdapterConfig = z.infer<typeof adapterConfig>

const isAdapted = ({ path, shape, decay }: NamedParameter, { on }: AdapterConfig) =>
  decay && shape.length === 2 && path.split('.').some((part) => on.includes(part))

interface Pair<V> {
  readonly down: V
  readonly up: V
}
type Pairs<V> = { readonly [part: string]: Pairs<V> | Pair<V> | undefined }

/** Parameters A and B of every adapted matrix, under its path. @throws UserError where there is none */
export function adapterParameters(tree: ParameterTree, adapter: AdapterConfig): { [part: string]: ParameterTree } {
  const root: { [part: string]: ParameterTree } = {}
  const chosen = listParameters(tree).filter((entry) => isAdapted(entry, adapter))
  if (chosen.length === 0) {
    throw new UserError(
      `model.adapter.on: no matrix has ${adapter.on.join(' or ')} in its path – use parts such as blocks, mixer or channel`,
    )
  }
  for (const { path, shape } of chosen) {
    const parts = path.split('.')
    let at = root
    for (const part of parts.slice(0, -1)) {
      at[part] ??= {}
      at = at[part] as typeof root
    }
    at[parts.at(-1)!] = {
      down: parameter([shape[0], adapter.rank], gaussian(shape[0] ** -0.5), { decay: false }),
      up: parameter([adapter.rank, shape[1]], zero, { decay: false }),
    }
  }
  return root
}

/** The tensors of a tree, with what their adapters add. */
export function withAdapters(tree: ParameterTree, tensors: unknown, adapter: AdapterConfig): unknown {
  const pairs = (tensors as { adapters: Pairs<Tensor> }).adapters
  return nest(tree, ({ path }) => {
    const weight = follow<Tensor>(tensors as Pairs<Tensor>, path)!
    const pair = follow<Pair<Tensor>>(pairs, path)
    return pair ? add(weight, mul(matmul(pair.down, pair.up), adapter.alpha / adapter.rank)) : weight
  })
}

function follow<V>(tree: unknown, path: string): V | undefined {
  return path.split('.').reduce<any>((at, part) => at?.[part], tree)
}

/** Parameters by path with adapters worked in, in double precision before rounding, and without them. */
export function mergeAdapters(
  parameters: Readonly<Record<string, TensorData>>,
  { alpha, rank }: AdapterConfig,
): Record<string, TensorData> {
  const own = Object.entries(parameters).filter(([path]) => !path.startsWith('adapters.'))
  return Object.fromEntries(
    own.map(([path, weight]) => {
      const [down, up] = [parameters[`adapters.${path}.down`], parameters[`adapters.${path}.up`]]
      return [path, down && up ? { ...weight, data: sumOf(weight, down, up, alpha / rank) } : weight]
    }),
  )
}

function sumOf({ shape: [rows, columns], data }: TensorData, down: TensorData, up: TensorData, scale: number) {
  const sums = Float32Array.from(data)
  const row = new Float64Array(columns)
  const rank = down.shape[1]
  for (let i = 0; i < rows; i++) {
    row.fill(0)
    for (let r = 0; r < rank; r++) {
      const factor = scale * down.data[i * rank + r]
      for (let j = 0; j < columns; j++) row[j] += factor * up.data[r * columns + j]
    }
    for (let j = 0; j < columns; j++) sums[i * columns + j] = data[i * columns + j] + row[j]
  }
  return sums
}
