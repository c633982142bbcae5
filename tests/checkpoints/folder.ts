/** Checkpoint folders for tests: small models with drawn parameters, in folders that the test removes. */
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished } from 'vitest'
import {
  architectures,
  loadModel,
  loadNetwork,
  storedTensors,
  verifyCheckpoint,
  writeCheckpoint,
} from '#seqlab/checkpoints/index.js'
import type { Executor, TensorData } from '#seqlab/engine/index.js'
import { createModel } from '#seqlab/models/index.js'
import { decodeSafetensors, encodeSafetensors } from '#seqlab/training/index.js'

export async function emptyFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'seqlab-checkpoint-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  return folder
}

/** Values of a model of this architecture under these settings: its stored tensors and its parameters. */
export function drawn(id: string, settings: Record<string, unknown>) {
  const architecture = architectures.find((entry) => entry.id === id)!
  const parsed = architecture.settings.parse({ model_type: id, ...settings })
  const model = createModel(architecture.model(parsed, new Set()))
  const parameters = model.initialParameters(3)
  // Nothing at an exact 0 or 1, which would hide that it is not used.
  for (const { data } of Object.values(parameters)) for (let i = 0; i < data.length; i++) data[i] += 0.01 * Math.sin(i)
  return { model, parameters, tensors: storedTensors({ architecture, settings }, model, parameters) }
}

export const bytesOf = (tensors: Readonly<Record<string, TensorData>>) =>
  Buffer.concat([...encodeSafetensors(tensors, { format: 'pt' })])

export function write(folder: string, config: object, tensors: Readonly<Record<string, TensorData>>): void {
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'config.json'), JSON.stringify(config))
  writeFileSync(join(folder, 'model.safetensors'), bytesOf(tensors))
}

export const readJson = (...path: string[]) => JSON.parse(readFileSync(join(...path), 'utf8'))

export const tensorsOf = (folder: string) =>
  decodeSafetensors(new Uint8Array(readFileSync(join(folder, 'model.safetensors'))), { name: folder }).tensors

/** Reads a folder, writes it as what it was read from, and compares: configuration, tensors, and what it computes. */
export async function writtenAgain(executor: Executor, folder: string): Promise<void> {
  const config = readJson(folder, 'config.json')
  const target = await emptyFolder()
  const loaded = await (config.is_encoder_decoder ? loadNetwork : loadModel)(folder)
  await writeCheckpoint(target, { ...loaded, context: 64 })
  expect(readJson(target, 'config.json')).toEqual(config)
  const written = tensorsOf(target)
  // What is ignored, a pooler or a table that follows from settings, holds nothing of the model and is not kept.
  const { ignored } = architectures.find(({ id }) => id === config.model_type)!
  const kept = Object.entries(tensorsOf(folder)).filter(([name]) => name in written || !ignored?.test(name))
  expect(written).toEqual(Object.fromEntries(kept))
  for (const file of ['io.safetensors', 'grads.safetensors']) copyFileSync(join(folder, file), join(target, file))
  expect(await verifyCheckpoint(executor, target)).toMatchObject({ pass: true })
}

/** A small Llama's settings. */
export const small = {
  vocab_size: 24,
  hidden_size: 16,
  intermediate_size: 24,
  num_hidden_layers: 2,
  num_attention_heads: 4,
  num_key_value_heads: 2,
  max_position_embeddings: 32,
}
