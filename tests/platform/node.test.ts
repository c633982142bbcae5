import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { expect, it } from 'vitest'
import { platform } from '#seqlab/platform/index.js'
import { nodePlatform } from '#seqlab/platform/node.js'
import { startWorker } from '#seqlab/platform/node-port.js'

it("is installed by the package's entry", async () => {
  await import('#seqlab/index.js')
  // Its files are those of Node with what is mounted beside them.
  expect(platform()).toEqual({ ...nodePlatform, files: expect.anything() })
})

it('hashes a stream whatever its chunks', async () => {
  const chunks = async function* () {
    yield Uint8Array.from([1, 2])
    yield new Uint8Array(0)
    yield Uint8Array.from([3])
  }
  const expected = createHash('sha256')
    .update(Uint8Array.from([1, 2, 3]))
    .digest('hex')
  expect(await nodePlatform.sha256(chunks())).toBe(expected)
})

it('reports memory in bytes and a clock that does not go back', () => {
  const { rss, peakRss } = nodePlatform.memory()!
  expect(rss).toBeGreaterThan(16 * 2 ** 20)
  expect(peakRss).toBeGreaterThan(rss / 2)
  expect(peakRss).toBeLessThan(64 * 2 ** 30)
  expect(nodePlatform.cores).toBeGreaterThanOrEqual(1)
  const before = nodePlatform.now()
  expect(nodePlatform.now()).toBeGreaterThanOrEqual(before)
})

it.skipIf(process.platform !== 'linux')('does not charge a child for the memory of the process that started it', () => {
  const heavy = Buffer.alloc(400 * 2 ** 20, 1)
  const module = pathToFileURL(join(import.meta.dirname, '../../dist/platform/node.js'))
  const script = `const { nodePlatform } = await import('${module}'); console.log(nodePlatform.memory().peakRss)`
  const { stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' })
  expect(Number(stdout)).toBeGreaterThan(16 * 2 ** 20)
  expect(Number(stdout)).toBeLessThan(heavy.length / 2)
})

it('loads the ONNX Runtime with its whole API', async () => {
  const { api: runtime } = await nodePlatform.loadOnnxRuntime({ threads: 1, provider: 'cpu' })
  expect(runtime.InferenceSession.create).toBeTypeOf('function')
  expect(new runtime.Tensor('float32', Float32Array.from([1, 2]), [2]).dims).toEqual([2])
  expect(runtime.env).toBeDefined()
})

it('says the one fix when the ONNX Runtime cannot be loaded', async () => {
  const lonely = await mkdtemp(join(tmpdir(), 'seqlab-lonely-'))
  try {
    await cp(join(import.meta.dirname, '../../dist/platform'), join(lonely, 'platform'), { recursive: true })
    await writeFile(join(lonely, 'package.json'), '{"type":"module"}')
    const broken = join(lonely, 'node_modules/onnxruntime-node')
    await mkdir(broken, { recursive: true })
    await writeFile(join(broken, 'index.js'), `throw new Error('no binary for this machine\\nRequire stack: …')`)
    const script = `
      const { nodePlatform } = await import('${pathToFileURL(join(lonely, 'platform/node.js'))}')
      await nodePlatform.loadOnnxRuntime({ threads: 1, provider: 'cpu' }).catch((error) => console.log(error.name, error.message))`
    const { stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' })
    expect(stdout).toMatch(
      /^UserError onnxruntime-node: cannot be loaded \(no binary for this machine\) – reinstall with the environment variable ONNXRUNTIME_NODE_INSTALL=skip\n$/,
    )
  } finally {
    await rm(lonely, { recursive: true })
  }
})

async function withWorker(source: string, use: (port: ReturnType<typeof startWorker>) => Promise<void>): Promise<void> {
  const path = join(tmpdir(), `seqlab-worker-${process.pid}-${Math.random()}.mjs`)
  await writeFile(path, `import { parentPort } from 'node:worker_threads'\n${source}`)
  const port = startWorker(pathToFileURL(path))
  try {
    await use(port)
  } finally {
    await port.close()
    await rm(path)
  }
}

it('exchanges messages with a worker and hands buffers over', async () => {
  await withWorker(`parentPort.on('message', (m) => parentPort.postMessage(m.length))`, async (port) => {
    const errors: Error[] = []
    port.onError((error) => errors.push(error))
    const data = new Float32Array(3)
    const answer = new Promise((resolve) => port.onMessage(resolve))
    port.post(data, [data.buffer])
    expect(await answer).toBe(3)
    expect(data.length).toBe(0)
    await port.close()
    expect(errors).toEqual([])
  })
})

it.each([
  ['throws', `parentPort.once('message', () => { throw new Error('from inside') })`, 'from inside'],
  ['ends', `parentPort.once('message', () => process.exit(3))`, 'ended by itself with code 3'],
])('reports a worker that %s, once', async (_, source, message) => {
  await withWorker(source, async (port) => {
    const errors: Error[] = []
    const failed = new Promise<Error>((resolve) =>
      port.onError((error) => {
        errors.push(error)
        resolve(error)
      }),
    )
    port.post('go')
    expect((await failed).message).toContain(message)
    await port.close()
    expect(errors).toHaveLength(1)
  })
})
