/** Mixtral: Mistral with a mixture of experts, stored whole, or expert by expert as earlier files are. */
import { z } from 'zod'
import {
  count,
  defineArchitecture,
  type Entry,
  epsilon,
  matrix,
  neutral,
  off,
  settings,
  traits,
} from '../architecture.js'
import { groupedSettings, llamaIgnored, llamaModel, llamaSettings, llamaSettingsOf, llamaTensors } from './llama.js'

/** The router's logits are asked for together with a loss of their own, which is not computed here. */
export const routerSettings = { output_router_logits: off.optional(), router_aux_loss_coef: neutral }

export const expertSettings = {
  num_local_experts: count.default(8),
  num_experts_per_tok: count.default(2),
  ...routerSettings,
  router_jitter_noise: neutral,
}

/** Experts and router; gate and up are one matrix each expert. */
export const expertTensors = (from: string, to: string, router = 'gate'): Entry[] => [
  matrix(`${from}.${router}.weight`, `${to}.router.weight`),
  { name: `${from}.experts.gate_up_proj`, path: `${to}.both`, axes: 'e o i -> e i o' },
  { name: `${from}.experts.down_proj`, path: `${to}.down`, axes: 'e o i -> e i o' },
]

/** The same with a matrix for each expert and map, by the names of gate, up and down. */
export const singleExpertTensors = (
  from: string,
  to: string,
  experts: number,
  [gate, up, down]: readonly [string, string, string],
  router = 'gate',
): Entry[] => [
  matrix(`${from}.${router}.weight`, `${to}.router.weight`),
  ...Array.from({ length: experts }, (_, e) => [
    ...[gate, up].map((map, p) => ({
      name: `${from}.experts.${e}.${map}.weight`,
      path: `${to}.both`,
      axes: 'o i -> e i (p o)',
      sizes: { e: experts, p: 2 },
      at: { e, p },
    })),
    { name: `${from}.experts.${e}.${down}.weight`, path: `${to}.down`, axes: 'o i -> e i o', at: { e } },
  ]).flat(),
]

export const mixtral = defineArchitecture({
  id: 'mixtral',
  classes: ['MixtralForCausalLM'],
  settings: settings({
    ...llamaSettings,
    ...groupedSettings,
    ...expertSettings,
    rms_norm_eps: epsilon.default(1e-5),
    rope_theta: z.number().positive().default(1_000_000),
    sliding_window: count.nullish(),
  }),
  predicts: 'next token',
  ignored: llamaIgnored,
  model(c) {
    const model = llamaModel(c, { window: c.sliding_window ?? undefined })
    return {
      ...model,
      channel: { ...model.channel, id: 'mixture', experts: c.num_local_experts, chosen: c.num_experts_per_tok },
    }
  },
  settingsOf(model, context) {
    const { mixer, channel } = traits(model)
    return {
      ...llamaSettingsOf(model, context),
      sliding_window: mixer.window ?? null,
      num_local_experts: channel?.experts,
      num_experts_per_tok: channel?.chosen,
    }
  },
  tensors: (c, names) =>
    llamaTensors(c, {
      channel: (from, to) =>
        names.has(`${from}.block_sparse_moe.gate.weight`)
          ? singleExpertTensors(`${from}.block_sparse_moe`, `${to}.channel`, c.num_local_experts, ['w1', 'w3', 'w2'])
          : expertTensors(`${from}.mlp`, `${to}.channel`),
    }),
})
