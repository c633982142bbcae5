import { readFileSync, statSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as ort from 'onnxruntime-node'
import { describe, expect, it, onTestFinished } from 'vitest'
import { runReference, type Tensor, type TensorData, trace } from '#seqlab/engine/index.js'
import type { ExportDescription, ValueDescription } from '#seqlab/inference/export/description.js'
import { exportOnnx } from '#seqlab/inference/export/onnx.js'
import { carriedState, createModel, type Model, preset } from '#seqlab/models/index.js'
import { logits } from '#seqlab/nn/loss.js'
import { UserError } from '#seqlab/platform/errors.js'
import { setPlatform } from '#seqlab/platform/index.js'
import { nodePlatform } from '#seqlab/platform/node.js'
import { seeded } from '../training/seeded.js'

setPlatform(nodePlatform)
const vocabulary = 19
const small = { dim: 16, layers: 2, heads: 2, input: { kind: 'tokens', vocabulary } }

async function folder(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'seqlab-export-'))
  onTestFinished(() => rm(path, { recursive: true, force: true }))
  return path
}

/** Random tokens [batch, context] from seed 5. */
function tokensFor(batch: number, context: number): TensorData {
  const next = seeded(5)
  return {
    shape: [batch, context],
    dtype: 'i32',
    data: Int32Array.from({ length: batch * context }, () => next(vocabulary)),
  }
}

/** What the model itself says, in float64, by the definition of each mixer. */
function ownLogits(model: Model, parameters: Record<string, TensorData>, tokens: TensorData): TensorData {
  const program = trace(
    (x: Tensor, byPath: Record<string, Tensor>) => {
      const tensors = model.nest(({ path }) => byPath[path])
      const start = carriedState(model, {}, tokens.shape[0])
      return logits(model.forward(tensors, { x }, start, { form: 'parallel' }).features, model.head(tensors))
    },
    tokens,
    parameters,
  )
  return runReference(program, [tokens, ...Object.values(parameters)])[0]
}

/** Largest difference, relative to the largest expected value. */
function relative(got: ArrayLike<number>, want: ArrayLike<number>): number {
  let [difference, largest] = [0, 0]
  for (let i = 0; i < want.length; i++) {
    difference = Math.max(difference, Math.abs(got[i] - want[i]))
    largest = Math.max(largest, Math.abs(want[i]))
  }
  expect(got.length).toBe(want.length)
  return difference / largest
}

async function session(path: string): Promise<ort.InferenceSession> {
  const created = await ort.InferenceSession.create(path, { intraOpNumThreads: 1, logSeverityLevel: 3 })
  onTestFinished(() => created.release())
  return created
}

async function runSequence(directory: string, { sequence }: ExportDescription, { shape, data }: TensorData) {
  const model = await session(join(directory, sequence.file))
  const results = await model.run({ tokens: new ort.Tensor('int32', data as Int32Array, shape) })
  expect(results.logits.dims).toEqual(sequence.outputs[0].shape)
  return results.logits.data as Float32Array
}

/** A tensor of a described value, every element `start`. */
function filled({ type, shape }: ValueDescription, start: number): ort.Tensor {
  const size = shape.reduce((product, extent) => product * extent, 1)
  const data = type === 'int32' ? new Int32Array(size).fill(start) : new Float32Array(size).fill(start)
  return new ort.Tensor(type, data as Float32Array, [...shape])
}

/** Writes a slice of extent 1 into a cache, as model.json says. */
function writeSlice(cache: ort.Tensor, slice: ort.Tensor, axis: number, at: number): void {
  const inner = cache.dims.slice(axis + 1).reduce((product, extent) => product * extent, 1)
  const rows = cache.dims.slice(0, axis).reduce((product, extent) => product * extent, 1)
  for (let row = 0; row < rows; row++) {
    const from = (slice.data as Float32Array).subarray(row * inner, (row + 1) * inner)
    ;(cache.data as Float32Array).set(from, (row * cache.dims[axis] + at) * inner)
  }
}

/** Runs the step model over all tokens with nothing but what model.json says; logits [batch, context, vocabulary]. */
async function runSteps(directory: string, { step }: ExportDescription, { shape: [batch, context], data }: TensorData) {
  const model = await session(join(directory, step.file))
  const specs = new Map(step.inputs.map((value) => [value.name, value]))
  const state = Object.fromEntries(step.state.map(({ input, start }) => [input, filled(specs.get(input)!, start)]))
  const all = new Float32Array(batch * context * vocabulary)
  for (let t = 0; t < context; t++) {
    const token = Int32Array.from({ length: batch }, (_, row) => data[row * context + t])
    const feeds: Record<string, ort.Tensor> = { ...state, token: new ort.Tensor('int32', token, [batch]) }
    if (specs.has('used')) feeds.used = new ort.Tensor('int32', Int32Array.of(t), [])
    const results = await model.run(feeds)
    for (const { input, output, change, axis = 0 } of step.state) {
      if (change === 'replace') state[input] = results[output]
      else writeSlice(state[input], results[output], axis, change === 'ring' ? t % state[input].dims[axis] : t)
    }
    for (let row = 0; row < batch; row++) {
      const values = (results.logits.data as Float32Array).subarray(row * vocabulary, (row + 1) * vocabulary)
      all.set(values, (row * context + t) * vocabulary)
    }
  }
  return all
}

const configurations: Record<string, object> = {
  transformer: preset('transformer'),
  'transformer-xl': { ...preset('transformer-xl'), mixers: [{ id: 'transformer-xl', memory: 4 }] },
  gla: preset('gla'),
  deltanet: preset('deltanet'),
  mamba2: preset('mamba2'),
  lstm: preset('lstm'),
  'a hybrid with a window, grouped heads, learned positions, RMS norms and a head of its own': {
    mixers: [{ id: 'softmax', window: 3, keyHeads: 1, rotary: false }, { id: 'gla' }],
    positions: 'learned',
    maxPositions: 8,
    norm: 'rms',
    channel: { id: 'swiglu' },
    head: { kind: 'token', tied: false, bias: true },
  },
}

describe.each(Object.entries(configurations))('exporting %s', (_, config) => {
  it.each([1, 2])(
    'gives files that ONNX Runtime runs alone, whole and step by step, for %i rows (1e-5 of float64)',
    async (batch) => {
      const [directory, context] = [await folder(), 7]
      const model = createModel({ ...small, ...config })
      const parameters = model.initialParameters(3)
      const { description } = await exportOnnx(directory, { model, parameters, batch, context })
      const tokens = tokensFor(batch, context)
      const expected = ownLogits(model, parameters, tokens)
      expect(relative(await runSequence(directory, description, tokens), expected.data)).toBeLessThan(1e-5)
      expect(relative(await runSteps(directory, description, tokens), expected.data)).toBeLessThan(1e-5)
    },
  )
})

describe('the exported files', () => {
  const model = createModel({ ...small, ...preset('transformer') })
  const parameters = model.initialParameters(3)
  const request = { model, parameters, context: 6 }

  it('name inputs and outputs after the state, hold the weights, and leave out state that nothing reads', async () => {
    const directory = await folder()
    const { description, files } = await exportOnnx(directory, { ...request, capacity: 9, tokenizer: { kind: 'byte' } })
    expect(files).toEqual(['sequence.onnx', 'step.onnx', 'model.json'].map((name) => join(directory, name)))
    const names = (values: readonly ValueDescription[]) => values.map(({ name }) => name)
    const caches = [0, 1].flatMap((layer) => ['keys', 'values'].map((leaf) => `layers.${layer}.${leaf}`))
    const state = ['position', ...caches]
    expect(names(description.step.inputs)).toEqual(['token', 'used', ...state.map((leaf) => `state.${leaf}`)])
    expect(names(description.step.outputs)).toEqual(['logits', ...state.map((leaf) => `next.${leaf}`)])
    expect(description.step.state[1]).toEqual({
      input: 'state.layers.0.keys',
      output: 'next.layers.0.keys',
      change: 'append',
      axis: 2,
      start: 0,
    })
    expect(description.step.inputs.at(-1)?.shape).toEqual([1, 2, 9, 8])
    const step = await session(join(directory, 'step.onnx'))
    expect([...step.inputNames].sort()).toEqual(names(description.step.inputs).sort())
    expect([...step.outputNames].sort()).toEqual(names(description.step.outputs).sort())
    const written = JSON.parse(readFileSync(join(directory, 'model.json'), 'utf8'))
    expect(written).toEqual(JSON.parse(JSON.stringify(description)))
    expect(written).toMatchObject({
      format: 'seqlab-onnx',
      weights: null,
      tokenizer: { kind: 'byte' },
      model: { dim: 16 },
    })
  })

  it('are equal byte for byte when the same model is exported again', async () => {
    const [first, second] = [await folder(), await folder()]
    const { files } = await exportOnnx(first, request)
    await exportOnnx(second, request)
    for (const file of files) expect(readFileSync(file.replace(first, second))).toEqual(readFileSync(file))
  })

  it('hold large constants too: a chunk of 512 brings masks of 256 KiB', async () => {
    const [directory, context] = [await folder(), 130]
    const long = createModel({ ...small, ...preset('mamba2'), mixers: [{ id: 'mamba2', chunk: 512 }] })
    const weights = long.initialParameters(3)
    const { description } = await exportOnnx(directory, { model: long, parameters: weights, context })
    const tokens = tokensFor(1, context)
    const expected = ownLogits(long, weights, tokens)
    expect(relative(await runSequence(directory, description, tokens), expected.data)).toBeLessThan(1e-5)
    expect(statSync(join(directory, 'sequence.onnx')).size).toBeGreaterThan(4 * long.parameterCount + 256 * 1024)
  })

  it('share one file of weights when a model would be too large for protobuf', async () => {
    const directory = await folder()
    const { description, files } = await exportOnnx(directory, { ...request, largestModel: 1000 })
    expect(description.weights).toBe('weights.bin')
    expect(files[2]).toBe(join(directory, 'weights.bin'))
    const tokens = tokensFor(1, 6)
    const expected = ownLogits(model, parameters, tokens)
    expect(relative(await runSequence(directory, description, tokens), expected.data)).toBeLessThan(1e-5)
    expect(relative(await runSteps(directory, description, tokens), expected.data)).toBeLessThan(1e-5)
    expect(statSync(files[2]).size).toBeGreaterThan(4 * model.parameterCount)
    const weights = Object.values(parameters).reduce((total, { data }) => total + data.byteLength, 0)
    const { files: inside } = await exportOnnx(await folder(), request)
    expect(statSync(inside[1]).size - statSync(files[1]).size).toBeGreaterThan(0.8 * weights)
  })
})

describe('what exporting refuses', () => {
  const model = createModel({ ...small, ...preset('gla'), positions: 'learned', maxPositions: 8 })
  const parameters = model.initialParameters(3)

  async function refusal(change: Partial<Parameters<typeof exportOnnx>[1]>, directory?: string): Promise<string> {
    const target = directory ?? (await folder())
    const error = await exportOnnx(target, { model, parameters, context: 6, ...change }).catch((reason) => reason)
    expect(error).toBeInstanceOf(UserError)
    return error.message
  }

  it('sizes that are no whole numbers or exceed the learned positions, with the option to change', async () => {
    expect(await refusal({ batch: 0 })).toMatch(/batch must be a whole number of at least 1, got 0 – .*--batch/)
    expect(await refusal({ context: 2.5 })).toMatch(/context must be a whole number .*got 2\.5/)
    expect(await refusal({ capacity: 9 })).toMatch(/capacity 9 exceeds the 8 positions .*--capacity/)
  })

  it('weights that are not those of the model, by path', async () => {
    const { 'norm.scale': scale, ...others } = parameters
    expect(await refusal({ parameters: others })).toMatch(/norm\.scale must be Float32Array \[16\], got none/)
    const wrong = { ...others, 'norm.scale': { ...scale, shape: [4, 4] } }
    expect(await refusal({ parameters: wrong })).toMatch(/norm\.scale must be .* got Float32Array \[4, 4\]/)
  })

  it('models that predict no tokens', async () => {
    const regression = createModel({ ...small, ...preset('gla'), head: { kind: 'regression', outputs: 2 } })
    expect(await refusal({ model: regression })).toMatch(/got tokens as input, a regression head – export another run/)
  })

  it('a path that is a file, and leaves the file as it is', async () => {
    const path = join(await folder(), 'taken')
    await writeFile(path, 'mine')
    expect(await refusal({}, path)).toMatch(/taken/)
    expect(readFileSync(path, 'utf8')).toBe('mine')
  })
})
