/** Solvers that read the inputs alone: where is asked, and what the answer is. */
import type { Settings } from './helpers.js'

type Answers = [position: number, token: number][]
/** `words` are the inputs as people are shown them. */
type Solver = (inputs: number[], settings: Settings, words: string[]) => Answers

export const solvers: Readonly<Record<string, Solver>> = {
  mqar(inputs, { pairs }) {
    const read = 2 * Number(pairs)
    const values = new Map<number, number>()
    for (let at = 0; at < read; at += 2) values.set(inputs[at], inputs[at + 1])
    return inputs.flatMap((token, at): Answers => (at >= read && token > 0 ? [[at, values.get(token) ?? -1]] : []))
  },
  'in-context-recall': (inputs) => {
    const query = inputs.length - 1
    const at = inputs.findIndex((token, at) => at % 2 === 0 && token === inputs[query])
    return [[query, inputs[at + 1]]]
  },
  'induction-heads': (inputs) => [[inputs.length - 1, inputs[inputs.indexOf(0) + 1]]],
  copying: (inputs) => {
    const separator = inputs.indexOf(0)
    return inputs.slice(0, separator).map((token, i) => [separator + i, token])
  },
  'selective-copying': (inputs) => {
    const first = inputs.indexOf(1)
    return inputs.filter((token) => token > 1).map((token, i) => [first + i, token])
  },
  passkey(inputs, { digits }) {
    const count = Number(digits)
    const first = inputs.findIndex((token) => token < 10)
    return inputs.slice(first, first + count).map((digit, i) => [inputs.length - count + i, digit])
  },
  needle(inputs, _, words) {
    const values = new Map<string, number>()
    return words.flatMap((word, at): Answers => {
      if (word === 'is' && words[at - 4] === 'number') values.set(words[at - 1], inputs[at + 1])
      return word === '?' ? [[at, values.get(words[at - 1]) ?? -1]] : []
    })
  },
  'list-retrieval': (inputs, _, words) => {
    const first = words.indexOf(':') + 1
    const list = inputs.slice(first, words.indexOf('.')).filter((_, i) => words[first + i] !== ',')
    const again = words.lastIndexOf(':')
    const commas = [...words.keys()].filter((at) => at > again && words[at] === ',')
    return commas.map((at, i) => [at, list[i + 1]])
  },
}
