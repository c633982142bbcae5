/** What the generators draw: the counts that their descriptions promise. */
import { describe, expect, it } from 'vitest'
import { asked, openCase, parts, proportions, stream } from './cases.js'
import { parseCauses, parseFormula, parseListOps, parseMaze, parseRules } from './solvers.js'

/** Questions and answers over all parts, so that small sets of questions are seen whole. */
async function drawn(id: string, settings: Record<string, unknown>, count: number) {
  const source = await openCase(id, settings)
  return parts.flatMap((part) =>
    Array.from({ length: Math.round((count * proportions[part]) / 16) }, (_, i) => asked(source, part, i, stream)),
  )
}

/** A share of so many draws is what it should be, give or take 4 standard errors. */
function expectShare(hits: number, of: number, probability: number, what?: string) {
  const error = 4 * Math.sqrt((probability * (1 - probability)) / of)
  expect(Math.abs(hits / of - probability), what ?? `${hits} of ${of}, ${probability} expected`).toBeLessThan(error)
}

describe('operands', () => {
  it('have exactly the digits asked for, leading ones from 1 to 9, others from 0 to 9, equally often', async () => {
    const numbers = (await drawn('addition', { digits: 5 }, 3200)).flatMap(({ question }) =>
      question.slice(0, -1).split('+'),
    )
    expect(numbers.every((number) => /^[1-9]\d{4}$/.test(number))).toBe(true)
    for (let digit = 0; digit < 10; digit++) {
      if (digit > 0) expectShare(numbers.filter((number) => number[0] === String(digit)).length, numbers.length, 1 / 9)
      for (let place = 1; place < 5; place++)
        expectShare(numbers.filter((number) => number[place] === String(digit)).length, numbers.length, 0.1)
    }
  })

  it.each(['addition', 'multiplication'])(
    'of %s with shorter ones have every number of digits equally often',
    async (id) => {
      const pairs = (await drawn(id, { digits: 4, shorter: true }, 3200)).map(({ question }) =>
        question
          .slice(0, -1)
          .split(/[+*]/)
          .map((number) => number.length),
      )
      for (let n = 1; n <= 4; n++) expectShare(pairs.filter(([a, b]) => a === n && b === n).length, pairs.length, 1 / 4)
    },
  )
})

it('numbers to be sorted are uniform, repetitions included', async () => {
  const numbers = (await drawn('sorting', { numbers: 6, values: 10 }, 3200)).flatMap(({ question }) =>
    question.split(' ').slice(0, -1),
  )
  for (let value = 0; value < 10; value++)
    expectShare(numbers.filter((number) => Number(number) === value).length, numbers.length, 0.1)
})

describe('mazes', () => {
  it('are spanning trees of the grid, told in reading order, with a start that is not the goal', async () => {
    for (const { question } of await drawn('maze', { side: 5 }, 320)) {
      const { edges, start, goal } = parseMaze(question)
      const places = edges.map((edge) => edge.map((cell) => [cell.charCodeAt(0) - 97, Number(cell.slice(1)) - 1]))
      expect(edges.length).toBe(24)
      for (const [[ax, ay], [bx, by]] of places)
        expect(bx - ax + (by - ay) === 1 && (bx === ax || by === ay)).toBe(true)
      const order = places.map(([[ax, ay], [bx, by]]) => (ay * 5 + ax) * 100 + by * 5 + bx)
      expect(order).toEqual(order.toSorted((a, b) => a - b))
      const joined = new Set([start])
      for (const cell of joined)
        for (const edge of edges) if (edge.includes(cell)) for (const next of edge) joined.add(next)
      expect(joined.size).toBe(25)
      expect(start).not.toBe(goal)
    }
  })

  it('are uniform over the spanning trees: the 192 of 3 × 3 differ as little as draws do (χ² within 5 deviations)', async () => {
    const counts = new Map<string, number>()
    const draws = await drawn('maze', { side: 3 }, 4800)
    for (const { question } of draws) {
      const tree = question.split(' from')[0]
      counts.set(tree, (counts.get(tree) ?? 0) + 1)
    }
    expect(counts.size).toBe(192)
    const expected = draws.length / 192
    const statistic = [...counts.values()].reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0)
    expect(Math.abs(statistic - 191)).toBeLessThan(5 * Math.sqrt(2 * 191))
  })
})

describe('ListOps trees', () => {
  it('lie strictly within the bounds of length, depth and arguments', async () => {
    for (const { question } of await drawn('listops', { minLength: 12, maxLength: 40, maxDepth: 4, maxArgs: 5 }, 800)) {
      const depth = (tree: ReturnType<typeof parseListOps>): number => {
        if (tree.operator) expect(tree.children.length >= 2 && tree.children.length <= 5).toBe(true)
        return 1 + Math.max(0, ...tree.children.map(depth))
      }
      expect(depth(parseListOps(question))).toBeLessThanOrEqual(4)
      const words = question.split(' ').length
      expect(words > 12 && words < 40).toBe(true)
    }
  })

  it('have operators with probability 1/4, all four and all numbers of arguments equally often, where no tree is too long', async () => {
    const roots = (await drawn('listops', { minLength: 3, maxLength: 123, maxDepth: 3 }, 3200)).map(({ question }) =>
      parseListOps(question),
    )
    for (const operator of ['MIN', 'MAX', 'MED', 'SM'])
      expectShare(roots.filter((root) => root.operator === operator).length, roots.length, 1 / 4, operator)
    for (let n = 2; n <= 10; n++)
      expectShare(roots.filter(({ children }) => children.length === n).length, roots.length, 1 / 9, `${n}`)
    const children = roots.flatMap((root) => root.children)
    expectShare(children.filter(({ operator }) => operator).length, children.length, 1 / 4)
    const digits = children.filter(({ operator }) => !operator)
    for (let digit = 0; digit < 10; digit++)
      expectShare(digits.filter(({ value }) => value === digit).length, digits.length, 1 / 10)
  })
})

describe.each([
  { id: 'boolean-satisfiability', yes: 'sat', parse: parseFormula },
  { id: 'natural-language-satisfiability', yes: 'yes', parse: parseRules },
])('formulas of $id', ({ id, yes, parse }) => {
  it('have the clauses of the ratio, different variables in a clause, half of the literals negated, half of them satisfiable', async () => {
    const examples = await drawn(id, { variables: 6, ratio: 4.5 }, 800)
    const formulas = examples.map(({ question }) => parse(question))
    expectShare(examples.filter(({ answer }) => answer === yes).length, examples.length, 0.5)
    for (const formula of formulas) {
      expect(formula.length).toBe(27)
      for (const clause of formula) expect(new Set(clause.map((literal) => literal.replace('-', ''))).size).toBe(3)
      expect(new Set(formula.flat().map((literal) => literal.replace('-', ''))).size).toBeLessThanOrEqual(6)
    }
    // Literals of a formula are independent before its label is known; afterwards the share of all is still a half.
    const literals = formulas.flat(2)
    expectShare(literals.filter((literal) => literal.startsWith('-')).length, literals.length, 0.5)
  })
})

describe('causal graphs', () => {
  it.each(['transitivity', 'd-separation'])(
    'have as many yes as no for %s, and every size equally often',
    async (axiom) => {
      const examples = await drawn('causal-axioms', { axiom, structure: 'flipped' }, 3200)
      expectShare(examples.filter(({ answer }) => answer === 'yes').length, examples.length, 0.5)
      const sizes = examples.map(({ question }) => parseCauses(question).edges.length + 1)
      for (let n = 3; n <= 6; n++)
        expectShare(sizes.filter((size) => size === n).length, sizes.length, 1 / 4, `${n} nodes`)
    },
  )

  it('have the structure that is asked for', async () => {
    const graphs = async (structure: string) =>
      (await drawn('causal-axioms', { structure, nodes: 7, shorter: false }, 320)).map(
        ({ question }) => parseCauses(question).edges,
      )
    const told = (edges: string[][]) =>
      edges.every(([, effect], i) => i + 1 === edges.length || edges[i + 1][0] === effect)
    for (const edges of await graphs('chain')) expect(edges.length === 6 && told(edges)).toBe(true)
    for (const edges of await graphs('reversed')) expect(told(edges.map((edge) => edge.toReversed()))).toBe(true)
    const shuffled = await graphs('shuffled')
    expect(shuffled.filter(told).length).toBeLessThan(10)
    for (const edges of shuffled) {
      const effects = edges.map(([, effect]) => effect)
      expect(new Set(effects).size).toBe(6)
      expect(new Set(edges.map(([cause]) => cause)).size).toBe(6)
    }
    const flips = (await graphs('flipped')).flatMap((edges) =>
      edges.slice(1).map((edge, i) => edges[i].includes(edge[0])),
    )
    expectShare(flips.filter(Boolean).length, flips.length, 0.5)
    for (const edges of await graphs('branching')) {
      expect(new Set(edges.flat()).size).toBe(7)
      const causesOf = edges.reduce(
        (counts, [, effect]) => counts.set(effect, (counts.get(effect) ?? 0) + 1),
        new Map<string, number>(),
      )
      expect(causesOf.size).toBe(6)
      for (const count of causesOf.values()) expect(count === 1 || count === 2).toBe(true)
    }
  })

  it('separate nodes given up to so many others, and not more', async () => {
    const sizes = (
      await drawn(
        'causal-axioms',
        { axiom: 'd-separation', structure: 'branching', nodes: 8, shorter: false, given: 3 },
        800,
      )
    ).map(
      ({ question }) =>
        parseCauses(question)
          .query.slice(6, -1)
          .filter((word) => word !== 'nothing').length,
    )
    expect(new Set(sizes)).toEqual(new Set([0, 1, 2, 3]))
  })
})
