/**
 * Dynamic memory network: it reads facts, then goes through them several times with the question and what it remembers,
 * each time looking elsewhere.
 *
 *   c_j = state of a GRU over all words at the end of fact j,  q = state of a GRU over the question
 *   g_j = sigmoid(W₂ tanh(W₁ z + b₁) + b₂),  z = [c, m, q, c∘q, c∘m, |c−q|, |c−m|, cᵀWq, cᵀWm]        eq. of 2.3
 *   h_j = g_j GRU(c_j, h_{j−1}) + (1 − g_j) h_{j−1},  e = h_F                                        an episode
 *   m ← GRU(e, m) from m = q, pass after pass;  answer = softmax(W GRU([start, q], m))
 *
 * Kumar et al. 2015, arXiv:1506.07285, section 2. State: F facts of d numbers. Cost O(F (W + passes) d²). Recipe: Adam;
 * the loss of the answers plus, where supporting facts are known, the cross-entropy of the gates of each pass with them.
 * Word 0 is padding. Gates are supervised one by one, so that each is open or shut for itself.
 */
import { z } from 'zod'
import {
  abs,
  add,
  broadcastTo,
  concat,
  greaterEqual,
  logSigmoid,
  matmul,
  mean,
  mul,
  name,
  neg,
  oneHot,
  sigmoid,
  split,
  squeeze,
  stack,
  sub,
  sum,
  type Tensor,
  tanh,
  unsqueeze,
  zeros,
} from '../../engine/index.js'
import { gruLayer, realTokens } from '../../nn/cells.js'
import { meanWhere, surprise } from '../../nn/classification.js'
import { fanIn, zero } from '../../nn/initializers.js'
import { embedding, linear } from '../../nn/layers.js'
import { type Bound, parameter } from '../../nn/parameter.js'
import { loopOverTime } from '../../nn/recurrence.js'
import { defineNetwork } from '../network.js'

const config = z.object({
  vocabulary: z.number().int().min(2).default(32).describe('words; answers are words too'),
  facts: z.number().int().min(1).default(8),
  words: z.number().int().min(1).default(4).describe('of a fact and of the question'),
  width: z.number().int().min(1).default(64),
  passes: z.number().int().min(1).default(3),
  supervision: z.number().min(0).default(1).describe('weight of the cross-entropy of gates with supporting facts'),
})
type Config = z.infer<typeof config>

const parameters = ({ vocabulary, width }: Config) => ({
  words: embedding(vocabulary, width),
  reader: gruLayer(width, width),
  questionMatch: parameter([width, width], fanIn(width)),
  memoryMatch: parameter([width, width], fanIn(width)),
  inner: linear(7 * width + 2, width),
  score: linear(width, 1),
  episode: gruLayer(width, width),
  memory: gruLayer(width, width),
  start: parameter([width], zero),
  answer: gruLayer(2 * width, width),
  output: linear(width, vocabulary),
})

type Parameters = Bound<ReturnType<typeof parameters>>

/** How much each fact [B, F, d] matters to the question and to the memory [B, d], before the sigmoid: [B, F]. */
function scores(p: Parameters, facts: Tensor, question: Tensor, memory: Tensor): Tensor {
  const [q, m] = [question, memory].map((vector) => broadcastTo(unsqueeze(vector, 1), facts.shape))
  const match = (vector: Tensor, weight: Tensor) => sum(mul(matmul(facts, weight), vector), -1, { keep: true })
  const apart = (vector: Tensor) => abs(sub(facts, vector))
  const products = [mul(facts, q), mul(facts, m), apart(q), apart(m)]
  const features = concat([facts, m, q, ...products, match(q, p.questionMatch), match(m, p.memoryMatch)], 2)
  return squeeze(p.score(tanh(p.inner(features))), 2)
}

/** One pass over the facts: the state after them, where each counts as much as its gate [B, F] says. */
function episode(p: Parameters, facts: Tensor, gates: Tensor): Tensor {
  const body = (hidden: Tensor, { fact, gate }: { fact: Tensor; gate: Tensor }) => {
    const memory = add(hidden, mul(gate, sub(p.episode.step(fact, hidden), hidden)))
    return { memory, y: memory }
  }
  const start = zeros([facts.shape[0], facts.shape[2]])
  return loopOverTime(body, start, { fact: facts, gate: unsqueeze(gates, 2) }, {}).memory
}

export const dmn = defineNetwork<Config, ReturnType<typeof parameters>>({
  id: 'dmn',
  family: 'recurrent',
  citation: {
    title: 'Ask Me Anything: Dynamic Memory Networks for Natural Language Processing',
    authors: 'Kumar et al.',
    year: 2015,
    arxiv: '1506.07285',
    equations: 'section 2',
  },
  summary: 'Goes through facts several times with a question, each time with what it found before.',
  config,
  parameters,
  inputs: ({ vocabulary, facts, words, passes }, batch) => ({
    facts: { shape: [batch, facts, words], dtype: 'i32', below: vocabulary },
    question: { shape: [batch, words], dtype: 'i32', below: vocabulary },
    answer: { shape: [batch], dtype: 'i32', below: vocabulary },
    // The fact to look at in each pass, −1 where that is not known.
    supports: { shape: [batch, passes], dtype: 'i32', below: facts },
  }),

  forward(p, { facts, question, answer, supports }, { config: c }) {
    const fresh = p.reader.start(question.shape[0])
    const read = (text: Tensor, state: Tensor) =>
      p.reader.run(mul(p.words(text), Math.sqrt(c.width)), state, realTokens(text)).memory
    let before = fresh
    const states = split(facts, c.facts, 1).map((fact) => {
      before = read(squeeze(fact, 1), before)
      return before
    })
    const found = stack(states, 1)
    const asked = read(question, fresh)
    let memory = asked
    const looked = Array.from({ length: c.passes }, () => {
      const score = scores(p, found, asked, memory)
      memory = p.memory.step(episode(p, found, sigmoid(score)), memory)
      return score
    })
    const start = broadcastTo(p.start, asked.shape)
    const logits = p.output(p.answer.step(concat([start, asked], 1), memory))
    const gates = stack(looked, 1)
    const sign = sub(mul(oneHot(supports, c.facts), 2), 1)
    const wrong = meanWhere(neg(sum(logSigmoid(mul(sign, gates)), -1)), greaterEqual(supports, 0))
    const loss = add(mean(surprise(logits, answer)), mul(wrong, c.supervision))
    return { loss, outputs: { logits, gates: name(sigmoid(gates), 'gates') } }
  },
})
