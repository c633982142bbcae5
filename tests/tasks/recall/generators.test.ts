/** What the generators of single tasks promise beyond right answers. */
import { describe, expect, it } from 'vitest'
import { createRandom } from '#seqlab/tasks/random.js'
import { showing } from '#seqlab/tasks/recall/token-examples.js'
import { vocabularyOf } from '#seqlab/tasks/recall/vocabulary.js'
import { nouns, sentenceLength, sentencesIn, sentenceWords } from '#seqlab/tasks/recall/words.js'
import { answersOf, chiSquareDeviations, countsOf, drawn, openTask, type Settings } from './helpers.js'

async function examples(id: string, settings: Settings, count: number, stream: number) {
  const source = await openTask(id, settings)
  return drawn(source, 'train', count, stream)
}

/** The text of examples, without marks. */
async function texts(id: string, settings: Settings, count: number, stream: number) {
  const source = await openTask(id, settings)
  return drawn(source, 'train', count, stream).map(({ inputs, targets }) =>
    source.show({ inputs, targets, weights: new Float32Array(inputs.length) }).input.split(' '),
  )
}

it.each(['copying', 'passkey', 'needle', 'list-retrieval'])(
  '%s reads each answer but the last right after the place that asks for it (stream 20)',
  async (id) => {
    for (const example of await examples(id, {}, 50, 20)) {
      const answers = answersOf(example)
      for (const [at, token] of answers.slice(0, -1)) expect(example.inputs[at + 1]).toBe(token)
      expect(answers.at(-1)?.[0]).toBe(example.inputs.length - 1)
    }
  },
)

describe('in-context recall', () => {
  it('draws keys equally often, gives each one value throughout and asks for each equally often (stream 21)', async () => {
    const keys: number[] = []
    const ranks: number[] = []
    for (const { inputs } of await examples('in-context-recall', { pairs: 40, keys: 5, values: 50 }, 1500, 21)) {
      const bound = new Map<number, Set<number>>()
      for (let at = 0; at < 80; at += 2) bound.set(inputs[at], (bound.get(inputs[at]) ?? new Set()).add(inputs[at + 1]))
      expect([...bound.values()].map(({ size }) => size)).toEqual(Array(bound.size).fill(1))
      keys.push(inputs[0])
      ranks.push([...bound.keys()].indexOf(inputs[80]))
    }
    expect(chiSquareDeviations(countsOf(keys, 5))).toBeLessThan(4)
    expect(chiSquareDeviations(countsOf(ranks, 5))).toBeLessThan(4)
  })
})

describe('induction heads', () => {
  it('have the special token at the end and at one earlier place, all equally likely (stream 22)', async () => {
    const drawn = await examples('induction-heads', { length: 32 }, 4000, 22)
    for (const { inputs } of drawn) expect([inputs[31], inputs.filter((token) => token === 0).length]).toEqual([0, 2])
    expect(
      chiSquareDeviations(
        countsOf(
          drawn.map(({ inputs }) => inputs.indexOf(0)),
          30,
        ),
      ),
    ).toBeLessThan(4)
  })
})

describe('selective copying', () => {
  it('puts its tokens at places that are all equally likely, blanks elsewhere, and markers at the end (stream 23)', async () => {
    const drawn = await examples('selective-copying', { length: 24, tokens: 6 }, 3000, 23)
    const places = drawn.flatMap(({ inputs }) => [...inputs.keys()].filter((at) => inputs[at] > 1))
    expect(places.length).toBe(6 * 3000)
    expect(chiSquareDeviations(countsOf(places, 24))).toBeLessThan(4)
    for (const { inputs } of drawn) expect(Array.from(inputs.subarray(24))).toEqual(Array(6).fill(1))
  })
})

describe('copying', () => {
  it('trains on strings of every length equally often when varied, and tests the full one (stream 24)', async () => {
    const source = await openTask('copying', { length: 10, varied: true })
    const lengths = drawn(source, 'train', 4000, 24).map(({ inputs }) => inputs.length / 2 - 1)
    expect(chiSquareDeviations(countsOf(lengths, 10))).toBeLessThan(4)
    for (const part of ['validation', 'test'] as const) {
      for (const { inputs } of drawn(source, part, 100, 24)) expect(inputs.length).toBe(20)
    }
  })
})

describe('passkey', () => {
  const placeOf = (words: string[]) => words.indexOf('pass') - 1
  const [digits, needleLength] = [3, 19]

  it('stands at the beginning or the end of the text when asked to, or halfway (stream 25)', async () => {
    for (const [depth, low, high] of [
      [0, 0, 0],
      [0.5, 480, 484],
      [1, 964, 964],
    ]) {
      const drawn = await texts('passkey', { length: 964 + needleLength + 10 + 2, digits, depth }, 20, 25)
      for (const words of drawn) {
        expect(placeOf(words)).toBeGreaterThanOrEqual(low)
        expect(placeOf(words)).toBeLessThanOrEqual(high)
      }
    }
  })

  it('stands between sentences, anywhere equally often, in text that is otherwise always the same (stream 26)', async () => {
    const drawn = await texts('passkey', { length: 24 * 4 + needleLength + 10 + 2, digits }, 4000, 26)
    const places = drawn.map(placeOf)
    const borders = [...new Set(places)].sort((a, b) => a - b)
    expect(borders.length).toBe(5 * 4 + 1)
    expect(
      chiSquareDeviations(
        countsOf(
          places.map((place) => borders.indexOf(place)),
          borders.length,
        ),
      ),
    ).toBeLessThan(4)
    for (const words of drawn) expect(words[placeOf(words) - 1] ?? '.').toBe('.')
    const filler = drawn.map((words) => words.toSpliced(placeOf(words), needleLength).slice(0, -2).join(' '))
    expect(new Set(filler).size).toBe(1)
    expect(filler[0]).toBe(
      `${'The grass is green . The sky is blue . The sun is yellow . Here we go . There and back again . '.repeat(4)}What is the pass key ? The pass key is`,
    )
  })
})

describe('needles', () => {
  it('are facts about different nouns, placed equally often everywhere among whole sentences (stream 27)', async () => {
    const [needles, sentences] = [3, 9]
    const length = (needles + sentences) * 8 + 9 * 2 - 1
    const places: number[] = []
    for (const words of await texts('needle', { length, needles }, 2000, 27)) {
      const starts = [...words.keys()].filter((at) => words[at] === 'number' && words[at - 2] !== 'is')
      expect(starts.length).toBe(needles)
      expect(new Set(starts.map((at) => words[at + 3])).size).toBe(needles)
      for (const at of starts) expect((at - 1) % 8).toBe(0)
      places.push(...starts.map((at) => (at - 1) / 8))
    }
    expect(chiSquareDeviations(countsOf(places, needles + sentences))).toBeLessThan(4)
  })

  it('are asked for in an order and a choice that their places do not tell (stream 28)', async () => {
    const ranks: number[] = []
    for (const words of await texts('needle', { length: 200, needles: 4, questions: 1 }, 2000, 28)) {
      const facts = [...words.keys()].filter((at) => words[at] === 'is' && words[at - 4] === 'number')
      ranks.push(facts.findIndex((at) => words[at - 1] === words[198]))
    }
    expect(chiSquareDeviations(countsOf(ranks, 4))).toBeLessThan(4)
  })
})

describe('lists', () => {
  it('repeat word for word, with the filler between them and no noun twice (stream 29)', async () => {
    for (const words of await texts('list-retrieval', { nouns: 7, filler: 3 }, 300, 29)) {
      const text = words.join(' ')
      const [, first, filler, second] =
        /^Mary wrote down a list of words : (.*?) \. (.*) Then Mary read the list again : (.*) ,$/.exec(text) ?? []
      expect(first.split(' , ').slice(0, -1)).toEqual(second.split(' , '))
      expect(new Set(first.split(' , ')).size).toBe(7)
      expect(filler.split(' ').length).toBe(3 * sentenceLength)
    }
  })
})

describe('words', () => {
  it('are all different, also across their kinds', () => {
    expect(new Set(sentenceWords).size).toBe(sentenceWords.length)
    expect(sentenceWords).toEqual(expect.arrayContaining([...nouns]))
  })

  it('make sentences of any two nouns, all equally likely, and of any quality and action (seed 30)', () => {
    const vocabulary = vocabularyOf(sentenceWords)
    const draw = sentencesIn(vocabulary)
    const sentences = Array.from({ length: 3000 }, (_, i) => draw(createRandom(30, i)).map(vocabulary.word))
    for (const words of sentences) {
      expect([words.length, words[0], words[4], words[7]]).toEqual([sentenceLength, 'the', 'the', '.'])
    }
    for (const at of [2, 6]) {
      const drawn = sentences.map((words) => nouns.indexOf(words[at]))
      expect(chiSquareDeviations(countsOf(drawn, nouns.length))).toBeLessThan(4)
    }
    expect(new Set(sentences.flat())).toEqual(new Set(sentenceWords))
  })

  it('become tokens and back, and unknown ones are refused by name', () => {
    const vocabulary = vocabularyOf(['b', 'a', 'b'])
    expect(vocabulary.encode('a b a')).toEqual([1, 0, 1])
    expect([vocabulary.size, vocabulary.word(1)]).toEqual([2, 'a'])
    expect(() => vocabulary.encode('a c')).toThrow('vocabulary: it lacks "c"')
  })
})

describe('showing', () => {
  const show = (inputs: number[], answers: Record<number, number>) =>
    showing((token) => 'abcdef'[token])({
      inputs: Int32Array.from(inputs),
      targets: Int32Array.from(inputs, (_, at) => answers[at] ?? 0),
      weights: Float32Array.from(inputs, (_, at) => (at in answers ? 1 : 0)),
    })

  it('marks what is asked, also where the answer is the token 0', () => {
    expect(show([1, 2, 1, 3], { 2: 0 })).toEqual({ input: 'b c b [?] d', answer: 'a' })
  })

  it('does not give answers away that are read before the next question', () => {
    expect(show([1, 2, 5, 1], { 2: 1, 3: 2 })).toEqual({ input: 'b c f [?] [?]', answer: 'b c' })
  })

  it('counts four and more of a word', () => {
    expect(show([0, 0, 0, 1, 1, 1, 1, 2], {}).input).toBe('a a a b ×4 c')
  })
})
