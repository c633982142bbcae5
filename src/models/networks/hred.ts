/**
 * Hierarchical recurrent encoder–decoder: one GRU reads the words of each query, another one the queries of a session,
 * and from its state a third writes the next query.
 *
 *   q_m = last state of the query GRU over the words of query m
 *   s_m = GRU(q_m, s_{m−1})                                    the session so far
 *   d_n = GRU(w_n, d_{n−1}),  d_{−1} = tanh(D s_m + b)         w_0 begins every query
 *   p(w_n) = softmax(O ω),  ω = H d_{n−1} + E w_{n−1} + b
 *
 * Sordoni et al. 2015, arXiv:1507.02221, section 3. State: one session vector between queries. Cost O(Q W d²). Recipe:
 * AdamW, rate 2e-3, gradients clipped at norm 1. Token 0 ends a query and pads it; queries are the W tokens of each row.
 * `session` false forgets all but the last query: the plain encoder–decoder that the paper compares with.
 */
import { z } from 'zod'
import { add, reshape, slice, tanh } from '../../engine/index.js'
import { gruLayer, realTokens } from '../../nn/cells.js'
import { meanWhere, surprise, teacherForced } from '../../nn/classification.js'
import { embedding, linear } from '../../nn/layers.js'
import { defineNetwork } from '../network.js'

const config = z.object({
  vocabulary: z.number().int().min(2).default(32),
  queries: z.number().int().min(2).default(4).describe('of a session'),
  words: z.number().int().min(1).default(4).describe('of a query, its end included'),
  width: z.number().int().min(1).default(64).describe('of embeddings and of all three states'),
  session: z.boolean().default(true).describe('remember all queries, not the last one alone'),
})
type Config = z.infer<typeof config>

const parameters = ({ vocabulary, width, session }: Config) => ({
  words: embedding(vocabulary, width),
  query: gruLayer(width, width),
  session: session ? gruLayer(width, width) : undefined,
  begin: linear(width, width),
  decoder: gruLayer(width, width),
  state: linear(width, width),
  previous: linear(width, width, { bias: false }),
  output: linear(width, vocabulary, { bias: false }),
})

export const hred = defineNetwork<Config, ReturnType<typeof parameters>>({
  id: 'hred',
  family: 'recurrent',
  citation: {
    title: 'A Hierarchical Recurrent Encoder-Decoder For Generative Context-Aware Query Suggestion',
    authors: 'Sordoni et al.',
    year: 2015,
    arxiv: '1507.02221',
    equations: 'section 3',
  },
  summary: 'GRUs over the words of queries and over the queries of a session; a third writes the next query.',
  config,
  parameters,
  inputs: ({ vocabulary, queries, words }, batch) => ({
    session: { shape: [batch, queries, words], dtype: 'i32', below: vocabulary },
  }),

  forward(p, { session }, { config: c }) {
    const [B, Q, W] = session.shape
    const part = (from: number) => reshape(slice(session, 1, from, from + Q - 1), [B * (Q - 1), W])
    const [read, next] = [part(0), part(1)]
    const { memory: queries } = p.query.run(p.words(read), p.query.start(read.shape[0]), realTokens(read))
    const known = p.session ? p.session.run(reshape(queries, [B, Q - 1, c.width])).hidden : queries
    const first = tanh(p.begin(reshape(known, [B * (Q - 1), c.width])))
    const { previous, counts } = teacherForced(next)
    const words = p.words(previous)
    const states = p.decoder.run(words, first).hidden
    const logits = p.output(add(p.state(states), p.previous(words)))
    return {
      loss: meanWhere(surprise(logits, next), counts),
      outputs: { logits: reshape(logits, [B, Q - 1, W, c.vocabulary]) },
    }
  },
})
