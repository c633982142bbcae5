/** The frames that both engines run: shapes as numbers, and the model that each of them means here. */
import { createModel, type Model } from '../../models/index.js'
import { bareMixers } from './mixers.js'

type BareMixer = 'softmax' | 'gla' | 'mamba2' | 'delta-net' | 'retnet' | 'rwkv6'

/** Everything the other engine needs to build the same model; travels to it as JSON. */
export interface BenchFrame {
  readonly task: 'train' | 'decode'
  readonly mixer: BareMixer | 'mamba' | 'hyena' | 's4' | 'lstm' | 'gru'
  readonly vocabulary: number
  readonly context: number
  readonly batch: number
  readonly dim: number
  readonly heads: number
  readonly layers: number
}

/**
 * Embedding, blocks of a LayerNorm and a mixer, a LayerNorm and a GELU MLP (4 dim), a last LayerNorm, an untied head with
 * bias; learned positions for attention. Mixers are bare where they are recurrences of queries, keys and values, else
 * whole. LSTM and GRU have neither blocks nor norms: layer upon layer.
 */
export function frameModel({ mixer, vocabulary, context, dim, heads, layers }: BenchFrame): Model {
  const shared = {
    dim,
    heads,
    layers,
    input: { kind: 'tokens', vocabulary },
    head: { kind: 'token', tied: false, bias: true },
  }
  if (mixer === 'lstm' || mixer === 'gru') {
    const bare = { channel: null, norm: 'none', residual: false }
    return createModel({ ...shared, ...bare, mixers: [{ id: mixer, project: false }] })
  }
  const bare = bareMixers.find(({ id }) => id === `bare-${mixer}`)
  const positions = mixer === 'softmax' ? 'learned' : 'none'
  const config = { ...shared, positions, maxPositions: context, mixers: [{ id: bare?.id ?? mixer }] }
  return createModel(config, { mixers: bareMixers })
}
