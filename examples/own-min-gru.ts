/**
 * minGRU: a gated recurrent unit whose gate and candidate see the input alone, so that a sequence needs no loop.
 *
 *   z_t = sigmoid(x_t W_z)                      how much of the state is replaced
 *   h_t = (1 − z_t) ∘ h_{t−1} + z_t ∘ x_t W_h   state [B, E], constant in T
 *   y_t = h_t W_o
 *
 * Feng et al. 2024, arXiv:2410.01201, section 3.1. Cost a layer: O(T d E) for a state of E numbers.
 */
import {
  add,
  delayed,
  equal,
  linearRecurrence,
  maximum,
  mul,
  name,
  sigmoid,
  slice,
  squeeze,
  sub,
  type Tensor,
  unsqueeze,
  where,
} from 'seqlab/engine'
import { type Context, defineMixer, type Frame } from 'seqlab/mechanisms'
import { applyTogether, cumulativeMaximum, isToken, linear } from 'seqlab/nn'
import { z } from 'zod'

const config = z.object({
  expand: z.number().int().positive().default(1).describe('numbers in the state as a multiple of the model width'),
})
type Config = z.infer<typeof config> & Frame

export const ownMinGru = defineMixer({
  id: 'own-min-gru',
  family: 'recurrent',
  citation: {
    title: 'Were RNNs All We Needed?',
    authors: 'Feng et al.',
    year: 2024,
    arxiv: '2410.01201',
    equations: 'section 3.1',
  },
  summary: 'A gated recurrent net without recurrent weights: each token decides how much of the state it replaces.',
  config,
  causal: true,

  parameters: ({ dim, bias, expand }: Config) => ({
    gate: linear(dim, dim * expand, { bias }),
    candidate: linear(dim, dim * expand, { bias }),
    output: linear(dim * expand, dim, { bias }),
  }),

  state: ({ dim, expand }: Config, { batch }) => ({
    hidden: { shape: [batch, dim * expand], dtype: 'f32', change: 'replace' },
  }),

  project(p, x, { context }) {
    const [gate, candidate] = applyTogether(x, [p.gate, p.candidate])
    const replaced = name(sigmoid(gate), 'gate')
    return masked({ kept: sub(1, replaced), written: mul(replaced, candidate) }, context)
  },

  parallel({ kept, written }, { hidden }) {
    const states = linearRecurrence(kept, written, hidden, { axis: 1 })
    return { y: states, state: { hidden: squeeze(slice(states, 1, -1), 1) } }
  },

  step({ kept, written }, { hidden }) {
    const next = add(mul(kept, unsqueeze(hidden, 1)), written)
    return { y: next, state: { hidden: squeeze(next, 1) } }
  },

  output: (p, y) => p.output(y),
})

/** Both are [B, T, E]. */
interface Update {
  readonly kept: Tensor
  readonly written: Tensor
}

/** A document starts from nothing, and padding leaves the state as it is. */
function masked({ kept, written }: Update, { documents, carriedDocument }: Context): Update {
  if (!documents) return { kept, written }
  const first = unsqueeze(carriedDocument!, 1)
  // Padding has no number of its own: it counts as the document before it.
  const numbers = cumulativeMaximum(maximum(documents, first))
  const continues = unsqueeze(equal(numbers, delayed(numbers, first, { axis: 1 })), 2)
  const real = unsqueeze(isToken(documents)!, 2)
  return { kept: where(real, where(continues, kept, 0), 1), written: where(real, written, 0) }
}
