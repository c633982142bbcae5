/**
 * Read, process and write: a set goes in, whatever its order, and pointers to its elements come out one by one.
 *
 *   read     m_i = relu(W x_i + b) W' + b'                                one memory an element
 *   process  q_t = LSTM(q*_{t−1}),  a_i = softmax_i(m_i · q_t),  r_t = Σ a_i m_i,  q*_t = [q_t, r_t]     eqs. 3–7
 *   write    u_i = vᵀ tanh(W₁ m_i + W₂ d),  p(pointer = i) = softmax_i(u_i);  d from an LSTM that starts from q*_P and
 *            reads the memory that was pointed to last; with `glimpse` d looks at the set once more before it points
 *
 * Vinyals, Bengio and Kudlur 2015, arXiv:1511.06391, section 4. State: q*, 2 d numbers. Cost O((P + N) (N d + d²)).
 * Where outputs are a set too, no order of them is given (section 5): `order` "search" draws one from the model itself,
 * element by element among those left, and takes its likelihood for the loss, so that orders which the model finds easy
 * win; "random" draws them evenly, which the paper does first and which is the control. Recipe: Adam, rate 1e-3.
 */
import { z } from 'zod'
import {
  add,
  argMax,
  broadcastTo,
  concat,
  gumbel,
  mean,
  mul,
  oneHot,
  relu,
  scan,
  softmax,
  split,
  sum,
  type Tensor,
  tanh,
  transpose,
  unsqueeze,
  zeros,
} from '../../engine/index.js'
import { lstmLayer } from '../../nn/cells.js'
import { surprise } from '../../nn/classification.js'
import { zero } from '../../nn/initializers.js'
import { linear } from '../../nn/layers.js'
import { parameter } from '../../nn/parameter.js'
import { defineNetwork } from '../network.js'

const config = z.object({
  elements: z.number().int().min(1).default(5),
  features: z.number().int().min(1).default(1).describe('numbers that an element consists of'),
  width: z.number().int().min(1).default(64),
  steps: z.number().int().min(0).default(5).describe('of processing, P; 0 writes from the memories alone'),
  glimpse: z.boolean().default(true).describe('look at the set before each pointer'),
  order: z.enum(['given', 'search', 'random']).default('given').describe('where the order of the outputs comes from'),
})
type Config = z.infer<typeof config>

const parameters = ({ features, width, steps, glimpse }: Config) => ({
  read: [linear(features, width), linear(width, width)],
  process: steps > 0 ? lstmLayer(width, width) : undefined,
  begin: linear(2 * width, 2 * width),
  first: parameter([width], zero),
  write: lstmLayer(width, width),
  glimpse: glimpse ? linear(2 * width, width) : undefined,
  memory: linear(width, width),
  query: linear(width, width, { bias: false }),
  pointer: linear(width, 1, { bias: false }),
})

/** What a query [B, d] finds in memories [B, N, d]. */
function attended(query: Tensor, memories: Tensor): Tensor {
  const weights = softmax(sum(mul(memories, unsqueeze(query, 1)), -1))
  return sum(mul(memories, unsqueeze(weights, 2)), 1)
}

export const readProcessWrite = defineNetwork<Config, ReturnType<typeof parameters>>({
  id: 'read-process-write',
  family: 'recurrent',
  citation: {
    title: 'Order Matters: Sequence to sequence for sets',
    authors: 'Vinyals, Bengio and Kudlur',
    year: 2015,
    arxiv: '1511.06391',
    equations: '3–7 and section 5',
  },
  summary: 'Attends to a set several times in any order, then points to its elements one by one.',
  config,
  random: true,
  parameters,
  inputs: ({ elements, features }, batch) => ({
    elements: { shape: [batch, elements, features], dtype: 'f32' },
    // Where each output stands in the set; read where the order is given.
    order: { shape: [batch, elements], dtype: 'i32', below: elements },
  }),

  forward(p, { elements, order }, { config: c, training, key }) {
    const [B, N] = elements.shape
    const memories = p.read[1](relu(p.read[0](elements)))
    let state = p.write.start(B)
    let found = state.cell
    for (let step = 0; step < c.steps; step++) {
      state = p.process!.step(found, state)
      found = attended(state.hidden, memories)
    }
    const summary = concat([state.hidden, found], 1)
    const [hidden, cell] = split(p.begin(summary), 2, 1)
    const keys = p.memory(memories)
    const body = ({ state, last, taken }: { state: typeof start; last: Tensor; taken: Tensor }, at: typeof inputs) => {
      const next = p.write.step(last, state)
      const query = p.glimpse ? p.glimpse(concat([next.hidden, attended(next.hidden, memories)], 1)) : next.hidden
      const logits = sum(p.pointer(tanh(add(keys, unsqueeze(p.query(query), 1)))), -1)
      const free = add(mul(taken, -1e9), c.order === 'search' ? add(logits, at.noise) : at.noise)
      const pointer = c.order === 'given' ? at.order : argMax(free, 1)
      const chosen = oneHot(pointer, N)
      const carry = {
        state: next,
        last: sum(mul(memories, unsqueeze(chosen, 2)), 1),
        taken: add(taken, chosen),
      }
      return { carry, y: { logits, pointer } }
    }
    const start = { hidden, cell }
    const draws = c.order !== 'given' && training && key !== undefined
    const inputs = { order: transpose(order), noise: draws ? gumbel(key, [N, B, N]) : zeros([N, B, N]) }
    const { ys } = scan(body, { state: start, last: broadcastTo(p.first, [B, c.width]), taken: zeros([B, N]) }, inputs)
    const logits = transpose(ys.logits, [1, 0, 2])
    const pointers = transpose(ys.pointer)
    const missed = sum(surprise(logits, pointers), 1)
    return { loss: mean(missed), outputs: { logits, pointers, missed, summary } }
  },
})
