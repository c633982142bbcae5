/** Reading folders: number types, several files, refused settings, and files that are not whole. */
import '#seqlab/index.js'
import { readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { loadModel } from '#seqlab/checkpoints/index.js'
import { bytesOf, drawn, emptyFolder, small, write } from './folder.js'

const config = { model_type: 'llama', architectures: ['LlamaForCausalLM'], ...small }

async function folderOf(change: Record<string, unknown> = {}, settings: Record<string, unknown> = small) {
  const folder = await emptyFolder()
  const made = drawn('llama', settings)
  write(folder, { ...config, ...settings, ...change }, made.tensors)
  return { folder, ...made }
}

const refusal = (folder: string) =>
  loadModel(folder).then(
    () => 'nothing',
    (error: Error) => `${error.constructor.name}: ${error.message.replaceAll(folder, 'DIR')}`,
  )

/** A file whose tensors are stored as 16-bit numbers. */
function halved(tensors: ReturnType<typeof drawn>['tensors'], dtype: 'F16' | 'BF16', bits: (value: number) => number) {
  let end = 0
  const header: Record<string, unknown> = {}
  const parts = Object.entries(tensors).map(([name, { shape, data }]) => {
    header[name] = { dtype, shape, data_offsets: [end, end + 2 * data.length] }
    end += 2 * data.length
    return new Uint8Array(Uint16Array.from(data, bits).buffer)
  })
  const json = Buffer.from(JSON.stringify(header))
  const length = Buffer.alloc(8)
  length.writeBigUInt64LE(BigInt(json.length))
  return Buffer.concat([length, json, ...parts])
}

const upper = (value: number) => new Uint32Array(new Float32Array([value]).buffer)[0] >>> 16

describe('weights', () => {
  it('come back as they were stored, also in grouped heads, with offsets and tied heads', async () => {
    for (const settings of [
      small,
      { ...small, num_key_value_heads: 4, attention_bias: true, mlp_bias: true },
      { ...small, num_key_value_heads: 1, head_dim: 6, tie_word_embeddings: true, hidden_act: 'gelu' },
    ]) {
      const { folder, parameters } = await folderOf({}, settings)
      expect((await loadModel(folder)).parameters).toEqual(parameters)
    }
  })

  it('of bfloat16 and float16 are widened', async () => {
    const { folder, tensors } = await folderOf()
    writeFileSync(join(folder, 'model.safetensors'), halved(tensors, 'BF16', upper))
    const read = (await loadModel(folder)).parameters['norm.scale'].data
    const cut = Array.from(tensors['model.norm.weight'].data, (value) => {
      return new Float32Array(new Uint32Array([upper(value) << 16]).buffer)[0]
    })
    expect([...read]).toEqual(cut)
    // 1.5 in half precision.
    writeFileSync(
      join(folder, 'model.safetensors'),
      halved(tensors, 'F16', () => 0x3e00),
    )
    expect((await loadModel(folder)).parameters['norm.scale'].data.every((value) => value === 1.5)).toBe(true)
  })

  it('are found in several files by their index', async () => {
    const { folder, tensors, parameters } = await folderOf()
    rmSync(join(folder, 'model.safetensors'))
    const names = Object.keys(tensors)
    const map = Object.fromEntries(names.map((name, i) => [name, `model-0000${(i % 2) + 1}-of-00002.safetensors`]))
    for (const file of new Set(Object.values(map))) {
      const part = Object.fromEntries(names.filter((name) => map[name] === file).map((name) => [name, tensors[name]]))
      writeFileSync(join(folder, file), bytesOf(part))
    }
    const index = join(folder, 'model.safetensors.index.json')
    writeFileSync(index, JSON.stringify({ metadata: {}, weight_map: map }))
    expect((await loadModel(folder)).parameters).toEqual(parameters)
    writeFileSync(index, JSON.stringify({ weight_map: { ...map, 'model.norm.weight': '../../secret.safetensors' } }))
    expect(await refusal(folder)).toMatch(/^UserError: .*must be \.safetensors files beside it/)
    writeFileSync(index, JSON.stringify({ weight_map: { ...map, more: Object.values(map)[0] } }))
    expect(await refusal(folder)).toMatch(/^UserError: .*holds more, which it does not/)
  })
})

describe('refused, by name', () => {
  it.each([
    [{ rope_scaling: { type: 'linear' } }, /rope_scaling\.factor/],
    [{ attention_sinks: 4 }, /attention_sinks/],
    [{ hidden_act: 'xielu' }, /hidden_act/],
    [{ rope_parameters: { rope_type: 'proportional', rope_theta: 100 } }, /rope_parameters\.rope_type/],
    [
      { rope_parameters: { rope_type: 'llama3', factor: 8, low_freq_factor: 1, high_freq_factor: 4, share: 1 } },
      /share/,
    ],
    [{ architectures: ['LlamaForSequenceClassification'] }, /LlamaForSequenceClassification/],
    [{ model_type: 'unheard-of' }, /unheard-of.*known are gpt2/],
    [{ hidden_size: -1 }, /hidden_size/],
    [{ num_key_value_heads: 3 }, /keyHeads must divide/],
  ])('%j', async (change, message) => {
    const { folder } = await folderOf(change)
    const said = await refusal(folder)
    expect(said).toMatch(/^UserError: /)
    expect(said).toMatch(message)
  })

  it('a pickled file, with the reason', async () => {
    const { folder } = await folderOf()
    rmSync(join(folder, 'model.safetensors'))
    writeFileSync(join(folder, 'pytorch_model.bin'), 'x')
    expect(await refusal(folder)).toMatch(
      /^UserError: .*pytorch_model\.bin: is a pickled file, which runs as a program/,
    )
  })

  it('tensors that are missing, foreign or of another shape', async () => {
    const { folder, tensors } = await folderOf()
    const { 'model.norm.weight': one, ...rest } = tensors
    write(folder, config, rest)
    expect(await refusal(folder)).toBe(
      'UserError: DIR: lacks the tensor model.norm.weight – restore the folder from its source',
    )
    write(folder, config, { ...tensors, 'model.layers.0.extra': one })
    expect(await refusal(folder)).toMatch(/has the tensor model\.layers\.0\.extra/)
    write(folder, { ...config, vocab_size: 23 }, tensors)
    expect(await refusal(folder)).toMatch(/must have shape \[23, 16\] by config\.json, got \[24, 16\]/)
    write(folder, { ...config, vocab_size: 1 << 24 }, tensors)
    expect(await refusal(folder)).toMatch(/^UserError: .*must have shape/)
  })
})

it('numbers without an end are read as they were written, and text with such words is left alone', async () => {
  const folder = await emptyFolder()
  const settings = { vocab_size: 24, hidden_size: 16, num_hidden_layers: 1, num_heads: 2, state_size: 3, n_groups: 1 }
  write(folder, {}, drawn('mamba2', settings).tensors)
  const text = JSON.stringify({ model_type: 'mamba2', _name_or_path: 'to Infinity, "NaN"', ...settings })
  for (const [end, most] of [
    ['Infinity', undefined],
    ['0.5', 0.5],
    ['{"__float__":"Infinity"}', undefined],
  ] as const) {
    writeFileSync(join(folder, 'config.json'), text.replace(/}$/, `,"time_step_limit":[0.25,${end}]}`))
    const { model } = await loadModel(folder)
    expect(model.layers[0].settings).toMatchObject({ leastStep: 0.25 })
    expect((model.layers[0].settings as { mostStep?: number }).mostStep).toBe(most)
  }
})

it('positions whose rates depend on the length of a text bound it', async () => {
  const { folder } = await folderOf({ rope_scaling: { type: 'dynamic', factor: 2 } })
  expect((await loadModel(folder)).model.longest).toBe(small.max_position_embeddings)
})

describe('files that are not whole', () => {
  it('are refused in one line, wherever they are cut or changed', async () => {
    const { folder } = await folderOf()
    const path = join(folder, 'model.safetensors')
    const whole = readFileSync(path)
    for (const size of [0, 3, 8, 20, 200, whole.length - 1]) {
      writeFileSync(path, whole)
      truncateSync(path, size)
      const said = await refusal(folder)
      expect(said).toMatch(/^UserError: /)
      expect(said.split('\n')).toHaveLength(1)
    }
    for (const length of [2n ** 63n, 2n ** 40n, BigInt(whole.length)]) {
      const broken = Buffer.from(whole)
      broken.writeBigUInt64LE(length)
      writeFileSync(path, broken)
      expect(await refusal(folder)).toMatch(/^UserError: /)
    }
    // Changed bytes of the header: refused, or read as what they then say, but never another error.
    for (let i = 0; i < 60; i++) {
      const broken = Buffer.from(whole)
      broken[8 + ((i * 37) % 600)] ^= 1 << (i % 8)
      writeFileSync(path, broken)
      expect(await refusal(folder)).toMatch(/^(UserError: |nothing)/)
    }
  }, 120_000)

  it('so is a config.json', async () => {
    const { folder } = await folderOf()
    for (const text of ['', '[]', '{', 'null', '\u0000'])
      for (const file of ['config.json']) {
        writeFileSync(join(folder, file), text)
        expect(await refusal(folder)).toMatch(/^UserError: .*is not a JSON object/)
      }
  })
})
