/** What the tasks of this group share: a question in words, then its answer, word by word. */
import { generated } from '../generated.js'
import type { Random } from '../random.js'
import type { Example, ExampleSource } from '../task.js'

export interface Question {
  readonly question: readonly string[]
  readonly answer: readonly string[]
}

export interface Questions {
  /** For messages. */
  readonly task: string
  /** All words, each once; a word's place is its token. */
  readonly vocabulary: readonly string[]
  /** Most words of a question and of an answer. */
  readonly most: { readonly question: number; readonly answer: number }
  readonly chance: number
  /** Stands between words that are shown. */
  readonly space: '' | ' '
  draw(random: Random): Question
}

/** A source of drawn questions. */
export function questions({ task, vocabulary, most, chance, space, draw }: Questions): ExampleSource {
  const asked = examplesOf(vocabulary)
  return generated({
    task,
    input: { kind: 'tokens', vocabulary: vocabulary.length },
    output: { kind: 'tokens' },
    length: most.question + most.answer - 1,
    answers: most.answer,
    chance,
    show: shownIn(vocabulary, space),
    draw: (random) => asked(draw(random)),
  })
}

/**
 * Makes examples of questions: each word of the answer is predicted from the question and from the words of the answer
 * before it. The first is asked for at the last word of the question.
 */
export function examplesOf(vocabulary: readonly string[]): (question: Question) => Example {
  const ids = new Map(vocabulary.map((word, id) => [word, id]))
  const idOf = (word: string) => {
    const id = ids.get(word)
    if (id === undefined) throw new RangeError(`questions: the vocabulary lacks '${word}'`)
    return id
  }
  return ({ question, answer }) => {
    const inputs = Int32Array.from([...question, ...answer.slice(0, -1)], idOf)
    const targets = new Int32Array(inputs.length)
    targets.set(answer.map(idOf), question.length - 1)
    return { inputs, targets, weights: new Float32Array(inputs.length).fill(1, question.length - 1) }
  }
}

export function shownIn(vocabulary: readonly string[], space: '' | ' '): ExampleSource['show'] {
  const text = (ids: Example['inputs']) => Array.from(ids, (id) => vocabulary[id]).join(space)
  return ({ inputs, targets, weights }) => {
    const first = weights.indexOf(1)
    return { input: text(inputs.subarray(0, first + 1)), answer: text(targets.subarray(first)) }
  }
}
