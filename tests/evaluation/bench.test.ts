import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { startProcess } from '#seqlab/cli/bench/side-process.js'
import { findTorch } from '#seqlab/cli/bench/torch.js'
import { frameModel } from '#seqlab/evaluation/bench/frame.js'
import {
  type BenchFrame,
  benchCases,
  findCase,
  measureCase,
  median,
  type Side,
  type Sides,
  tableHeader,
  tableRow,
} from '#seqlab/evaluation/bench/index.js'

const ownSide = fileURLToPath(import.meta.resolve('#seqlab/cli/bench/own-side.js'))

/** Sides in processes of our own, without PyTorch. */
const processes: Sides = {
  own: (name, workload, threads) => startProcess(process.execPath, [ownSide, name, workload, `${threads}`]),
  torch: async () => undefined,
}

/** A side whose turns take the given milliseconds, and that notes each in `log`. */
function scripted(
  label: string,
  log: string[],
  { turns, peak }: { turns: readonly (readonly number[])[]; peak: number },
): Side {
  let turn = 0
  return {
    firstStepSeconds: 1,
    async run(steps) {
      log.push(`${label}${steps}`)
      return [...turns[turn++]]
    },
    finish: async () => ({ peakRssMiB: peak }),
  }
}

test('a case of our own runs in its process and gives a line with every promised field', async () => {
  const line = await measureCase(findCase('tiny'), processes, { threads: 1, turns: 1, steps: 2 })
  expect(line).toEqual({
    case: 'tiny',
    threads: 1,
    msPerStep: expect.any(Number),
    tokensPerSecond: expect.any(Number),
    peakRssMiB: expect.any(Number),
    torchMsPerStep: null,
    torchPeakRssMiB: null,
    ratio: null,
    memoryRatio: null,
    stepsPerSecond: expect.any(Number),
  })
  expect(line.msPerStep).toBeGreaterThan(0)
  expect(line.tokensPerSecond).toBeCloseTo((4 * 32 * 1000) / line.msPerStep, -2)
  expect(line.peakRssMiB).toBeGreaterThan(40)
})

test('sides take turns, the first turn is warm-up, and medians of steps and of turns make the line', async () => {
  const log: string[] = []
  const ours = scripted('a', log, {
    turns: [
      [900, 900, 900],
      [9, 4, 4],
      [9, 6, 6],
      [9, 2, 2],
    ],
    peak: 300,
  })
  const torch = scripted('b', log, {
    turns: [
      [900, 900, 900],
      [16, 8, 8],
      [7, 7, 7],
      [9, 9, 9],
    ],
    peak: 400,
  })
  const sides: Sides = { own: async () => ours, torch: async () => torch }
  const line = await measureCase(findCase('gpt-small'), sides, { threads: 2, turns: 3 })
  expect(log.join(' ')).toBe('a3 b3 a3 b3 a3 b3 a3 b3')
  expect(line).toMatchObject({ msPerStep: 4, torchMsPerStep: 8, ratio: 0.5, peakRssMiB: 300, torchPeakRssMiB: 400 })
  expect(line).toMatchObject({ memoryRatio: 0.75, tokensPerSecond: (8 * 256 * 1000) / 4, threads: 2 })
})

test('the first step is measured in a new process each time', async () => {
  let started = 0
  const sides: Sides = {
    own: async () => ({ ...scripted('a', [], { turns: [], peak: 100 }), firstStepSeconds: ++started }),
    torch: processes.torch,
  }
  const line = await measureCase(findCase('first-step'), sides, { threads: 1, turns: 5 })
  expect(started).toBe(5)
  expect(line).toMatchObject({ msPerStep: 3000, firstStepSeconds: 3, peakRssMiB: 100 })
})

test('recompute compares the peaks and the fingerprints of its two workloads', async () => {
  const side = (peakRssMiB: number, fingerprint: string): Side => ({
    ...scripted('', [], { turns: [[1], [1]], peak: 0 }),
    finish: async () => ({ peakRssMiB, fingerprint }),
  })
  const sides = (other: string): Sides => ({
    own: async (_, workload) => (workload === 'recomputed' ? side(400, 'same') : side(1000, other)),
    torch: processes.torch,
  })
  const options = { threads: 1, turns: 1 }
  const equal = await measureCase(findCase('recompute'), sides('same'), options)
  expect(equal).toMatchObject({ memorySaved: 0.6, gradientsEqual: true, peakRssMiB: 400, storedPeakRssMiB: 1000 })
  expect(await measureCase(findCase('recompute'), sides('different'), options)).toMatchObject({ gradientsEqual: false })
})

test('the median of an even number of values is the mean of the two in the middle', () => {
  expect([median([3]), median([4, 1]), median([9, 1, 5]), median([8, 2, 4, 1])]).toEqual([3, 2.5, 5, 3])
})

test('a row of the table has a cell for every column and names what the case alone reports', async () => {
  const sides: Sides = { own: async () => scripted('', [], { turns: [[2], [2]], peak: 90 }), torch: processes.torch }
  const row = tableRow(await measureCase(findCase('tiny'), sides, { threads: 1, turns: 1 }))
  expect(row.replaceAll(/ +/g, ' ')).toBe('| tiny | 1 | 2.00 | – | – | 64000 | 90 | – | – | stepsPerSecond 500 |')
  for (const line of tableHeader().split('\n')) expect(line.split('|')).toHaveLength(row.split('|').length)
})

test('an unknown case is refused with the names of those there are', () => {
  expect(() => findCase('gpt')).toThrow(`--cases: no case is called "gpt" – use some of ${benchCases[0].name}, `)
})

test('a process that ends early is an error with its last words', async () => {
  await expect(startProcess(process.execPath, ['-e', 'throw new Error("no room")'])).rejects.toThrow(
    /ended early – Error: no room$/,
  )
  await expect(startProcess('no-such-program', [])).rejects.toThrow(/no-such-program: ended early – .*ENOENT/)
})

test('the frames have the parameters that their descriptions add up to', () => {
  const count = (name: string) => frameModel(findCase(name).frame!).parameterCount
  const norms = 2 * 2 * 256
  const block = norms + 4 * (256 * 256 + 256) + 2 * 256 * 1024 + 1024 + 256
  const around = 256 * 256 + 2 * 256 + 256 * 256 + 256
  expect(count('gpt-small')).toBe(4 * block + around + 256 * 256)
  expect(count('gla')).toBe(4 * (block + 256 * 256 + 256) + around)
  expect(count('mamba2')).toBe(4 * (block + 256 * 4 + 4) + around)
  expect(count('deltanet')).toBe(count('mamba2'))
  expect(count('retnet')).toBe(4 * block + around)
  expect(count('rwkv6')).toBe(count('gla') + 4 * 256)
  expect(count('gru')).toBe(2 * (2 * 256 * 3 * 256 + 2 * 3 * 256) + 2 * 256 * 256 + 256)
})

const startTorch = await findTorch()
if (!startTorch) console.log('bench: no python3 with PyTorch, its side is not tested')

test.skipIf(!startTorch).each([
  ['train', 'softmax'],
  ['train', 'delta-net'],
  ['train', 'rwkv6'],
  ['train', 'mamba'],
  ['train', 'hyena'],
  ['train', 's4'],
  ['train', 'gru'],
  ['decode', 'gla'],
] as const)('the PyTorch side answers as ours does: %s %s', async (task, mixer) => {
  const frame: BenchFrame = { task, mixer, vocabulary: 11, context: 64, batch: 2, dim: 16, heads: 2, layers: 1 }
  const side = await startTorch!(frame, 1)
  expect(side.firstStepSeconds).toBeGreaterThan(0)
  const milliseconds = await side.run(2)
  expect(milliseconds).toHaveLength(2)
  for (const value of milliseconds) expect(value).toBeGreaterThan(0)
  expect((await side.finish()).peakRssMiB).toBeGreaterThan(40)
})
