import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { openModel, readParameters } from '#seqlab/checkpoints/index.js'
import { loadBpe } from '#seqlab/data/index.js'
import { onnxExecutor } from '#seqlab/engine/index.js'
import { load } from '#seqlab/index.js'
import { createDecoder, generateTokens, samplingConfig } from '#seqlab/inference/index.js'
import { type FileSource, openTextModel } from '#seqlab/serving/index.js'
import { blobs, publishedFolder, trainedFolder } from './models.js'

async function written(source: string | FileSource, options: object = {}): Promise<string> {
  const model = await load(source)
  let text = ''
  for await (const piece of model.generate('The software', { tokens: 24, seed: 3, ...options })) text += piece
  await model.close()
  return text
}

it('a folder in the layout of Hugging Face writes what its parameters do, after the token that begins a text', async () => {
  const folder = await publishedFolder()
  const checkpoint = await openModel(folder)
  const tokenizer = await loadBpe(join(folder, 'tokenizer.json'))
  const executor = await onnxExecutor({ threads: 1, worker: false })
  const decoder = await createDecoder(checkpoint.model, await readParameters(checkpoint), { executor })
  const prompt = Int32Array.from([7, ...tokenizer.encode('The software')])
  const ids: number[] = []
  for await (const { id } of generateTokens(decoder, prompt, 24, samplingConfig.parse({ seed: 3 }))) ids.push(id)
  await executor.close()
  await checkpoint.weights.close()
  const expected = tokenizer.decode(ids.filter((id) => id < 300))
  expect(await written(folder)).toBe(expected)
  // What ends a text is no part of it.
  expect(await written(folder, { ends: [ids[10]] })).toBe(tokenizer.decode(ids.slice(0, ids.indexOf(ids[10]))))
})

it('parameters that are read one by one are those that are read together', async () => {
  const folder = await publishedFolder()
  const checkpoint = await openModel(folder)
  const together = await readParameters(checkpoint)
  await checkpoint.weights.close()
  const { model, parameters, close } = await openTextModel(folder)
  for (const { path } of model.parameterList) expect(await parameters(path)).toEqual(together[path])
  await close()
})

it.each([
  ['a training run', trainedFolder],
  ['a folder in the layout of Hugging Face', publishedFolder],
])('%s writes the same from its folder and from files that a page was given', async (_, make) => {
  const folder = await make()
  const text = await written(folder)
  expect(text).not.toBe('')
  expect(await written(folder)).toBe(text)
  expect(await written(blobs(folder))).toBe(text)
  expect(await written(folder, { seed: 4 })).not.toBe(text)
})

it('a folder in the layout of Hugging Face writes the same from an address', async () => {
  const folder = await publishedFolder()
  const files = blobs(folder)
  const asked: string[] = []
  const server = createServer(async ({ url = '' }, response) => {
    const path = decodeURIComponent(url).slice('/some model/'.length)
    asked.push(path)
    if (!Object.hasOwn(files, path)) return response.writeHead(404).end()
    response.end(Buffer.from(await files[path].arrayBuffer()))
  })
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  onTestFinished(() => void server.close())
  const { port } = server.address() as AddressInfo
  expect(await written(new URL(`http://127.0.0.1:${port}/some model/`))).toBe(await written(folder))
  expect(asked.filter((path) => path === 'model.safetensors').length).toBe(1)
})

it('what cannot be read is refused with the reason', async () => {
  const files = blobs(await publishedFolder())
  const { 'tokenizer.json': _, ...rest } = files
  await expect(load(rest)).rejects.toThrow(/holds none of tokenizer\.json/)
  const { 'model.safetensors': __, ...unweighted } = files
  await expect(load(unweighted)).rejects.toThrow(/has no model\.safetensors/)
  await expect(load({})).rejects.toThrow(/not a run, the folder has no config\.json/)
  await expect(load('/nowhere')).rejects.toThrow(/there is no such folder/)
  const damaged = blobs(await trainedFolder())
  const weights = 'checkpoints/step-00000001/weights.safetensors'
  damaged[weights] = new Blob([damaged[weights].slice(0, -4), new Uint8Array([1, 2, 3, 4])])
  await expect(load(damaged)).rejects.toThrow(/damaged, its contents are not those that were saved/)
  await expect(load(new URL('http://127.0.0.1:9/'))).rejects.toThrow(/cannot be fetched .* – check the address/)
})
