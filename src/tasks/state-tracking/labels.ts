/** Examples over tokens: what is asked at which positions, and how people see it. */
import type { Example } from '../task.js'

/** An example of one answer a position, which counts where `asked` says so. */
export function labelled(
  inputs: ArrayLike<number>,
  answers: ArrayLike<number>,
  asked: (position: number) => boolean = () => true,
): Example {
  const targets = new Int32Array(inputs.length)
  const weights = new Float32Array(inputs.length)
  for (let position = 0; position < inputs.length; position++) {
    if (!asked(position)) continue
    targets[position] = answers[position]
    weights[position] = 1
  }
  return { inputs: Int32Array.from(inputs), targets, weights }
}

/** Shows tokens by name. Answers begin at the first that is asked for; a dot stands where later positions ask nothing. */
export const shownAs =
  (names: readonly string[]) =>
  ({ inputs, targets, weights }: Example) => {
    const answers = Array.from(targets, (id, position) => (weights[position] === 0 ? '·' : names[id]))
    return {
      input: Array.from(inputs, (id) => names[id]).join(' '),
      answer: answers.slice(weights.indexOf(1), weights.lastIndexOf(1) + 1).join(' '),
    }
  }
