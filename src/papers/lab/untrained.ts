/** A mixer by itself: as a layer of a network, or with the parameters that it starts from. */
import { constant, full, iota, mul, type Tensor } from '../../engine/index.js'
import type { Context, Mixer, StateLeaf } from '../../mechanisms/index.js'
import { bind, type Layer, layer, nest, parameterStream } from '../../nn/index.js'

interface Size {
  readonly dim: number
  readonly heads: number
  readonly bias?: boolean
}
export type MixerLayer = (x: Tensor, context?: Pick<Context, 'prefix'>) => Tensor

/** The form of a mixer that reads sequences, as a function of x [B, T, dim]: one document a row, nothing carried. */
export function mixerLayer(mixer: Mixer, given: object, { dim, heads, bias = false }: Size): Layer<MixerLayer> {
  const settings = mixer.config.parse(given)
  const config = { ...settings, heads: settings.heads ?? heads, dim, bias }
  mixer.validate?.(config)
  const form = mixer.chunked ?? mixer.parallel
  return layer(mixer.parameters(config), (p) => (x, more = {}) => {
    const [B, T] = x.shape
    const leaves = Object.entries(mixer.state(config, { batch: B, capacity: 0 })) as [string, StateLeaf][]
    const state = Object.fromEntries(
      leaves.map(([name, { shape, dtype, change, fill = 0 }]) => {
        const buffer = full(shape, fill, dtype)
        return [name, change === 'replace' ? buffer : { buffer, used: full([], 0, 'i32') }]
      }),
    )
    const positions = mul(full([B, 1], 1, 'i32'), iota(T))
    const setting = { config, p, context: { ...more, positions, training: false } }
    const projected = mixer.project(p, x, setting)
    return mixer.output(p, form(projected, state, setting).y, projected, setting)
  })
}

/** The same, its parameters drawn. */
export function untrained(
  mixer: Mixer,
  given: object,
  { seed, ...size }: Size & { readonly seed: number },
): MixerLayer {
  const tree = mixerLayer(mixer, given, size)
  return (x, more) => {
    const values = nest(tree, ({ path, shape, initial }) =>
      constant(initial(shape, parameterStream(seed, path)), shape),
    )
    return (bind(tree, values) as MixerLayer)(x, more)
  }
}
