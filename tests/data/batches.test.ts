import { describe, expect, it } from 'vitest'
import { corpusOf, packDocuments, streams, validationBatches, windows } from '#seqlab/data/index.js'
import { randomBelow } from '#seqlab/data/random.js'

/** A corpus whose token i is i, so that a token tells its place. */
const count = (length: number) =>
  corpusOf(
    Int32Array.from({ length }, (_, i) => i),
    { name: 'training part of text.txt' },
  )
const rowsOf = (flat: ArrayLike<number>, context: number) =>
  Array.from({ length: flat.length / context }, (_, row) => Array.from(flat).slice(row * context, (row + 1) * context))

describe.each([
  ['windows', windows],
  ['streams', streams],
])('%s', (_, make) => {
  it('give the token after each input as its target', async () => {
    const source = make({ corpus: count(1000), batch: 4, context: 16, seed: 1 })
    for (const step of [0, 1, 17, 500]) {
      const { inputs, targets } = await source.batch(step)
      expect(inputs.length).toBe(64)
      expect(Array.from(targets)).toEqual(Array.from(inputs, (token) => token + 1))
      for (const row of rowsOf(inputs, 16)) expect(row).toEqual(row.map((_, i) => row[0] + i))
    }
  })

  it('are a pure function of seed and step', async () => {
    const options = { corpus: count(500), batch: 3, context: 8 }
    const at = async (seed: number, step: number) => (await make({ ...options, seed }).batch(step)).inputs
    const forward = make({ ...options, seed: 9 })
    for (let step = 0; step < 40; step++) expect((await forward.batch(step)).inputs).toEqual(await at(9, step))
    expect(await at(10, 30)).not.toEqual(await at(9, 30))
  })

  it('refuse a context that is longer than the data, with both numbers and the fix', () => {
    expect(() => make({ corpus: count(20), batch: 2, context: 20, seed: 1 })).toThrow(
      expect.objectContaining({
        name: 'UserError',
        message:
          'context: 20 is longer than the data: the training part of text.txt has 20 tokens, and 21 are needed – ' +
          'use a context of 19 or less, or a longer file',
      }),
    )
    expect(() => make({ corpus: count(1), batch: 2, context: 1, seed: 1 })).toThrow('give a longer file')
  })

  it.each([2, 3, 17, 18, 31, 32, 33, 34, 47, 48, 49, 64])('stay inside a corpus of %i tokens', async (length) => {
    const corpus = count(length)
    for (const context of [1, 2, 16].filter((context) => context < length)) {
      for (let seed = 0; seed < 10; seed++) {
        const source = make({ corpus, batch: 3, context, seed })
        for (let step = 0; step < 12; step++)
          expect(Math.max(...(await source.batch(step)).targets)).toBeLessThan(length)
      }
    }
  })
})

describe('windows', () => {
  it('see each window once an epoch, in another order and from another phase each time (seed 2)', async () => {
    const [context, batch] = [10, 7]
    const source = windows({ corpus: count(1005), batch, context, seed: 2 })
    const examples: number[] = []
    for (let step = 0; examples.length < 99 * 5; step++) {
      const { inputs } = await source.batch(step)
      examples.push(...rowsOf(inputs, context).map((row) => row[0]))
    }
    const epochs = Array.from({ length: 5 }, (_, epoch) => examples.slice(epoch * 99, (epoch + 1) * 99))
    const phases = epochs.map((starts) => Math.min(...starts))
    for (const [epoch, starts] of epochs.entries()) {
      expect([...starts].sort((a, b) => a - b)).toEqual(
        Array.from({ length: 99 }, (_, i) => phases[epoch] + i * context),
      )
    }
    expect(new Set(phases).size).toBeGreaterThan(1)
    expect(new Set(epochs.map((starts, epoch) => String(starts.map((start) => start - phases[epoch])))).size).toBe(5)
    expect(source.stepsPerEpoch).toBe(14)
  })

  it.each([11, 19, 20, 97, 98, 99, 100, 107])('reach every token of %i in time (seed 6, 600 steps)', async (length) => {
    const source = windows({ corpus: count(length), batch: 4, context: 9, seed: 6 })
    const seen = new Set<number>()
    for (let step = 0; step < 600; step++) for (const token of (await source.batch(step)).targets) seen.add(token)
    expect(seen.size).toBe(length - 1)
  })

  it('are as quick at step ten million as at step 0', async () => {
    const source = windows({ corpus: count(1000), batch: 64, context: 10, seed: 2 })
    expect(new Set((await source.batch(10_000_000)).inputs).size).toBeGreaterThan(300)
  })
})

describe('streams', () => {
  it('continue each row where it stopped, unless they say that it starts over', async () => {
    const [batch, context] = [3, 10]
    const source = streams({ corpus: count(206), batch, context, seed: 3 })
    const next: number[] = []
    let resets = 0
    for (let step = 0; step < 100; step++) {
      const { inputs, reset } = await source.batch(step)
      for (const [row, tokens] of rowsOf(inputs, context).entries()) {
        if (step === 0) expect(reset[row]).toBe(1)
        if (reset[row]) expect(step === 0 || tokens[0] < 2 * context).toBe(true)
        else expect(tokens[0]).toBe(next[row])
        resets += reset[row]
        next[row] = tokens[context - 1] + 1
      }
    }
    // 19 windows a pass: three starts, then each of the three rows passes the end five times in 100 steps.
    expect(resets).toBe(3 + 15)
  })

  it('read the whole corpus in one epoch, each window once (seed 4)', async () => {
    const [batch, context] = [4, 5]
    const source = streams({ corpus: count(206), batch, context, seed: 4 })
    expect(source.stepsPerEpoch).toBe(10)
    const starts: number[] = []
    for (let step = 0; step < 10; step++) {
      starts.push(...rowsOf((await source.batch(step)).inputs, context).map((row) => row[0]))
    }
    expect(new Set(starts).size).toBe(40)
    expect(Math.max(...starts) - Math.min(...starts)).toBe(39 * context)
  })

  it('move the borders between windows from pass to pass (seed 5)', async () => {
    const source = streams({ corpus: count(210), batch: 1, context: 10, seed: 5 })
    const phases = new Set<number>()
    for (let pass = 0; pass < 6; pass++) phases.add((await source.batch(pass * 20)).inputs[0])
    expect(phases.size).toBeGreaterThan(2)
  })
})

describe('validation batches', () => {
  it.each([
    [2, 1, 8],
    [9, 1, 8],
    [10, 1, 8],
    [100, 4, 8],
    [101, 4, 25],
    [1000, 7, 13],
    [50, 64, 8],
  ])('predict every token of %i but the first once (batch %i, context %i)', async (length, batch, context) => {
    const batches = validationBatches({ corpus: count(length), batch, context })
    const predicted: number[] = []
    for (let index = 0; index < batches.count; index++) {
      const { inputs, targets, weights } = await batches.batch(index)
      expect(inputs.length).toBe(batch * context)
      for (let i = 0; i < targets.length; i++) {
        if (weights[i] === 1) {
          expect(targets[i]).toBe(inputs[i] + 1)
          predicted.push(targets[i])
        } else {
          expect([weights[i], inputs[i], targets[i]]).toEqual([0, 0, 0])
        }
      }
    }
    expect(predicted.sort((a, b) => a - b)).toEqual(Array.from({ length: length - 1 }, (_, i) => i + 1))
    expect(batches.predictions).toBe(length - 1)
    expect(batches.count).toBe(Math.ceil(Math.ceil((length - 1) / context) / batch))
  })

  it('continue each row from batch to batch, starting in the first', async () => {
    const batches = validationBatches({ corpus: count(101), batch: 2, context: 10 })
    const firsts: number[][] = []
    for (let index = 0; index < batches.count; index++) {
      const { inputs, reset } = await batches.batch(index)
      firsts.push(rowsOf(inputs, 10).map((row) => row[0]))
      expect(Array.from(reset)).toEqual(index === 0 ? [1, 1] : [0, 0])
    }
    expect(firsts).toEqual([
      [0, 50],
      [10, 60],
      [20, 70],
      [30, 80],
      [40, 90],
    ])
  })

  it('refuse a part with nothing to predict', () => {
    expect(() => validationBatches({ corpus: count(1), batch: 2, context: 4 })).toThrow('has 1 token, and 2 are needed')
  })
})

describe('packing documents', () => {
  const documents = Array.from({ length: 200 }, (_, i) =>
    Int32Array.from({ length: randomBelow(i % 10 === 0 ? 60 : 15, 7, i) }, (_, at) => 1 + i * 100 + at),
  )

  it('predicts every token of every document but its first, once, and only within the document (seed 7)', () => {
    const predicted: number[] = []
    for (const { inputs, targets, weights } of packDocuments(documents, { batch: 3, context: 16 })) {
      expect(inputs.length).toBe(48)
      for (let i = 0; i < inputs.length; i++) {
        if (weights[i] === 0) expect([inputs[i], targets[i]]).toEqual([0, 0])
        else {
          expect(targets[i]).toBe(inputs[i] + 1)
          predicted.push(targets[i])
        }
      }
    }
    const expected = documents.flatMap((document) => Array.from(document.subarray(1)))
    expect(predicted.sort((a, b) => a - b)).toEqual(expected.sort((a, b) => a - b))
  })

  it('marks where a document, a later piece of one or the padding begins, and nowhere else', () => {
    for (const { inputs, weights, starts } of packDocuments(documents, { batch: 3, context: 16 })) {
      for (let i = 0; i < inputs.length; i++) {
        const rowStart = i % 16 === 0
        const continues =
          !rowStart && weights[i] === weights[i - 1] && (weights[i] === 0 || inputs[i] === inputs[i - 1] + 1)
        expect(starts[i]).toBe(continues ? 0 : 1)
      }
    }
  })

  it('keeps a document that fits in one row', () => {
    const short = documents.filter((document) => document.length <= 17)
    for (const { inputs, starts, weights } of packDocuments(short, { batch: 3, context: 16 })) {
      for (let i = 0; i < inputs.length; i++) if (weights[i] && starts[i]) expect(inputs[i] % 100).toBe(1)
    }
  })

  it('fills the rows: at least 90 % of the positions count (seed 7)', () => {
    const batches = packDocuments(documents, { batch: 1, context: 16 })
    const used = batches.flatMap(({ weights }) => Array.from(weights))
    expect(used.reduce((sum, weight) => sum + weight, 0) / used.length).toBeGreaterThan(0.9)
  })

  it('shows small documents side by side', () => {
    const [packed, ...others] = packDocuments([Int32Array.of(1, 2, 3), Int32Array.of(9), Int32Array.of(4, 5)], {
      batch: 1,
      context: 4,
    })
    expect(others).toEqual([])
    expect(packed).toEqual({
      inputs: Int32Array.of(1, 2, 4, 0),
      targets: Int32Array.of(2, 3, 5, 0),
      weights: Float32Array.of(1, 1, 1, 0),
      starts: Uint8Array.of(1, 0, 1, 1),
    })
  })

  it('divides a long document, each piece starting with the token predicted last', () => {
    const [packed] = packDocuments([Int32Array.of(1, 2, 3, 4, 5, 6)], { batch: 2, context: 3 })
    expect(rowsOf(packed.inputs, 3)).toEqual([
      [1, 2, 3],
      [4, 5, 0],
    ])
    expect(rowsOf(packed.targets, 3)).toEqual([
      [2, 3, 4],
      [5, 6, 0],
    ])
  })

  it('makes no batch of documents with nothing to predict', () => {
    expect(packDocuments([new Int32Array(0), Int32Array.of(3)], { batch: 2, context: 4 })).toEqual([])
  })
})
