import { readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { expectSameEnd, finalCheckpoint, json, seqlab, tiny, words, workplace } from './command.js'

const steps = (count: number) => [...words(`train --data text.txt --steps ${count}`), ...tiny]
const short = steps(30)
const fields = [
  'event',
  'run',
  'steps',
  'params',
  'trainLoss',
  'validLoss',
  'tokensPerSecond',
  'peakRssMiB',
  'resumedFrom',
]

/** The tensors of a safetensors file, by name, as hexadecimal text. */
function tensors(file: Buffer): Record<string, string> {
  const length = Number(file.readBigUInt64LE(0))
  const header: Record<string, { data_offsets: [number, number] }> = JSON.parse(file.toString('utf8', 8, 8 + length))
  const data = file.subarray(8 + length)
  return Object.fromEntries(
    Object.entries(header).map(([name, { data_offsets }]) => [name, data.toString('hex', ...data_offsets)]),
  )
}

async function weights(run: string): Promise<Record<string, string>> {
  const files = Object.entries(await finalCheckpoint(run))
  return tensors(files.find(([name]) => name.endsWith('weights.safetensors'))![1])
}

describe('with --json, standard output is JSON lines and the last one is the result', () => {
  it('train: a step event now and then, then exactly the promised fields', async () => {
    const cwd = await workplace()
    const lines = await json([...short, '--model', 'gla', '--out', 'run'], { cwd })
    const result = lines.at(-1)!
    expect(Object.keys(result).sort()).toEqual([...fields].sort())
    expect(result).toMatchObject({ event: 'done', run: 'run', steps: 30, resumedFrom: null })
    for (const name of ['params', 'trainLoss', 'validLoss', 'tokensPerSecond', 'peakRssMiB'])
      expect(result[name]).toBeGreaterThan(0)
    expect(lines.length).toBeGreaterThan(2)
    for (const line of lines.slice(0, -1))
      expect(line).toMatchObject({ event: 'step', steps: 30, loss: expect.any(Number), rate: expect.any(Number) })
  })

  it('eval: loss, perplexity, bits per byte and tokens, equal to what train said of the same text', async () => {
    const cwd = await workplace()
    // Half validates, so that the whole file's loss is not the validation split's.
    const trained = (await json([...short, '--model', 'gla', '--out', 'run', '--validation', '0.5'], { cwd })).at(-1)!
    const lines = await json(words('eval --run run --data text.txt --threads 1 --json'), { cwd })
    expect(lines).toHaveLength(1)
    const { loss, perplexity, bitsPerByte, tokens } = lines[0]
    expect(Object.keys(lines[0])).toEqual(['loss', 'perplexity', 'bitsPerByte', 'tokens'])
    expect(tokens).toBe(19_999)
    expect(Math.abs(loss - trained.validLoss)).toBeLessThan(0.2)
    expect(perplexity).toBeCloseTo(Math.exp(loss), 6)
    expect(bitsPerByte).toBeCloseTo(loss / Math.LN2, 3)
  })

  it('without --json it prints lines for people and ends with the result', async () => {
    const cwd = await workplace()
    const { code, stdout, stderr } = await seqlab(
      [...short.filter((word) => word !== '--json'), '--model', 'gla', '--out', 'run'],
      { cwd },
    )
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout).toMatch(/^gla step 3\/30 · loss \d\.\d+ · validation \d\.\d+ · \d+ tokens\/s · \d+ s left$/m)
    expect(JSON.parse(stdout.trim().split('\n').at(-1)!).event).toBe('done')
  })
})

describe('a run is a function of what was asked for', () => {
  it('every preset trains, and the same command in another folder gives the same bytes: no time, no path, no run id', async () => {
    const cwd = await workplace()
    for (const model of ['transformer', 'transformer-xl', 'gla', 'deltanet', 'mamba2', 'lstm']) {
      const runs = [`a-${model}`, `elsewhere/b-${model}`]
      await Promise.all(runs.map((run) => json([...short, '--model', model, '--out', run], { cwd })))
      await expectSameEnd(join(cwd, `a-${model}`), join(cwd, `elsewhere/b-${model}`))
    }
  }, 120_000)

  it('another seed gives other weights', async () => {
    const cwd = await workplace()
    await json([...short, '--model', 'gla', '--out', 'a'], { cwd })
    await json([...short, '--model', 'gla', '--out', 'b', '--seed', '2'], { cwd })
    expect(await weights(join(cwd, 'b'))).not.toEqual(await weights(join(cwd, 'a')))
  })

  it('everything but --model, --data and --out has the documented default', async () => {
    const cwd = await workplace()
    await json(words('train --model gla --data text.txt --out run --steps 1 --json'), { cwd })
    const { configuration } = JSON.parse(await readFile(join(cwd, 'run/config.json'), 'utf8'))
    expect(configuration.settings).toMatchObject({
      optimizer: 'adamw',
      weightDecay: 0.1,
      clip: 1,
      schedule: 'cosine',
      rate: 1e-3,
      batch: 12,
      context: 64,
      accumulate: 1,
      saveEvery: 500,
      seed: 1,
      validation: 0.1,
    })
    expect(configuration.model).toMatchObject({ layers: 4, dim: 128, heads: 4, dropout: 0 })
    expect(configuration.tokenizer).toBe('char')
    const help = (await seqlab(['train', '--help'])).stdout
    expect(help).toMatch(/--steps <n>.*\(default: 1000\)/)
    expect(help).toMatch(/--lr <x>.*\(default: 0\.001\)/)
  })

  it('warms up over 5 % of the steps, then decays as a cosine to a tenth of the rate', async () => {
    const cwd = await workplace()
    await json([...steps(100), ...words('--model gla --out run --lr 0.01')], { cwd })
    const rates = (await readFile(join(cwd, 'run/metrics.jsonl'), 'utf8'))
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line).rate)
    expect(rates).toHaveLength(100)
    expect(rates[0]).toBeCloseTo(0.002, 10)
    expect(rates[4]).toBeCloseTo(0.01, 10)
    expect(rates[52]).toBeCloseTo(0.00544, 4)
    expect(rates[99]).toBeCloseTo(0.001, 10)
  })
})

describe('--resume', () => {
  it('of a finished run exits 0 with its result and changes nothing', async () => {
    const cwd = await workplace()
    const command = [...short, '--model', 'gla', '--out', 'run']
    const first = (await json(command, { cwd })).at(-1)
    const before = await finalCheckpoint(join(cwd, 'run'))
    expect(await json([...command, '--resume'], { cwd })).toEqual([first])
    expect(await finalCheckpoint(join(cwd, 'run'))).toEqual(before)
  })

  it('with no checkpoint yet starts at step 0', async () => {
    const cwd = await workplace()
    const command = [...short, '--model', 'gla', '--resume', '--out', 'run']
    expect((await json(command, { cwd })).at(-1)).toMatchObject({ steps: 30, resumedFrom: null })
  })
})

describe('--init-from', () => {
  it('starts from the weights of another run, with its tokenizer', async () => {
    const cwd = await workplace()
    await json([...short, '--model', 'gla', '--out', 'base'], { cwd })
    const rest = words('--model gla --init-from base --lr 1e-30 --weight-decay 0 --out tuned')
    await json([...short, ...rest], { cwd })
    expect(await weights(join(cwd, 'tuned'))).toEqual(await weights(join(cwd, 'base')))
    expect(await readFile(join(cwd, 'tuned/tokenizer.json'))).toEqual(await readFile(join(cwd, 'base/tokenizer.json')))
    // Once under way, a run no longer needs the one it came from.
    await rm(join(cwd, 'base'), { recursive: true })
    await json([...short, ...rest, '--resume'], { cwd })
  })

  it('keeps the tokens of the other run on a text with fewer characters', async () => {
    const cwd = await workplace()
    await json([...short, '--model', 'gla', '--out', 'base'], { cwd })
    await writeFile(join(cwd, 'few.txt'), 'the rest is silence '.repeat(50))
    await json(
      [...short, '--model', 'gla', '--init-from', 'base', '--out', 'tuned'].map((word) =>
        word === 'text.txt' ? 'few.txt' : word,
      ),
      { cwd },
    )
    expect(await readFile(join(cwd, 'tuned/tokenizer.json'))).toEqual(await readFile(join(cwd, 'base/tokenizer.json')))
  })
})

describe('settings of training', () => {
  it('--freeze keeps parts bit for bit and moves the others', async () => {
    const cwd = await workplace()
    const frozen = words('--freeze input --freeze blocks.0.mixer')
    await json([...short, ...words('--model gla --out base')], { cwd })
    await json([...short, ...words('--model gla --init-from base --out run --lr 0.01'), ...frozen], { cwd })
    const [before, after] = [await weights(join(cwd, 'base')), await weights(join(cwd, 'run'))]
    for (const name of Object.keys(before)) {
      const isFrozen = /^(input|blocks\.0\.mixer)\./.test(name)
      expect(after[name] === before[name], name).toBe(isFrozen)
    }
  })

  it('--accumulate 3 is a batch three times as large, up to rounding', async () => {
    const cwd = await workplace()
    // Epochs draw windows in order, so 3 × 4 rows are the 12 rows of one batch.
    const train = words(
      'train --model gla --data text.txt --steps 20 --set layers=1 --set dim=16 --set heads=2 --context 16 --threads 1 --json',
    )
    const parts = (await json([...train, ...words('--batch 4 --accumulate 3 --out parts')], { cwd })).at(-1)!
    const whole = (await json([...train, ...words('--batch 12 --out whole')], { cwd })).at(-1)!
    expect(Math.abs(parts.validLoss - whole.validLoss)).toBeLessThan(1e-4)
    expect(Math.abs(parts.trainLoss - whole.trainLoss)).toBeLessThan(1e-4)
  })

  it('--patience stops early, says so, and eval takes the best checkpoint', async () => {
    const cwd = await workplace()
    // A rate that is far too high stops improving soon.
    const more = words('--model gla --out run --lr 0.3 --schedule constant --evaluate-every 5 --patience 2')
    const lines = await json([...steps(400), ...more], { cwd })
    const result = lines.at(-1)!
    expect(result.stopped).toBe('early')
    expect(result.steps).toBeLessThan(400)
    const estimates = (await readFile(join(cwd, 'run/metrics.jsonl'), 'utf8'))
      .trim()
      .split('\n')
      .flatMap((line) => JSON.parse(line).validLoss ?? [])
    expect(Math.min(...estimates)).toBe(estimates.at(-3))
    const best = result.steps - 10
    expect(await readdir(join(cwd, 'run/checkpoints'))).toContain(`step-${`${best}`.padStart(8, '0')}`)
  })

  it('--carry continues state from step to step, which changes what is learned', async () => {
    const cwd = await workplace()
    const carried = (await json([...short, ...words('--model gla --carry --out carried')], { cwd })).at(-1)!
    const anew = (await json([...short, ...words('--model gla --no-carry --out anew')], { cwd })).at(-1)!
    expect(carried.validLoss).not.toBe(anew.validLoss)
    const files = Object.entries(await finalCheckpoint(join(cwd, 'carried')))
    const state = tensors(files.find(([name]) => name.endsWith('training.safetensors'))![1])
    const memory = Object.entries(state).filter(([name]) => name.startsWith('carried.layers.0'))
    expect(memory.length).toBeGreaterThan(0)
    expect(memory.some(([, hexadecimal]) => /[^0]/.test(hexadecimal))).toBe(true)
  })

  it('without --patience eval takes the last checkpoint, whichever was best when it was saved', async () => {
    const cwd = await workplace()
    const more = words('--model gla --out run --lr 0.3 --schedule constant --evaluate-every 5 --save-every 5')
    const trained = (await json([...short, ...more], { cwd })).at(-1)!
    // The validation part as a file of its own: the same text in the same windows.
    await writeFile(join(cwd, 'valid.txt'), (await readFile(join(cwd, 'text.txt'))).subarray(18_000))
    const [{ loss }] = await json(words('eval --run run --data valid.txt --batch 4 --threads 1 --json'), { cwd })
    expect(loss).toBe(trained.validLoss)
  })
})
