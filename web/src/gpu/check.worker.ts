/** A worker that trains a tiny model for a few steps on WASM and on WebGPU, and tells how far apart the losses are. */
import { browserPlatform, nameOfGpu } from 'seqlab/browser'
import { onnxExecutor } from 'seqlab/engine'
import { resolveConfig } from 'seqlab/models'
import { type Provider, setPlatform } from 'seqlab/platform'
import { firstLosses } from 'seqlab/training'
import { z } from 'zod'
import { checkSteps, type FromCheck } from './protocol.js'

z.config({ jitless: true })
setPlatform(browserPlatform)
const say = (message: FromCheck) => postMessage(message)

/** A layer of products and softmax, and one of decays and chunks: most of what models are made of. */
const tiny = {
  mixers: [{ id: 'softmax' }, { id: 'gla' }],
  dim: 16,
  layers: 2,
  heads: 2,
  input: { kind: 'tokens' as const, vocabulary: 16 },
}

addEventListener('message', () => {
  check().then(
    (difference) => say({ kind: 'compared', difference }),
    (error: Error) => say({ kind: 'failed', why: error.message.split('\n', 1)[0] }),
  )
})

async function check(): Promise<number> {
  say({ kind: 'adapter', ...(await nameOfGpu()) })
  const trusted = await losses('cpu')
  const other = await losses('webgpu')
  return Math.max(...trusted.map((loss, step) => Math.abs(loss - other[step])))
}

async function losses(provider: Provider): Promise<number[]> {
  const executor = await onnxExecutor({ provider, threads: 1, worker: false })
  const found = await firstLosses(executor, resolveConfig(tiny), { steps: checkSteps })
  await executor.close()
  return found
}
