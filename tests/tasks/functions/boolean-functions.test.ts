import { describe, expect, it } from 'vitest'
import { booleanFunctions } from '#seqlab/tasks/functions/boolean-functions.js'
import type { Example } from '#seqlab/tasks/task.js'
import { answersOf, asked, drawn, holdsContract, mean, opened } from '../contract.js'

holdsContract({
  task: booleanFunctions,
  variants: [
    { family: 'parity', bits: 4, points: 3 },
    { family: 'majority', relevant: 3 },
    { family: 'disjunction', bits: 6, relevant: 6, points: 4 },
  ],
  refused: [[{ relevant: 9 }, /task boolean-functions: relevant must be at most bits 8, got 9 – use bits=9 or more/]],
  outOfRange: [{ family: 'nand' }, { bits: 0 }, { relevant: 0 }, { points: 0 }],
  blindTolerance: 0.07,
})

const [no, yes] = [2, 3]
type Truth = (literals: boolean[]) => boolean
const families: Record<string, { truth: Truth; signs: boolean }> = {
  conjunction: { truth: (literals) => !literals.includes(false), signs: true },
  disjunction: { truth: (literals) => literals.includes(true), signs: true },
  majority: { truth: (literals) => literals.filter(Boolean).length > literals.filter((l) => !l).length, signs: false },
  parity: { truth: (literals) => literals.reduce((odd, literal) => odd !== literal, false), signs: false },
}

/** Strings and labels as the inputs hold them, and nothing else. */
const read = ({ inputs }: Example, bits: number) =>
  Array.from({ length: inputs.length / (bits + 1) }, (_, i) => ({
    x: [...inputs.subarray(i * (bits + 1), (i + 1) * (bits + 1) - 1)],
    y: inputs[(i + 1) * (bits + 1) - 1],
  }))

/** Every function of a family that reads two of four bits, as its label for a string. */
function hypotheses(family: string): ((x: number[]) => number)[] {
  const { truth, signs } = families[family]
  const pairs = [0, 1, 2, 3].flatMap((a) => [0, 1, 2, 3].filter((b) => b > a).map((b) => [a, b]))
  const signings = signs ? [0, 1].flatMap((s) => [0, 1].map((t) => [s, t])) : [[1, 1]]
  return pairs.flatMap((pair) =>
    signings.map((signing) => (x: number[]) => (truth(pair.map((bit, i) => x[bit] === signing[i])) ? yes : no)),
  )
}

describe.each(Object.keys(families))('%s', (family) => {
  it('labels every string as one function of the family does, and as all do that remain', async () => {
    const source = await opened(booleanFunctions, { family, bits: 4, relevant: 2, points: 10 })
    let decided = 0
    for (const example of drawn(source, 'test', 100)) {
      let remaining = hypotheses(family)
      for (const [i, { x, y }] of read(example, 4).entries()) {
        const labels = new Set(remaining.map((hypothesis) => hypothesis(x)))
        if (labels.size === 1) {
          expect([...labels]).toEqual([y])
          decided++
        }
        remaining = remaining.filter((hypothesis) => hypothesis(x) === y)
        expect(remaining.length, `after ${i + 1} strings`).toBeGreaterThan(0)
      }
    }
    expect(decided).toBeGreaterThan(300)
  })

  it('says yes half of the time, whatever it reads (1000 examples of stream 1, within 0.02)', async () => {
    for (const relevant of [1, 3, 6]) {
      const source = await opened(booleanFunctions, { family, relevant, points: 8 })
      const labels = drawn(source, 'train', 1000).flatMap(answersOf)
      expect(Math.abs(mean(labels.map((label) => (label === yes ? 1 : 0))) - 0.5)).toBeLessThan(0.02)
    }
  })
})

describe('boolean-functions', () => {
  it('ask for the label at the last bit and give it at the next position', async () => {
    const source = await opened(booleanFunctions, { bits: 5, points: 3 })
    for (const example of drawn(source, 'train', 20)) {
      expect(asked(example)).toEqual([4, 10, 16])
      expect(answersOf(example)).toEqual([5, 11, 17].map((position) => example.inputs[position]))
      expect(read(example, 5).every(({ x, y }) => Math.max(...x) <= 1 && [no, yes].includes(y))).toBe(true)
    }
  })

  it('draw the strings of a label evenly (majority of three bits, 500 examples, within 0.03)', async () => {
    const source = await opened(booleanFunctions, { family: 'majority', bits: 3, relevant: 3, points: 16 })
    const strings = drawn(source, 'train', 500).flatMap((example) => read(example, 3).map(({ x }) => x.join('')))
    const share = (string: string) => strings.filter((one) => one === string).length / strings.length
    for (let value = 0; value < 8; value++) {
      expect(Math.abs(share(value.toString(2).padStart(3, '0')) - 1 / 8)).toBeLessThan(0.03)
    }
  })

  it.each([
    { family: 'conjunction', label: yes },
    { family: 'disjunction', label: no },
  ])('negate each bit of a $family on its own (1000 examples, within 0.05)', async ({ family, label }) => {
    const source = await opened(booleanFunctions, { family, bits: 2, relevant: 2, points: 6 })
    // The one string of that label gives the signs away.
    const strings = drawn(source, 'train', 1000).flatMap(
      (example) =>
        read(example, 2)
          .find(({ y }) => y === label)
          ?.x.join('') ?? [],
    )
    for (const signs of ['00', '01', '10', '11']) {
      expect(Math.abs(mean(strings.map((string) => (string === signs ? 1 : 0))) - 0.25)).toBeLessThan(0.05)
    }
  })

  it('leave the bits that are not read even (parity, 500 examples, within 0.02)', async () => {
    const source = await opened(booleanFunctions, { family: 'parity', bits: 6, relevant: 2 })
    const strings = drawn(source, 'train', 500).flatMap((example) => read(example, 6).map(({ x }) => x))
    for (let bit = 0; bit < 6; bit++) expect(Math.abs(mean(strings.map((x) => x[bit])) - 0.5)).toBeLessThan(0.02)
  })
})
