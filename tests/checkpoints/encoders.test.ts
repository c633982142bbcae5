/** What encoders and encoders with decoders refuse, and what tells them apart from models of one part. */
import '#seqlab/index.js'
import { cpSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { loadModel, loadNetwork } from '#seqlab/checkpoints/index.js'
import { decodeSafetensors } from '#seqlab/training/index.js'
import { bytesOf, emptyFolder, readJson } from './folder.js'

const fixtures = join(import.meta.dirname, '..', 'fixtures', 'checkpoints')

/** A copy of a folder beside the tests, with other settings. */
async function changed(name: string, change: Record<string, unknown>) {
  const folder = await emptyFolder()
  cpSync(join(fixtures, name), folder, { recursive: true })
  writeFileSync(join(folder, 'config.json'), JSON.stringify({ ...readJson(folder, 'config.json'), ...change }))
  return folder
}

const refusal = (reading: Promise<unknown>) =>
  reading.then(
    () => 'nothing',
    (error: Error) => `${error.constructor.name}: ${error.message}`,
  )

describe('refused, by name', () => {
  it.each<[string, Record<string, unknown>, RegExp]>([
    ['t5', { feed_forward_proj: 'gated-xielu' }, /feed_forward_proj: "gated-xielu"/],
    ['t5', { is_decoder: true }, /is_decoder/],
    ['t5', { relative_attention_num_buckets: 3 }, /relativeBuckets must be at least 4/],
    ['bart', { normalize_before: true }, /normalize_before/],
    ['bart', { decoder_start_token_id: null }, /decoder_start_token_id/],
    ['roberta', { is_decoder: true }, /is_decoder/],
    ['roberta', { position_embedding_type: 'relative_key' }, /position_embedding_type/],
    ['modernbert', { layer_types: ['full_attention'] }, /layer_types must name one type for each/],
    ['modernbert', { rope_parameters: { full_attention: { rope_type: 'yarn' } } }, /rope_type/],
    ['deberta-v2', { embedding_size: 8 }, /embedding_size: only tables as wide as hidden_size, 16/],
    ['deberta-v2', { pos_att_type: ['p2p'] }, /pos_att_type/],
    ['deberta-v2', { pos_att_type: 'c2p|p2p' }, /pos_att_type: must name c2p and p2c alone, got "p2p"/],
    ['deberta-v2', { conv_kernel_size: 4 }, /taps must be odd/],
    ['longformer', { attention_window: [4, 7] }, /attention_window/],
    ['longformer', { attention_window: [4] }, /one window for each of 2 layers, got 1/],
    ['big-bird', { attention_type: 'sparse' }, /attention_type/],
    ['nystromformer', { inv_coeff_init_option: true }, /inv_coeff_init_option/],
    ['xlnet', { bi_data: true }, /bi_data/],
    ['xlnet', { attn_type: 'uni', same_length: true }, /same_length with attn_type uni/],
  ])('%s with %j', async (name, change, message) => {
    const said = await refusal(loadModel(await changed(name, change)))
    expect(said).toMatch(/^UserError: /)
    expect(said).toMatch(message)
  })
})

describe('encoders with decoders', () => {
  it('are networks, and models of one part are not', async () => {
    expect(await refusal(loadModel(join(fixtures, 't5')))).toMatch(/^UserError: .*load it with loadNetwork/)
    expect(await refusal(loadNetwork(join(fixtures, 'roberta')))).toMatch(/^UserError: .*load it with loadModel/)
    const { model, parameters } = await loadNetwork(join(fixtures, 'bart'))
    expect(model.parameterList.map(({ path }) => path)).toEqual(Object.keys(parameters))
  })

  it('have heads and tables of their own where the file has them', async () => {
    const folder = await changed('t5', {})
    const path = join(folder, 'model.safetensors')
    const { tensors } = decodeSafetensors(new Uint8Array(readFileSync(path)), { name: path })
    const shared = tensors['shared.weight']
    const doubled = { ...shared, data: Float32Array.from(shared.data, (value) => 2 * value) }
    writeFileSync(path, bytesOf({ ...tensors, 'lm_head.weight': doubled, 'decoder.embed_tokens.weight': doubled }))
    const { parameters } = await loadNetwork(folder)
    expect(parameters['encoder.input.table'].data).toEqual(shared.data)
    expect(parameters['decoder.input.table'].data).toEqual(doubled.data)
    const [V, d] = shared.shape
    const head = parameters['decoder.head.weight']
    expect(head.shape).toEqual([d, V])
    expect(head.data[1]).toBe(doubled.data[d])
  })
})
