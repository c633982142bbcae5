import '#seqlab/index.js'
import { afterAll, describe, expect, test } from 'vitest'
import { type Executor, onnxExecutor } from '#seqlab/engine/index.js'
import {
  type CostLine,
  type CostOptions,
  costHeader,
  costModel,
  costRow,
  fittedExponent,
  heldState,
  measureCosts,
  type Side,
} from '#seqlab/evaluation/bench/index.js'
import { deltaNet, gla, lstm, type Mixer, softmaxAttention } from '#seqlab/mechanisms/index.js'

const executor: Executor = await onnxExecutor({ threads: 1, worker: false })
afterAll(() => executor.close())

describe('the exponent', () => {
  test('is that of a power, whatever its factor', () => {
    const lengths = [512, 1024, 4096]
    expect(
      fittedExponent(
        lengths,
        lengths.map((length) => 3 * length ** 1.7),
      ),
    ).toBeCloseTo(1.7, 12)
  })

  test('is the least-squares slope between logarithms', () => {
    expect(fittedExponent([1, 2, 4, 8, 16], [1, 2, 4, 8, 8])).toBeCloseTo(0.8, 12)
  })

  test('of T log T between 2,048 and 8,192 is 1.12', () => {
    const lengths = [2048, 4096, 8192]
    expect(
      fittedExponent(
        lengths,
        lengths.map((length) => length * Math.log2(length)),
      ),
    ).toBeCloseTo(1.12, 2)
  })
})

/** What a side takes: 0.01 ms a token to the given power, three times that for the shortest text. */
const cost = (length: number, exponent: number) => 0.01 * length ** exponent * (length === 128 ? 3 : 1)

/** Sides of given exponents, which note in `log` what they are asked for. */
function pretended(exponents: Readonly<Record<string, number>>, log: string[] = []): CostOptions {
  const start = async (mixer: string, length: number): Promise<Side> => {
    if (!(mixer in exponents)) throw new Error(`${mixer} does not fit`)
    log.push(`${mixer} ${length} starts`)
    let turns = 0
    return {
      firstStepSeconds: 1,
      async run(steps) {
        log.push(`${mixer} ${length} ×${steps}`)
        // Later turns meet more of other programs' work.
        const ms = cost(length, exponents[mixer]) * (1 + 0.1 * turns++)
        return new Array<number>(steps).fill(ms)
      },
      async finish() {
        log.push(`${mixer} ${length} ends`)
        return { peakRssMiB: 1 }
      },
    }
  }
  return { start, executor, lengths: [128, 256, 512, 1024], turns: 1 }
}

async function linesOf(options: CostOptions, mixers: readonly Mixer[] = [gla]) {
  const lines: CostLine[] = []
  for await (const line of measureCosts(mixers, options)) lines.push(line as CostLine)
  return lines
}

describe('the costs of a family', () => {
  test('are fitted on the last three lengths, with softmax attention beside every mixer and as the last line', async () => {
    const lines = await linesOf({ ...pretended({ gla: 1.1, softmax: 1.9 }), turns: 2 })
    expect(lines.map(({ mixer }) => mixer)).toEqual(['gla', 'softmax'])
    const [own, control] = lines
    expect(own).toMatchObject({ cost: 'linear', limit: 1.15, asDeclared: true, ok: true })
    expect(own.exponent).toBeCloseTo(1.1, 6)
    expect(own.control).toBeCloseTo(1.9, 6)
    expect(control).toMatchObject({ cost: 'quadratic', limit: 2.15, ok: true })
    expect(control.exponent).toBeCloseTo(1.9, 6)
    // The fastest turn after the warm-up.
    expect(own.milliseconds[1]).toBeCloseTo(cost(256, 1.1) * 1.1, 6)
  })

  test('fail a mixer that grows faster than it declares, and all where the control does not show its square', async () => {
    const [steep] = await linesOf(pretended({ gla: 1.2, softmax: 2 }))
    expect(steep.ok).toBe(false)
    const [flat] = await linesOf(pretended({ gla: 1, softmax: 1.4 }))
    expect(flat.ok).toBe(false)
  })

  test('take turns between all lengths of a mixer and the control, short steps several times', async () => {
    const log: string[] = []
    await linesOf(pretended({ gla: 1, softmax: 1.8 }, log))
    const turn = (steps: (length: number) => readonly [number, number]) =>
      [0, 1].flatMap((side) =>
        [128, 256, 512, 1024].map((length) => `${['gla', 'softmax'][side]} ${length} ×${steps(length)[side]}`),
      )
    const runs = log.filter((entry) => entry.includes('×'))
    expect(runs.slice(0, 8)).toEqual(turn(() => [1, 1]))
    const repeated = turn((length) => {
      const times = (ms: number) => Math.max(1, Math.min(15, Math.floor(150 / ms)))
      return [times(cost(length, 1)), times(cost(length, 1.8))]
    })
    expect(runs.slice(8)).toEqual(repeated)
    expect(log.filter((entry) => entry.endsWith('ends'))).toHaveLength(8)
  })

  test('name a mixer that does not start, and go on', async () => {
    const log: string[] = []
    const lines = await linesOf(pretended({ gla: 1, softmax: 2 }, log), [deltaNet, gla])
    expect(lines.map(({ mixer }) => mixer)).toEqual(['delta-net', 'gla', 'softmax'])
    expect(lines[0]).toMatchObject({ error: 'delta-net does not fit', ok: false })
    expect(costRow(lines[0])).toBe('| delta-net: delta-net does not fit |')
  })

  test('make a table whose rows have a cell for every column', async () => {
    const [own] = await linesOf(pretended({ gla: 1, softmax: 2 }))
    const [titles, rule] = costHeader(own.lengths).split('\n')
    const cells = (line: string) => line.split('|').slice(1, -1)
    expect(cells(costRow(own))).toHaveLength(cells(titles).length)
    expect(cells(rule)).toHaveLength(cells(titles).length)
    expect(cells(costRow(own)).map((cell) => cell.trim())).toEqual([
      'gla',
      'linear',
      '4.2',
      '2.8',
      '5.6',
      '11.3',
      '1.00',
      '1.15',
      '2.00',
      '4096',
      '0',
      'yes',
    ])
  })
})

test('the state in a decoder takes what mixers declare: constant in recurrences, per token in attention', async () => {
  const bytes = async (mixer: Mixer, tokens: number) => heldState(costModel(mixer, tokens), tokens, executor)
  expect(await bytes(gla, 8)).toEqual({ bytes: 4 * 2 * 16 * 32, declared: 4 * 2 * 16 * 32 })
  expect(await bytes(lstm, 72)).toEqual({ bytes: 4 * 2 * 64, declared: 4 * 2 * 64 })
  const cache = 4 * 10 * (2 * 64 + 1)
  expect(await bytes(softmaxAttention, 10)).toEqual({ bytes: cache, declared: cache })
})
