/** Small folders that other software made, kept beside the tests: each architecture computes here what it computed there. */
import '#seqlab/index.js'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { verifyCheckpoint } from '#seqlab/checkpoints/index.js'
import { type Executor, onnxExecutor } from '#seqlab/engine/index.js'
import { writtenAgain } from './folder.js'

const root = join(import.meta.dirname, '..', 'fixtures', 'checkpoints')
const folders = readdirSync(root, { withFileTypes: true }).filter((entry) => entry.isDirectory())

let executor: Executor
beforeAll(async () => {
  executor = await onnxExecutor({ threads: 1, worker: false })
})
afterAll(() => executor.close())

const names = folders.map(({ name }) => name)
it.each(names)(
  '%s agrees in logits, loss and gradients',
  async (name) => {
    expect(await verifyCheckpoint(executor, join(root, name))).toMatchObject({ pass: true })
  },
  240_000,
)

it.each(names)(
  '%s is written as what it was read from: the same configuration, tensors and values',
  (name) => writtenAgain(executor, join(root, name)),
  240_000,
)
