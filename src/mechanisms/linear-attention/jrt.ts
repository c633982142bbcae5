/**
 * JRT-RNN: linear attention that reads a prompt both ways before it goes on, with keys and values for that of their own.
 *
 *   o_t = φ(q_t)·(Σ_{s≤t} φ(k_s) v_sᵀ + Σ_{s≤M} φ(k'_s) v'_sᵀ) / φ(q_t)·(Σ_{s≤t} φ(k_s) + Σ_{s≤M} φ(k'_s))
 *   state both sums together, [B, H, F, V + 1] with F = 1 + K + K(K+1)/2, constant in T
 *
 * for a prefix of M tokens (`context.prefix`), and all t. Arora et al. 2024, arXiv:2407.05483, section 5: prefix linear
 * attention. φ is Based's, the Taylor expansion (arXiv:2402.18668). Without a prefix the second sums are empty. After the
 * prefix, one sum is as good as the other: the state does not grow. Chunked, the prefix is read in front of the whole
 * sequence; where documents are packed, as in the parallel form over all pairs, O(T² F). The paper also trains on hidden
 * words of the prefix, which a mixer cannot; its JRT-Prompt, the context given twice, needs no layer. Cost a layer:
 * O(T (C + K²) V). Recipe: AdamW, rate 1e-3 at d = 256, keys of 16 channels.
 */
import { z } from 'zod'
import {
  add,
  concat,
  div,
  full,
  less,
  matmul,
  mul,
  reshape,
  slice,
  split,
  type Tensor,
  tril,
  unsqueeze,
  where,
  zeros,
} from '../../engine/index.js'
import { documentChunks, type MatrixMemory } from '../../nn/decay.js'
import { isToken } from '../../nn/documents.js'
import { mergeHeads, splitHeads } from '../../nn/heads.js'
import { kernelChunked, kernelMemory, plainKernel, taylorKernel } from '../../nn/kernel-attention.js'
import { applyTogether, linear } from '../../nn/layers.js'
import { type Context, defineMixer, type Frame } from '../mixer.js'
import { count, headsOf, powerOfTwo } from '../settings.js'

const config = z.object({
  heads: count.optional(),
  keyWidth: count.default(16).describe('K: channels of each head’s keys, which set the size of the state'),
  chunk: powerOfTwo.default(64).describe('tokens computed at once in the chunked form'),
})
type Config = z.infer<typeof config> & Frame

/** Features of queries and keys [B, H, T, F], values [B, H, T, V]; of the prefix, 0 where a token does not belong to it. */
interface Features {
  readonly q: Tensor
  readonly k: Tensor
  readonly v: Tensor
  readonly prefix?: { readonly k: Tensor; readonly v: Tensor }
}

export const jrt = defineMixer({
  id: 'jrt',
  family: 'linear-attention',
  citation: {
    title: 'Just read twice: closing the recall gap for recurrent language models',
    authors: 'Arora et al.',
    year: 2024,
    arxiv: '2407.05483',
    equations: 'section 5, prefix linear attention',
  },
  summary: 'Linear attention that reads a prompt in both directions before it goes on.',
  config,
  causal: true,
  prefix: true,

  validate: (c: Config) => void headsOf('jrt', c),

  parameters: (c: Config) => ({
    query: linear(c.dim, c.heads * c.keyWidth, { bias: c.bias }),
    key: linear(c.dim, c.heads * c.keyWidth, { bias: c.bias }),
    value: linear(c.dim, c.dim, { bias: c.bias }),
    prefixKey: linear(c.dim, c.heads * c.keyWidth, { bias: c.bias }),
    prefixValue: linear(c.dim, c.dim, { bias: c.bias }),
    output: linear(c.dim, c.dim, { bias: c.bias }),
  }),

  state: (c: Config, { batch }) => kernelMemory(batch, c.heads, taylorKernel.width(c.keyWidth), c.dim / c.heads),

  project(p, x, { config: c, context }): Features {
    const maps = [p.query, p.key, p.value, p.prefixKey, p.prefixValue]
    const [q, k, v, inPrefix, prefixValue] = applyTogether(x, maps).map((t) => splitHeads(t, c.heads))
    const own = {
      q: taylorKernel.features(mul(q, c.keyWidth ** -0.5)),
      k: onlyWhere(isToken(context.documents), taylorKernel.features(k)),
      v,
    }
    if (!context.prefix) return own
    const belongs = less(context.positions, unsqueeze(context.prefix, 1))
    const real = onlyWhere(isToken(context.documents), taylorKernel.features(inPrefix))
    return { ...own, prefix: { k: onlyWhere(belongs, real), v: prefixValue } }
  },

  parallel: (features, state, { context }) => allPairs(features, state, context),

  chunked(features, state, { config: c, context }) {
    if (context.documents) return allPairs(features, state, context)
    const { q, k, v, prefix } = features
    if (!prefix) return kernelChunked(plainKernel, { q, k, v }, state, c.chunk)
    const T = q.shape[2]
    const twice = { q: concat([zeros(q.shape), q], 2), k: concat([prefix.k, k], 2), v: concat([prefix.v, v], 2) }
    const { y, state: next } = kernelChunked(plainKernel, twice, state, c.chunk)
    return { y: slice(y, 2, T, 2 * T), state: next }
  },

  output: (p, y) => p.output(mergeHeads(y)),
})

/** Every pair of tokens of a document, and what the state holds of the one that goes on. */
function allPairs({ q, k, v, prefix }: Features, { memory }: MatrixMemory, { documents, carriedDocument }: Context) {
  const masks = documentChunks({ documents, carriedDocument }, q.shape[2])
  const masked = (mask: 'together' | 'reads' | 'writes' | 'keeps', t: Tensor) =>
    masks ? where(reshape(masks[mask], [...masks[mask].shape.slice(0, 2), ...masks[mask].shape.slice(3)]), t, 0) : t
  const seen = [{ k, v, weights: tril(matmul(q, k, { transposeB: true })) }]
  if (prefix) seen.push({ ...prefix, weights: matmul(q, prefix.k, { transposeB: true }) })
  let y = matmul(masked('reads', q), memory)
  let next = masked('keeps', memory)
  for (const { k: keys, v: values, weights } of seen) {
    const counted = concat([values, full([...values.shape.slice(0, 3), 1], 1)], 3)
    y = add(y, matmul(masked('together', weights), counted))
    next = add(next, matmul(masked('writes', keys), counted, { transposeA: true }))
  }
  const [weighted, total] = split(y, [v.shape[3], 1], 3)
  return { y: div(weighted, add(total, 1e-6)), state: { memory: next } }
}

/** Zero where the condition [B, T] does not hold. */
function onlyWhere(condition: Tensor | undefined, features: Tensor): Tensor {
  return condition ? where(reshape(condition, [condition.shape[0], 1, condition.shape[1], 1]), features, 0) : features
}
