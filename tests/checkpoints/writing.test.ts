/** Writing folders: what is written is read again as the same model. */
import '#seqlab/index.js'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { architectures, loadModel, storedTensors, writeCheckpoint } from '#seqlab/checkpoints/index.js'
import { createModel } from '#seqlab/models/index.js'
import { drawn, emptyFolder, readJson, small } from './folder.js'

const fla = { vocab_size: 24, hidden_size: 16, num_hidden_layers: 2, intermediate_size: 24 }

const cases: [string, Record<string, unknown>][] = [
  ['llama', { ...small, rope_theta: 5000, attention_bias: true }],
  ['llama', { ...small, rope_parameters: { rope_type: 'linear', factor: 3, rope_theta: 100 } }],
  ['llama', { ...small, rope_parameters: { rope_type: 'dynamic', factor: 3, rope_theta: 100 } }],
  [
    'llama',
    {
      ...small,
      rope_scaling: {
        rope_type: 'llama3',
        factor: 8,
        low_freq_factor: 1,
        high_freq_factor: 4,
        original_max_position_embeddings: 16,
      },
    },
  ],
  ['llama', { ...small, rope_scaling: { type: 'yarn', factor: 2, mscale: 0.5, mscale_all_dim: 0.2, truncate: false } }],
  ['mistral', { ...small, sliding_window: 5 }],
  ['mixtral', { ...small, num_local_experts: 3, num_experts_per_tok: 2 }],
  ['qwen2', small],
  ['qwen2', { ...small, use_sliding_window: true, sliding_window: 3, max_window_layers: 1 }],
  ['qwen3', { ...small, tie_word_embeddings: true }],
  ['gpt2', { vocab_size: 24, n_embd: 16, n_layer: 2, n_head: 2, n_positions: 20, activation_function: 'relu' }],
  [
    'gpt_neox',
    {
      vocab_size: 24,
      hidden_size: 16,
      num_hidden_layers: 2,
      num_attention_heads: 2,
      intermediate_size: 40,
      rotary_pct: 0.5,
    },
  ],
  ['bloom', { vocab_size: 24, hidden_size: 18, n_layer: 2, n_head: 3 }],
  ['mamba', { vocab_size: 24, hidden_size: 16, state_size: 3, num_hidden_layers: 2, conv_kernel: 2, use_bias: true }],
  ['rwkv', { vocab_size: 24, hidden_size: 16, num_hidden_layers: 2, intermediate_size: 24, attention_hidden_size: 8 }],
  ['mpt', { vocab_size: 24, d_model: 18, n_layers: 2, n_heads: 3, attn_config: { clip_qkv: 2, softmax_scale: 0.5 } }],
  [
    'mamba2',
    {
      ...{ vocab_size: 24, hidden_size: 16, num_hidden_layers: 2, num_heads: 4, state_size: 3, n_groups: 2 },
      use_bias: true,
      time_step_limit: [0, 0.5],
    },
  ],
  ['gla', { ...fla, num_heads: 2, clamp_min: -0.1, expand_v: 1.5 }],
  ['delta_net', { ...fla, num_heads: 2, expand_v: 1.5, qk_activation: 'identity', allow_neg_eigval: true }],
  ['gated_deltanet', { ...fla, num_heads: 1, num_v_heads: 2, head_dim: 6, expand_v: 1.5, use_gate: false }],
  ['retnet', { ...fla, num_heads: 4, num_kv_heads: 2, elementwise_affine: false }],
]

describe('a written folder', () => {
  it.each(cases)('of %s is read as the same model', async (id, settings) => {
    const { model, parameters } = drawn(id, settings)
    const folder = await emptyFolder()
    const { architecture } = await writeCheckpoint(folder, { model, parameters, context: 20, card: 'A card.' })
    expect(architecture).toBe(id)
    const again = await loadModel(folder)
    expect(again.parameters).toEqual(parameters)
    expect(again.model.parameterCount).toBe(model.parameterCount)
    expect(readJson(folder, 'config.json')).toMatchObject({ model_type: id })
    expect(readFileSync(join(folder, 'README.md'), 'utf8')).toContain('A card.')
  })

  it('tells whole numbers from counts, as the original wants them', async () => {
    const { model, parameters } = drawn('mamba2', {
      ...{ vocab_size: 24, hidden_size: 16, num_hidden_layers: 1, num_heads: 2, state_size: 3, n_groups: 1 },
      time_step_limit: [0, 2],
    })
    const folder = await emptyFolder()
    await writeCheckpoint(folder, { model, parameters, context: 8 })
    const text = readFileSync(join(folder, 'config.json'), 'utf8')
    expect(text).toMatch(/"time_step_limit": \[\s*0\.0,\s*2\.0\s*\]/)
    expect(text).toContain('"num_heads": 2,')
  })

  it('of one table for what layers here have each is refused where training has moved them apart', () => {
    const settings = { ...fla, expand_ratio: 8, num_hidden_layers: 3 }
    const { model, parameters } = drawn('hgrn2', settings)
    const architecture = architectures.find(({ id }) => id === 'hgrn2')!
    parameters['blocks.2.mixer.bound'].data[0] += 1
    expect(() => storedTensors({ architecture, settings }, model, parameters)).toThrow(
      'export: model.lower_bounds holds one table for all layers, and blocks.2.mixer.bound is no longer that of the others',
    )
  })

  it('of a model with adapters is refused, as no architecture stores them', async () => {
    const model = createModel({ ...drawn('llama', small).model.config, adapter: { rank: 2 } })
    const written = writeCheckpoint(await emptyFolder(), { model, parameters: model.initialParameters(1), context: 8 })
    await expect(written).rejects.toThrow(/llama: adapter is absent there, here {"rank":2/)
  })

  it('of a model that no architecture describes is refused, with what is in the way', async () => {
    const model = createModel({ dim: 16, layers: 2, heads: 2, mixers: [{ id: 'gla' }] })
    const written = writeCheckpoint(await emptyFolder(), { model, parameters: model.initialParameters(1), context: 8 })
    await expect(written).rejects.toThrow(/no architecture that can be written describes this model.*\n.*gpt2: /)
  })
})
