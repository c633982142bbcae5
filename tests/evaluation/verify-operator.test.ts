import { readFileSync, writeFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { type Executor, onnxExecutor, type TensorData } from '#seqlab/engine/index.js'
import { verifyOperator } from '#seqlab/evaluation/verify/operator.js'
import { UserError } from '#seqlab/platform/errors.js'
import { setPlatform } from '#seqlab/platform/index.js'
import { nodePlatform } from '#seqlab/platform/node.js'
import { decodeSafetensors, encodeSafetensors, type SafetensorsFile } from '#seqlab/training/safetensors.js'

const fixture = join(import.meta.dirname, '..', 'fixtures', 'gla.safetensors')
const shared = process.env.SEQLAB_SHARED

setPlatform(nodePlatform)
let executor: Executor
beforeAll(async () => {
  executor = await onnxExecutor({ threads: 2, worker: false })
})
afterAll(() => executor.close())

/** The fixture changed by `change`, as a file of that name in a folder that the test removes. */
async function changed(change: (file: SafetensorsFile) => unknown, name = 'gla.safetensors'): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'seqlab-verify-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  const file = decodeSafetensors(new Uint8Array(readFileSync(fixture)), { name: fixture })
  change(file)
  const path = join(folder, name)
  writeFileSync(path, Buffer.concat([...encodeSafetensors(file.tensors, file.metadata)]))
  return path
}

/** Swaps time and heads of every tensor. */
function headsFirst({ tensors, metadata }: SafetensorsFile): void {
  metadata.layout = 'bhtd'
  for (const tensor of Object.values(tensors)) {
    const [B, T, H, D] = tensor.shape
    const data = new Float32Array(tensor.data.length)
    for (let b = 0; b < B; b++)
      for (let t = 0; t < T; t++)
        for (let h = 0; h < H; h++)
          for (let d = 0; d < D; d++) data[((b * H + h) * T + t) * D + d] = tensor.data[((b * T + t) * H + h) * D + d]
    Object.assign(tensor, { shape: [B, H, T, D], data })
  }
}

function largest({ data }: TensorData): number {
  return Math.max(...Array.from(data, Math.abs))
}

async function refusal(promise: Promise<unknown>): Promise<string> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  expect(error).toBeInstanceOf(UserError)
  return (error as UserError).message
}

describe('verifying an operator', () => {
  it('passes gla, named by its file, with errors far below the limits', async () => {
    const verdict = await verifyOperator(executor, fixture)
    expect(verdict).toMatchObject({ operator: 'gla', pass: true })
    expect(verdict.maxError).toBeLessThan(2e-6)
    expect(verdict.maxGradientError).toBeLessThan(1e-5)
  })

  it('passes the same values with heads before time', async () => {
    const verdict = await verifyOperator(executor, await changed(headsFirst))
    expect(verdict).toMatchObject({ operator: 'gla', pass: true })
  })

  it('takes scale and chunk size from the constants: halved queries at twice the scale give the same output', async () => {
    const path = await changed(({ tensors, metadata }) => {
      metadata.consts = JSON.stringify({ scale: 0.5, chunk_size: 8 })
      tensors['in.q'] = { ...tensors['in.q'], data: tensors['in.q'].data.map((value) => value / 2) }
      tensors['grad.q'] = { ...tensors['grad.q'], data: tensors['grad.q'].data.map((value) => value * 2) }
    })
    expect(await verifyOperator(executor, path)).toMatchObject({ pass: true })
  })

  it('fails an output that is off by more than its limit and says by how much, relative to the largest value', async () => {
    const path = await changed(({ tensors }) => {
      tensors.out.data[100] += 3e-5 * largest(tensors.out as TensorData)
    })
    const verdict = await verifyOperator(executor, path)
    expect(verdict.pass).toBe(false)
    expect(verdict.maxError).toBeGreaterThan(2.9e-5)
    expect(verdict.maxError).toBeLessThan(3.1e-5)
  })

  it('fails a gradient that is off by more than its limit', async () => {
    const path = await changed(({ tensors }) => {
      tensors['grad.gk'].data[7] -= 2e-4 * largest(tensors['grad.gk'] as TensorData)
    })
    const verdict = await verifyOperator(executor, path)
    expect(verdict).toMatchObject({ pass: false, maxError: expect.closeTo(0, 5) })
    expect(verdict.maxGradientError).toBeGreaterThan(1.9e-4)
    expect(verdict.maxGradientError).toBeLessThan(2.1e-4)
  })

  it('fails a reference that is not a number', async () => {
    const path = await changed(({ tensors }) => tensors.out.data.fill(Number.NaN, 0, 1))
    expect(await verifyOperator(executor, path)).toMatchObject({ pass: false, maxError: Number.POSITIVE_INFINITY })
  })
})

describe('what verifying refuses', () => {
  it('names the operators it knows when the file or --operator names none of them', async () => {
    const path = await changed(() => {}, 'glaa.safetensors')
    expect(await refusal(verifyOperator(executor, path))).toMatch(
      /glaa\.safetensors: no operator is called "glaa".*gla,/,
    )
    expect(await refusal(verifyOperator(executor, path, { operator: 'nope' }))).toMatch(
      /--operator: .*"nope" – use one/,
    )
    expect(await verifyOperator(executor, path, { operator: 'gla' })).toMatchObject({ operator: 'gla', pass: true })
  })

  it('names the tensors that are missing and those of another operator', async () => {
    const path = await changed(({ tensors }) => void delete tensors['grad.k'])
    expect(await refusal(verifyOperator(executor, path))).toMatch(/lacks grad\.k, but gla takes q, k, v, gk/)
    const other = await refusal(verifyOperator(executor, fixture, { operator: 'linear_attn' }))
    expect(other).toMatch(/has in\.gk, but linear_attn takes q, k, v – name the right operator/)
  })

  it('names a tensor whose shape does not fit the others', async () => {
    const path = await changed(({ tensors }) => Object.assign(tensors['in.gk'], { shape: [2, 48, 16, 3] }))
    const message = await refusal(verifyOperator(executor, path))
    expect(message).toMatch(/in\.gk must be f32 \[B, T, H, K\] = \[2, 48, 3, 16\], got f32 \[2, 48, 16, 3\] – check/)
  })

  it('refuses unknown layouts and constants, files that are not safetensors, and files that are not there', async () => {
    const layout = await changed(({ metadata }) => Object.assign(metadata, { layout: 'tbhd' }))
    expect(await refusal(verifyOperator(executor, layout))).toMatch(/layout as bthd or bhtd, got "tbhd"/)
    const consts = await changed(({ metadata }) => Object.assign(metadata, { consts: '{"temperature": 2}' }))
    expect(await refusal(verifyOperator(executor, consts))).toMatch(/scale, chunk_size, normalize, got \{"temperature"/)
    const text = await changed(() => {})
    writeFileSync(text, 'not tensors at all')
    expect(await refusal(verifyOperator(executor, text))).toMatch(/not a whole safetensors file/)
    expect(await refusal(verifyOperator(executor, join(text, '..', 'no', 'gla.safetensors')))).toMatch(/no such file/)
  })
})

if (!shared) console.log('verify: SEQLAB_SHARED is not set – the other reference files are skipped')
describe.skipIf(!shared)('reference files computed by other software', () => {
  it.each(['softmax_attn', 'gla', 'simple_gla', 'delta_rule', 'linear_attn', 'linear_attn_normalized', 'hgrn'])(
    'pass for %s',
    async (name) => {
      const path = join(shared!, 'reference', 'operators', `${name}.safetensors`)
      expect(await verifyOperator(executor, path)).toMatchObject({ operator: name, pass: true })
    },
  )
})
