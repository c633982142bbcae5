/** The score of the best guess, counted over every question there is. */
import { expect, it } from 'vitest'
import { valueProbabilities } from '#seqlab/tasks/reasoning/listops-values.js'
import { openCase } from './cases.js'
import { add, multiply, parseListOps, sort, walk } from './solvers.js'

/** The share of the commonest answer. */
function commonest(answers: Iterable<readonly [answer: string, weight: number]>): number {
  const counts = new Map<string, number>()
  let total = 0
  for (const [answer, weight] of answers) {
    counts.set(answer, (counts.get(answer) ?? 0) + weight)
    total += weight
  }
  return [...counts.values()].reduce((most, count) => Math.max(most, count), 0) / total
}

/** Every pair of operands, with the weight of its number of digits. */
function* everyPair(symbol: string, digits: number, shorter: boolean): Generator<[question: string, weight: number]> {
  for (let n = shorter ? 1 : digits; n <= digits; n++) {
    const low = n === 1 ? 0 : 10 ** (n - 1)
    const weight = 1 / (10 ** n - low) ** 2
    for (let a = low; a < 10 ** n; a++) for (let b = low; b < 10 ** n; b++) yield [`${a}${symbol}${b}=`, weight]
  }
}

const arithmetic = ['plain', 'reversed', 'scratchpad'].flatMap((format) =>
  [
    { digits: 1, shorter: false },
    { digits: 2, shorter: false },
    { digits: 2, shorter: true },
  ].map((settings) => ({ format, ...settings })),
)

it.each(arithmetic)('is that of addition and of multiplication at %o', async (settings) => {
  for (const [id, symbol, solve] of [
    ['addition', '+', add],
    ['multiplication', '*', multiply],
  ] as const) {
    function* answers() {
      for (const [question, weight] of everyPair(symbol, settings.digits, settings.shorter))
        yield [solve(question, settings.format), weight] as const
    }
    expect((await openCase(id, settings)).chance).toBeCloseTo(commonest(answers()), 12)
  }
})

it.each([
  ['plain', (a: number, b: number) => a * b],
  // The partial products, each below 10,000, as one number.
  [
    'scratchpad',
    (a: number, b: number) => [...String(b)].reduce((list, digit) => list * 10_000 + a * Number(digit), 0),
  ],
] as const)('is that of multiplying all pairs with three digits (%s)', async (format, answer) => {
  const counts = new Map<number, number>()
  for (let a = 100; a < 1000; a++)
    for (let b = 100; b < 1000; b++) {
      const list = answer(a, b)
      counts.set(list, (counts.get(list) ?? 0) + 1)
    }
  const most = [...counts.values()].reduce((most, count) => Math.max(most, count), 0)
  expect((await openCase('multiplication', { digits: 3, format })).chance).toBeCloseTo(most / 900 ** 2, 15)
})

it.each([
  [3, 3],
  [2, 5],
  [5, 2],
  [4, 4],
])('is that of sorting %i numbers of %i values', async (numbers, values) => {
  const answers = Array.from({ length: values ** numbers }, (_, code) => {
    const drawn = Array.from({ length: numbers }, (_, i) => Math.floor(code / values ** i) % values)
    return [sort(`${drawn.join(' ')} =`), 1] as const
  })
  expect((await openCase('sorting', { numbers, values })).chance).toBeCloseTo(commonest(answers), 12)
})

it.each([2, 3])('is that of mazes of side %i, over all spanning trees', async (side) => {
  const cell = (column: number, row: number) => `${'abc'[column]}${row + 1}`
  const places = Array.from({ length: side ** 2 }, (_, i) => [i % side, Math.floor(i / side)])
  const edges = places.flatMap(([x, y]) => [
    ...(x + 1 < side ? [`${cell(x, y)} ${cell(x + 1, y)} ;`] : []),
    ...(y + 1 < side ? [`${cell(x, y)} ${cell(x, y + 1)} ;`] : []),
  ])
  const cells = places.map(([x, y]) => cell(x, y))
  function* answers() {
    for (let chosen = 0; chosen < 2 ** edges.length; chosen++) {
      const tree = edges.filter((_, i) => chosen & (1 << i))
      if (tree.length !== cells.length - 1) continue
      const paths = cells.flatMap((from) =>
        cells.filter((to) => to !== from).map((to) => walk(`${tree.join(' ')} from ${from} to ${to} :`)),
      )
      if (!paths.includes('no path')) for (const path of paths) yield [path, 1] as const
    }
  }
  expect((await openCase('maze', { side })).chance).toBeCloseTo(commonest(answers()), 12)
})

it.each([
  [4, 8],
  [0, 6],
  [5, 7],
])(
  'is made of the right probabilities of all values: every ListOps tree of depth 2 between %i and %i words',
  (minLength, maxLength) => {
    const expected = new Array<number>(10).fill(0)
    const count = (words: string, length: number, probability: number) => {
      if (length > minLength && length < maxLength) expected[parseListOps(words).value] += probability
    }
    for (let digit = 0; digit < 10; digit++) count(String(digit), 1, 0.75 / 10)
    for (const operator of ['MIN', 'MAX', 'MED', 'SM'])
      for (let n = 2; n <= 4; n++)
        for (let code = 0; code < 10 ** n; code++)
          count(`[${operator} ${[...String(code).padStart(n, '0')].join(' ')} X`, n + 2, 0.25 / 4 / 3 / 10 ** n)
    const found = valueProbabilities({ minLength, maxLength, maxDepth: 2, maxArgs: 4 })
    for (let value = 0; value < 10; value++) expect(found[value]).toBeCloseTo(expected[value], 7)
  },
)

it.each([
  [{}, 3000],
  [{ minLength: 3, maxLength: 16 }, 3000],
  [{ minLength: 6, maxLength: 40, maxDepth: 3, maxArgs: 5 }, 6000],
  [{ minLength: 3, maxLength: 14, maxDepth: 2, maxArgs: 10 }, 6000],
])('is that of ListOps at %o, within 4 standard errors of %i draws (stream 3)', async (settings, draws) => {
  const source = await openCase('listops', settings)
  const counts = new Array<number>(10).fill(0)
  for (let i = 0; i < draws; i++) counts[source.example('train', i, 3).targets.at(-1) ?? 0]++
  const share = Math.max(...counts) / draws
  expect(Math.abs(share - source.chance)).toBeLessThan(4 * Math.sqrt((share * (1 - share)) / draws))
})
