/** What the tasks of this group share: tokens with answers at some positions, and how people are shown them. */
import type { Example, ExampleSource } from '../task.js'

/** An example that asks at each of the positions for the token beside it. */
export function asking(inputs: Int32Array, answers: Iterable<readonly [position: number, token: number]>): Example {
  const targets = new Int32Array(inputs.length)
  const weights = new Float32Array(inputs.length)
  for (const [position, token] of answers) {
    targets[position] = token
    weights[position] = 1
  }
  return { inputs, targets, weights }
}

/**
 * Shows tokens as words, with [?] after each one that is asked at. Where an answer is read next, so that the following one
 * can be asked for, [?] stands in its place.
 */
export function showing(word: (token: number) => string): ExampleSource['show'] {
  return ({ inputs, targets, weights }) => {
    const shown: string[] = []
    const answers: string[] = []
    for (let at = 0; at < inputs.length; at++) {
      const givesAway = at > 0 && weights[at - 1] === 1 && inputs[at] === targets[at - 1]
      if (!givesAway) shown.push(word(inputs[at]))
      if (weights[at] === 1) {
        shown.push('[?]')
        answers.push(word(targets[at]))
      }
    }
    return { input: runsCounted(shown).join(' '), answer: answers.join(' ') }
  }
}

const characters = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789'
/** A name for a member of an alphabet of any size. */
export const symbol = (index: number) => characters[index] ?? `s${index}`

/** Four and more of the same word become `word ×4`: most positions of some tasks are blank. */
function runsCounted(words: readonly string[]): string[] {
  const result: string[] = []
  for (let from = 0, to = 0; from < words.length; from = to) {
    while (to < words.length && words[to] === words[from]) to++
    result.push(...(to - from < 4 ? words.slice(from, to) : [`${words[from]} ×${to - from}`]))
  }
  return result
}
