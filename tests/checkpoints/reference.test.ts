/** Folders of other software: every one of them computes here what it computed there. */
import '#seqlab/index.js'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  architectures,
  checkpointLimits,
  loadModel,
  verifyCheckpoint,
  writeCheckpoint,
} from '#seqlab/checkpoints/index.js'
import { type Executor, onnxExecutor } from '#seqlab/engine/index.js'
import { emptyFolder, readJson, tensorsOf, writtenAgain } from './folder.js'

const shared = process.env.SEQLAB_SHARED
if (!shared) console.log('checkpoints: SEQLAB_SHARED is not set – the folders of other software are skipped')
const root = join(shared ?? '', 'reference', 'checkpoints')
const known = new Map(architectures.map((architecture) => [architecture.id, architecture]))
const folders =
  shared && existsSync(root)
    ? readdirSync(root).filter((name) => known.has(readJson(root, name, 'config.json').model_type))
    : []

let executor: Executor
beforeAll(async () => {
  executor = await onnxExecutor({ threads: 1, worker: false })
})
afterAll(() => executor.close())

describe.skipIf(!shared)('checkpoints of other software', () => {
  it.each(folders)(
    '%s agrees in logits, loss, gradients and token by token',
    async (name) => {
      const verdict = await verifyCheckpoint(executor, join(root, name))
      expect(verdict).toMatchObject({ pass: true })
      expect(verdict.maxLogitError).toBeLessThan(checkpointLimits.logits)
      expect(verdict.maxGradientError).toBeLessThan(checkpointLimits.gradient)
    },
    240_000,
  )

  const described = folders.filter((name) => known.get(readJson(root, name, 'config.json').model_type)?.settingsOf)
  it.each(described)(
    '%s is written as it was read, byte for byte, from what is computed alone',
    async (name) => {
      const folder = await emptyFolder()
      const { model, parameters } = await loadModel(join(root, name))
      await writeCheckpoint(folder, { model, parameters, context: 128 })
      expect(tensorsOf(folder)).toEqual(tensorsOf(join(root, name)))
      const [written, read] = [folder, join(root, name)].map((path) => readFileSync(join(path, 'model.safetensors')))
      expect(written.equals(read)).toBe(true)
    },
    60_000,
  )

  it.each(folders)(
    '%s is written as what it was read from: the same configuration, tensors and values',
    (name) => writtenAgain(executor, join(root, name)),
    60_000,
  )
})
