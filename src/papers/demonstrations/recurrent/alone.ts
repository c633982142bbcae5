/** A mixer by itself, with parameters and features drawn at random. */
import { full, mapTree, type Tensor, type TensorData } from '../../../engine/index.js'
import type { Mixer, StateLeaf } from '../../../mechanisms/index.js'
import { bind, gaussian, listParameters, nest, parameterStream } from '../../../nn/index.js'

export type Values = Readonly<Record<string, TensorData>>
export type Tensors = Readonly<Record<string, Tensor>>

export function alone(mixer: Mixer, own: Readonly<Record<string, unknown>>, dim: number) {
  const config = { heads: 1, ...(mixer.config.parse(own) as object), dim, bias: false }
  const tree = mixer.parameters(config)
  const start = (B: number): Tensors => {
    const leaves: Record<string, StateLeaf> = mixer.state(config, { batch: B, capacity: 0 })
    return mapTree(leaves, ({ shape, fill = 0 }: StateLeaf) => full(shape, fill))
  }
  return {
    parameters: listParameters(tree),
    /** The state before the first token of B rows. */
    start,
    /** Output and next state for x [B, T, dim], with the parameters by path in `values`. */
    run(values: Tensors, x: Tensor, state = start(x.shape[0])) {
      const [B, T] = x.shape
      const p = bind(
        tree,
        nest(tree, ({ path }) => values[path]),
      )
      const at = { p, config, context: { positions: full([B, T], 0, 'i32'), training: false } }
      const projected = mixer.project(p, x, at)
      const result = mixer.parallel(projected, state, at)
      return { y: mixer.output(p, result.y, projected, at), state: result.state as Tensors }
    },
  }
}

export function drawn(seed: number, shapes: readonly { path: string; shape: readonly number[] }[]): Values {
  const entries = shapes.map(({ path, shape }): [string, TensorData] => [
    path,
    { shape, dtype: 'f32', data: gaussian(0.5)(shape, parameterStream(seed, path)) },
  ])
  return Object.fromEntries(entries)
}
