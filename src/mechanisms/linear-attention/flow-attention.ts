/**
 * Flow-Attention: linear attention in which what each query takes in and each key gives out is conserved.
 *
 *   φ = sigmoid,  I_t = φ(q_t) · Σ_s φ(k_s),  O_s = φ(k_s) · Σ_t φ(q_t)               incoming and outgoing flow
 *   Î_t = φ(q_t) · Σ_s φ(k_s) / O_s,  Ô_s = φ(k_s) · Σ_t φ(q_t) / I_t                conserved: the others' flow is 1
 *   o_t = sigmoid(Î_t) ∘ φ(q_t) / I_t · Σ_s φ(k_s) softmax_s(Ô_s) v_s               allocation, competition
 *
 * Wu et al. 2022, arXiv:2202.06258, equations 5 to 8. Bidirectional sums go over the document, causal ones up to t; the
 * latter are multiplied by the number of tokens so far where they stand for means, as in the authors' causal code. A
 * competition's sum is of exponentials of at most e: Ô is cut at 1, as there. State (causal): five running sums, [B, H, K]
 * or [B, H, 1] each, and [B, H, K, V], constant in T. Cost a layer: O(T d D); where documents are packed and all see each
 * other, O(T² d). Recipe: AdamW, rate 1e-3.
 */
import { z } from 'zod'
import {
  add,
  cast,
  div,
  exp,
  full,
  logSigmoid,
  minimum,
  mul,
  reshape,
  sigmoid,
  sum,
  type Tensor,
  transpose,
  zeros,
} from '../../engine/index.js'
import { attendBothWays, documentTotals } from '../../nn/both-ways.js'
import { decayChunked, matrixMemory } from '../../nn/decay.js'
import { applyTogether, attentionMaps } from '../../nn/layers.js'
import { elementwiseRecurrence } from '../../nn/recurrence.js'
import { type Context, defineMixer, type Frame, type StateSize } from '../mixer.js'
import { count, headsOf, powerOfTwo } from '../settings.js'

const config = z.object({
  heads: count.optional(),
  causal: z.boolean().default(true).describe('see the past alone'),
  chunk: powerOfTwo.default(64).describe('tokens computed at once in the chunked form'),
})
type Config = z.infer<typeof config> & Frame

/** Keeps a flow that underflows from dividing by zero. */
const tiny = 1e-6

type Leaf = 'keys' | 'queries' | 'sources' | 'sinks' | 'rivals' | 'memory'

function state({ dim, heads, causal }: Config, { batch }: StateSize) {
  const sums = (width: number) => ({ shape: [batch, heads, width], dtype: 'f32', change: 'replace' }) as const
  const wide = sums(dim / heads)
  const leaves = { keys: wide, queries: wide, sources: wide, sinks: wide, rivals: sums(1) }
  const all = { ...leaves, ...matrixMemory(batch, heads, dim / heads, dim / heads) }
  return (causal ? all : {}) as typeof all
}

export const flowAttention = defineMixer({
  id: 'flow-attention',
  family: 'linear-attention',
  citation: {
    title: 'Flowformer: Linearizing Transformers with Conservation Flows',
    authors: 'Wu et al.',
    year: 2022,
    arxiv: '2202.06258',
    equations: '5, 6, 7, 8',
  },
  summary: 'Linear attention whose keys compete for what queries take in.',
  config,
  causal: ({ causal }) => causal,

  validate: (c: Config) => void headsOf('flow-attention', c),

  parameters: ({ dim, bias }: Config) => attentionMaps(dim, bias),

  state,

  project(p, x, { config: { dim, heads } }) {
    const [B, T] = x.shape
    const parts = applyTogether(x, [p.query, p.key, p.value])
    const [q, k, v] = parts.map((part) => reshape(part, [B, T, heads, dim / heads]))
    // Through the logarithm, because ONNX Runtime's sigmoid is cut at 1.5e-8: flows divide by values as small.
    const positive = (features: Tensor) => exp(logSigmoid(features))
    return { q: positive(q), k: positive(k), v }
  },

  parallel({ q, k, v }, before, { config: { causal, chunk }, context }) {
    const next: Partial<Record<Leaf, Tensor>> = {}
    const seen = (x: Tensor, leaf: Exclude<Leaf, 'memory'>): Tensor => {
      if (!causal) return documentTotals(x, context)
      const { states, last } = elementwiseRecurrence({ kept: full([1, 1, 1, 1], 1), written: x }, before[leaf], context)
      next[leaf] = last
      return states
    }
    const flow = (a: Tensor, b: Tensor) => sum(mul(add(a, tiny), add(b, tiny)), -1, { keep: true })
    const tokens = causal ? countsSoFar(context) : documentTotals(full([...q.shape.slice(0, 2), 1, 1], 1), context)
    const incoming = div(flow(q, seen(k, 'keys')), tokens)
    const outgoing = div(flow(k, seen(q, 'queries')), tokens)
    const sink = div(flow(q, seen(div(k, outgoing), 'sources')), tokens)
    const source = div(flow(k, seen(div(q, incoming), 'sinks')), tokens)
    const strength = exp(minimum(source, 1))
    const competition = mul(div(strength, seen(strength, 'rivals')), tokens)
    const [reads, keys, values] = [div(q, mul(incoming, tokens)), k, mul(v, competition)].map(headsFirst)
    const { documents, carriedDocument } = context
    const logDecay = zeros([...reads.shape.slice(0, 3), 1])
    const y = causal
      ? decayChunked({ q: reads, k: keys, v: values, logDecay, documents, carriedDocument }, before, chunk)
      : { y: attendBothWays(reads, keys, values, context), state: {} }
    return { y: mul(headsFirst(y.y), sigmoid(sink)), state: { ...next, ...y.state } as Record<Leaf, Tensor> }
  },

  output: (p, y) => p.output(reshape(y, [y.shape[0], y.shape[1], -1])),
})

/** [B, T, H, D] to [B, H, T, D] and back. */
function headsFirst(x: Tensor): Tensor {
  return transpose(x, [0, 2, 1, 3])
}

/** Tokens of the document up to each, [B, T, 1, 1]. */
function countsSoFar({ positions }: Context): Tensor {
  return reshape(cast(add(positions, 1), 'f32'), [...positions.shape, 1, 1])
}
