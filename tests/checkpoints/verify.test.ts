/** What `verify checkpoint` sees: references that are changed by little depart, and the tensor is named. */
import '#seqlab/index.js'
import { cpSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { checkpointLimits, verifyCheckpoint } from '#seqlab/checkpoints/index.js'
import { onnxExecutor } from '#seqlab/engine/index.js'
import { decodeSafetensors } from '#seqlab/training/index.js'
import { bytesOf, emptyFolder } from './folder.js'

const fixture = (name: string) => join(import.meta.dirname, '..', 'fixtures', 'checkpoints', name)

async function verdictOf(name: string, file: string, tensor: string, change: (value: number) => number) {
  const folder = await emptyFolder()
  cpSync(fixture(name), folder, { recursive: true })
  const path = join(folder, file)
  const { tensors } = decodeSafetensors(readFileSync(path), { name: path })
  const { data } = tensors[tensor]
  for (let i = 0; i < data.length; i++) data[i] = change(data[i])
  writeFileSync(path, bytesOf(tensors))
  const executor = await onnxExecutor({ threads: 1, worker: false })
  const verdict = await verifyCheckpoint(executor, folder)
  await executor.close()
  return verdict
}

it.each([
  ['gated_deltanet', 'model.layers.1.attn.A_log'],
  ['mamba2', 'backbone.layers.0.mixer.dt_bias'],
  ['qwen3-llama3', 'model.layers.0.self_attn.k_norm.weight'],
])('sees, in %s, a gradient of %s that is 1 % too large', async (name, tensor) => {
  const verdict = await verdictOf(name, 'grads.safetensors', tensor, (value) => value * 1.01)
  expect(verdict).toMatchObject({ pass: false, departs: expect.stringContaining(tensor) })
})

it('sees logits that are off by three times the limit', async () => {
  const off = 3 * checkpointLimits.logits
  const verdict = await verdictOf('gla', 'io.safetensors', 'logits', (value) => value * (1 + off))
  expect(verdict).toMatchObject({ pass: false, departs: 'logits' })
})
