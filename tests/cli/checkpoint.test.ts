/** Commands on a folder in the layout of Hugging Face. */
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { root } from '../../scripts/documentation.js'
import { emptyFolder, readJson } from '../checkpoints/folder.js'
import { publishedFolder, trainedFolder } from '../serving/models.js'
import { json, seqlab, start } from './command.js'

const text = join(root, 'LICENSE')
const generating = ['--prompt', 'The software', '--tokens', '12', '--temperature', '0', '--json']

it('generate, eval, train --init-from, merge and export go from folder to folder', async () => {
  const folder = await publishedFolder()
  const [{ text: written }] = await json(['generate', '--checkpoint', folder, ...generating])
  const data = ['--data', text, '--threads', '1', '--json']
  const [before] = await json(['eval', '--checkpoint', folder, ...data, '--context', '32'])
  expect(before.loss).toBeGreaterThan(4)
  const [rounded] = await json(['eval', '--checkpoint', folder, ...data, '--context', '32', '--weights', 'int4'])
  expect(rounded.tokens).toBe(before.tokens)
  expect(Math.log(rounded.exactPerplexity)).toBeCloseTo(before.loss, 5)
  // The head alone is large enough to be rounded: by half of a sixteenth of a block's largest number at most.
  expect(rounded.logitError).toBeGreaterThan(0.001)
  expect(rounded.logitError).toBeLessThan(0.2)

  const out = await emptyFolder()
  const run = join(out, 'run')
  const size = ['--context', '32', '--batch', '4', '--steps', '12', '--lr', '0.01']
  const trained = await json([
    'train',
    '--init-from',
    folder,
    '--set',
    'adapter.rank=2',
    ...size,
    ...data,
    '--out',
    run,
  ])
  expect(trained.at(-1)).toMatchObject({ event: 'done', steps: 12 })
  await json(['merge', '--run', run, '--out', join(out, 'merged'), '--json'])
  const [exported] = await json(['export', '--run', join(out, 'merged'), '--format', 'hf', '--json'])
  expect(exported.architecture).toBe('llama')
  const own = join(out, 'merged/export')
  expect(readJson(own, 'config.json')).toEqual(readJson(folder, 'config.json'))
  const [after] = await json(['eval', '--checkpoint', own, ...data, '--context', '32'])
  expect(after.loss).toBeLessThan(before.loss)
  const [{ text: fromRun }] = await json(['generate', '--run', join(out, 'merged'), ...generating])
  expect((await json(['eval', '--run', join(out, 'merged'), ...data, '--context', '32']))[0].loss).toBe(after.loss)
  expect(fromRun).not.toBe(written)
}, 120_000)

it('serve answers with what generate writes', async () => {
  const folder = await publishedFolder()
  const [{ text: written }] = await json(['generate', '--checkpoint', folder, ...generating])
  const serving = ['serve', '--checkpoint', folder, '--name', 'own', '--port', '0', '--lanes', '1', '--json']
  const { process, outcome } = start([...serving, '--sessions', await emptyFolder()])
  const line = await new Promise<string>((resolve) => process.stdout?.once('data', resolve))
  const response = await fetch(`${JSON.parse(line).address}/v1/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'own', prompt: 'The software', max_tokens: 12, temperature: 0 }),
  })
  const { choices, usage } = await response.json()
  expect(choices[0].text).toBe(written)
  // The token that begins a text counts.
  expect(usage.prompt_tokens).toBeGreaterThan(1)
  process.kill('SIGTERM')
  expect((await outcome).code).toBe(0)
}, 60_000)

it('what is given twice, not at all, or as the other is refused', async () => {
  const folder = await publishedFolder()
  const run = await trainedFolder()
  const says = async (args: readonly string[]) => {
    const { code, stderr } = await seqlab(args)
    expect(code).toBe(2)
    return stderr
  }
  expect(await says(['generate'])).toMatch(/give either --run DIR or --checkpoint DIR, got neither/)
  expect(await says(['eval', '--run', run, '--checkpoint', folder])).toMatch(/got both/)
  expect(await says(['generate', '--run', folder])).toMatch(/not the config\.json of a run/)
  expect(await says(['generate', '--checkpoint', run])).toMatch(/tokenizer\.json is not a Hugging Face tokenizer\.json/)
  expect(await says(['eval', '--checkpoint', folder])).toMatch(/name a text with --data FILE/)
  expect(await says(['eval', '--checkpoint', folder, '--task', 'mqar'])).toMatch(/tasks are for training runs/)
  expect(await says(['train', '--data', text, '--out', join(run, 'x')])).toMatch(/--model: is missing/)
}, 60_000)
