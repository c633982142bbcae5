/**
 * A mixture of gated feed-forward layers, of which a router lets each token use a few.
 *
 *   p = softmax(x W_r),  y = Σ_{e ∈ top k of p} p_e / Σ p · W₃ᵉ (f(W₁ᵉ x) ∘ W₂ᵉ x)
 *
 * Shazeer et al. 2017, arXiv:1701.06538, equations 1 and 2, as Jiang et al. 2024, arXiv:2401.04088, section 2.2, has it:
 * no noise, weights of the chosen that sum to 1, or as they are (arXiv:2403.19887). A layer of width `shared` that every
 * token uses, gated by a sigmoid, is arXiv:2401.06066's with the gate of later code. All experts are computed and the
 * chosen ones selected: exact, at the cost of all. Routing is not balanced by a loss of its own.
 */
import { z } from 'zod'
import {
  add,
  div,
  greater,
  matmul,
  max,
  mul,
  name,
  oneHot,
  reshape,
  sigmoid,
  softmax,
  split,
  sum,
  type Tensor,
  topK,
  transpose,
  unsqueeze,
  where,
} from '../../engine/index.js'
import { activationNames, activations } from '../../nn/activations.js'
import { fanIn } from '../../nn/initializers.js'
import { linear } from '../../nn/layers.js'
import { parameter } from '../../nn/parameter.js'
import { UserError } from '../../platform/errors.js'
import { defineChannelMixer } from '../mixer.js'
import { count, positive } from '../settings.js'

const config = z.object({
  experts: count.default(4).describe('layers to choose from'),
  chosen: count.default(2).describe('layers that a token uses'),
  groups: count.default(1).describe('groups that the layers stand in'),
  chosenGroups: count.default(1).describe('groups that a token chooses from, those of the highest probabilities'),
  factor: positive.default(1).describe('on what the chosen give'),
  normalize: z.boolean().default(true).describe('weights of the chosen sum to 1'),
  shared: count.optional().describe('width of a layer that every token uses besides'),
  sharedGate: z.boolean().default(true).describe('gate it'),
  ratio: positive.default(8 / 3).describe('hidden width of one layer as a multiple of the model width'),
  activation: z.enum(activationNames).default('silu').describe('f'),
})

export const mixture = defineChannelMixer({
  id: 'mixture',
  summary: 'Several gated feed-forward layers, of which a router lets each token use a few.',
  citation: {
    title: 'Outrageously Large Neural Networks: The Sparsely-Gated Mixture-of-Experts Layer',
    authors: 'Shazeer et al.',
    year: 2017,
    arxiv: '1701.06538',
    equations: '1, 2',
  },
  config,
  width: ({ ratio }: z.infer<typeof config>, dim) => Math.round((ratio * dim) / 8) * 8,
  parameters({ dim, width, bias, experts, chosen, groups, chosenGroups, shared, sharedGate }) {
    if (chosen > experts)
      throw new UserError(`mixture: chosen must be at most experts, ${experts}, got ${chosen} – choose fewer`)
    if (experts % groups !== 0) throw new UserError(`mixture: groups must divide experts, ${experts}, got ${groups}`)
    if (chosenGroups > groups || chosen > (experts / groups) * chosenGroups)
      throw new UserError(
        `mixture: ${chosenGroups} of ${groups} groups do not hold ${chosen} layers – choose more groups`,
      )
    return {
      router: linear(dim, experts, { bias: false }),
      both: parameter([experts, dim, 2 * width], fanIn(dim)),
      down: parameter([experts, width, dim], fanIn(width)),
      shared: shared === undefined ? undefined : sharedLayer(dim, shared, bias),
      sharedGate: shared === undefined || !sharedGate ? undefined : linear(dim, 1, { bias: false }),
    }
  },
  forward(p, x, { experts, chosen, groups, chosenGroups, factor, normalize, activation }) {
    const [B, T, dim] = x.shape
    const probabilities = softmax(p.router(x))
    const offered = ofGroups(probabilities, groups, chosenGroups)
    const { indices } = topK(offered, chosen, 2)
    const kept = where(greater(sum(oneHot(indices, experts), 2), 0), probabilities, 0)
    const shares = normalize ? div(kept, sum(kept, 2, { keep: true })) : kept
    const weights = name(factor === 1 ? shares : mul(shares, factor), 'router')
    const [gate, up] = split(matmul(reshape(x, [1, B * T, dim]), p.both), 2, 2)
    const results = matmul(mul(activations[activation](gate), up), p.down)
    const perExpert = reshape(transpose(reshape(weights, [B * T, experts])), [experts, B * T, 1])
    const mixed = reshape(sum(mul(results, perExpert), 0), [B, T, dim])
    if (!p.shared) return mixed
    const always = p.shared.down(mul(activations[activation](p.shared.gate(x)), p.shared.up(x)))
    return add(mixed, p.sharedGate ? mul(always, sigmoid(p.sharedGate(x))) : always)
  },
})

/** Zero outside of those groups whose highest probabilities are the highest. */
function ofGroups(probabilities: Tensor, groups: number, chosen: number): Tensor {
  if (chosen === groups) return probabilities
  const [B, T, experts] = probabilities.shape
  const grouped = reshape(probabilities, [B, T, groups, experts / groups])
  const { indices } = topK(max(grouped, 3), chosen, 2)
  const among = unsqueeze(greater(sum(oneHot(indices, groups), 2), 0), 3)
  return reshape(where(among, grouped, 0), [B, T, experts])
}

function sharedLayer(dim: number, width: number, bias: boolean) {
  return {
    gate: linear(dim, width, { bias }),
    up: linear(dim, width, { bias }),
    down: linear(width, dim, { bias }),
  }
}
