/** The frames that both engines run: shapes as numbers, and the model that each of them means here. */
import { createModel, type Model } from '../../models/index.js'
import { bareMixers } from './mixers.js'

/** Everything the other engine needs to build the same model; travels to it as JSON. */
export interface BenchFrame {
  readonly task: 'train' | 'decode'
  readonly mixer: 'softmax' | 'gla' | 'mamba2' | 'delta-net' | 'lstm'
  readonly vocabulary: number
  readonly context: number
  readonly batch: number
  readonly dim: number
  readonly heads: number
  readonly layers: number
}

/**
 * Embedding, blocks of a LayerNorm and a bare mixer, a LayerNorm and a GELU MLP (4 dim), a last LayerNorm, an untied
 * head with bias; learned positions for attention. The LSTM has neither blocks nor norms: layer upon layer.
 */
export function frameModel({ mixer, vocabulary, context, dim, heads, layers }: BenchFrame): Model {
  const shared = {
    dim,
    heads,
    layers,
    input: { kind: 'tokens', vocabulary },
    head: { kind: 'token', tied: false, bias: true },
  }
  if (mixer === 'lstm') {
    const bare = { channel: null, norm: 'none', residual: false }
    return createModel({ ...shared, ...bare, mixers: [{ id: 'lstm', project: false }] })
  }
  const positions = mixer === 'softmax' ? 'learned' : 'none'
  const config = { ...shared, positions, maxPositions: context, mixers: [{ id: `bare-${mixer}` }] }
  return createModel(config, { mixers: bareMixers })
}
