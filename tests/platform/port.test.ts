import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { expect, it, onTestFinished } from 'vitest'
import { remoteHost } from '#seqlab/engine/onnx/remote.js'
import { startWorker } from '#seqlab/platform/node-port.js'

async function portTo(source: string) {
  const folder = await mkdtemp(join(tmpdir(), 'seqlab-port-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const path = join(folder, 'worker.mjs')
  await writeFile(path, `import { parentPort } from 'node:worker_threads'\n${source}`)
  const port = startWorker(pathToFileURL(path))
  onTestFinished(() => port.close() as Promise<void>)
  return port
}

it('a request that a worker dies of fails, and so does every later one instead of waiting forever', async () => {
  const host = remoteHost(await portTo(`parentPort.once('message', () => process.exit(3))`))
  await expect(host.dispose(0)).rejects.toThrow('ended by itself with code 3')
  await expect(host.dispose(0)).rejects.toThrow('ended by itself with code 3')
  await expect(Promise.all([host.release('a'), host.release('b')])).rejects.toThrow('ended by itself with code 3')
})

it('a request to a worker that died in between fails', async () => {
  const port = await portTo(`process.exit(4)`)
  const host = remoteHost(port)
  await new Promise((resolve) => port.onError(resolve))
  await expect(host.dispose(0)).rejects.toThrow('ended by itself with code 4')
})

it('a request to a closed worker fails', async () => {
  const port = await portTo(`parentPort.on('message', ({ id }) => parentPort.postMessage({ id }))`)
  const host = remoteHost(port)
  await host.dispose(0)
  await port.close()
  await expect(host.dispose(0)).rejects.toThrow('was closed')
})
