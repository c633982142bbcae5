/** Many texts side by side: each gets the bits that it gets alone. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Executor, onnxExecutor } from '#seqlab/engine/index.js'
import '#seqlab/index.js'
import { createDecoder, createTexts, type Texts } from '#seqlab/inference/index.js'
import { createModel } from '#seqlab/models/index.js'
import { randomTokens } from './models.js'

let executor: Executor
beforeAll(async () => {
  executor = await onnxExecutor({ threads: 1, worker: false, cacheSize: 64 })
})
afterAll(() => executor.close())

const base = { dim: 32, layers: 2, heads: 4, input: { kind: 'tokens', vocabulary: 100 } }
const models = {
  transformer: { mixers: [{ id: 'softmax' }] },
  'linear biases': { mixers: [{ id: 'softmax', alibi: true, rotary: false }] },
  'grouped heads and a window': { mixers: [{ id: 'softmax', keyHeads: 2, window: 20 }] },
  'learned positions': { mixers: [{ id: 'softmax', rotary: false }], positions: 'learned', maxPositions: 300 },
  hybrid: { mixers: [{ id: 'gla' }, { id: 'softmax' }] },
  gla: { mixers: [{ id: 'gla' }] },
}

/** Reads a text's prompt, and steps over what follows. */
interface Script {
  readonly prompt: Int32Array
  readonly rest: Int32Array
}
const script = (length: number, rest: number, seed: number): Script => ({
  prompt: randomTokens(length, seed),
  rest: randomTokens(rest, seed + 100),
})

async function alone(texts: Texts, { prompt, rest }: Script): Promise<Float32Array[]> {
  const id = await texts.open()
  const rows = [await texts.read(id, prompt)]
  for (const token of rest) rows.push((await texts.step([id], [token]))[0].slice())
  await texts.close(id)
  return rows
}

/** All side by side, beginning and ending at different times. */
async function together(texts: Texts, scripts: readonly Script[]): Promise<Float32Array[][]> {
  const running = new Map<number, { id: number; at: number }>()
  const rows: Float32Array[][] = scripts.map(() => [])
  for (let turn = 0; turn < scripts.length || running.size > 0; turn++) {
    if (turn < scripts.length) {
      const id = await texts.open()
      rows[turn].push(await texts.read(id, scripts[turn].prompt))
      running.set(turn, { id, at: 0 })
    }
    const now = [...running].filter(([index]) => (turn + index) % 5 !== 4)
    if (now.length === 0) continue
    const ids = now.map(([, { id }]) => id)
    const logits = await texts.step(
      ids,
      now.map(([index, { at }]) => scripts[index].rest[at]),
    )
    for (const [place, [index, text]] of now.entries()) {
      rows[index].push(logits[place].slice())
      if (++text.at < scripts[index].rest.length) continue
      await texts.close(text.id)
      running.delete(index)
    }
  }
  return rows
}

// Caches begin with room for 128 positions: some texts never come there, some pass it, some begin beyond it.
const scripts = [
  ...[script(3, 40, 1), script(120, 30, 2), script(7, 25, 3), script(140, 20, 4), script(260, 12, 5)],
  ...[script(1, 60, 6), script(126, 5, 7), script(64, 2, 8), script(9, 33, 9)],
]

describe.each(Object.entries(models))('texts of a model with %s', (_, settings) => {
  it('step together, and get the bits that they get alone', async () => {
    const model = createModel({ ...base, ...settings })
    const parameters = model.initialParameters(2)
    const texts = await createTexts(model, parameters, { executor })
    expect(texts.together).toBe(true)
    const expected: Float32Array[][] = []
    for (const one of scripts) expected.push(await alone(texts, one))
    const got = await together(texts, scripts)
    for (const [index, rows] of got.entries())
      for (const [at, row] of rows.entries())
        expect([...row], `text ${index}, step ${at}`).toEqual([...expected[index][at]])

    const decoder = await createDecoder(model, parameters, { executor })
    for (const [index, { prompt, rest }] of scripts.entries()) {
      await decoder.reset()
      const rows = [await decoder.prefill(prompt)]
      for (const token of rest) rows.push(await decoder.step([token]))
      const off = Math.max(
        ...rows.flatMap((row, at) => [...row].map((value, i) => Math.abs(value - got[index][at][i]))),
      )
      expect(off).toBeLessThan(2e-5)
    }
    await decoder.dispose()
    await texts.dispose()
  })
})

it('texts of a model whose caches all rows must share step one after the other', async () => {
  const model = createModel({ ...base, mixers: [{ id: 'hyena' }] })
  const texts = await createTexts(model, model.initialParameters(2), { executor })
  expect(texts.together).toBe(false)
  const expected = [await alone(texts, scripts[0]), await alone(texts, scripts[2])]
  expect(await together(texts, [scripts[0], scripts[2]])).toEqual(expected)
  await texts.dispose()
})

it('free rows stay within the positions of a model, however long the others go on', async () => {
  const model = createModel({ ...base, ...models['learned positions'], maxPositions: 40 })
  const texts = await createTexts(model, model.initialParameters(2), { executor })
  const [first, second] = [await texts.open(), await texts.open()]
  await texts.read(first, randomTokens(38, 1))
  await texts.read(second, [1])
  await texts.step([first, second], [1, 2])
  await texts.close(first)
  for (let step = 0; step < 38; step++) await texts.step([second], [3])
  expect(texts.position(second)).toBe(40)
  await texts.dispose()
})

it('a state that was saved from a row goes on elsewhere with the same bits', async () => {
  const model = createModel({ ...base, ...models.hybrid })
  const texts = await createTexts(model, model.initialParameters(2), { executor })
  const [one, other] = [await texts.open(), await texts.open()]
  await texts.read(one, randomTokens(100, 1))
  await texts.read(other, randomTokens(5, 2))
  for (let step = 0; step < 40; step++) await texts.step([one, other], [step, 99 - step])
  const copy = await texts.open(await texts.save(one))
  const logits = await texts.step([other, copy, one], [7, 8, 8])
  expect(logits[1]).toEqual(logits[2])
  await texts.dispose()
})
