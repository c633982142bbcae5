/** Naming, after a long row of distractors, the symbol that a sequence began with. */
import { generated } from '../../../tasks/generated.js'
import type { ExampleSource } from '../../../tasks/index.js'

const classes = 8
const distractors = 8
/** The share of the sequence that shows the class. */
const shown = 1 / 16

/** Chance is one in eight. */
export function delayedClass(length: number): ExampleSource {
  return generated({
    task: 'delayed-class',
    input: { kind: 'tokens', vocabulary: classes + distractors + 1 },
    output: { kind: 'tokens' },
    length,
    answers: 1,
    chance: 1 / classes,
    draw(random) {
      const kind = random.below(classes)
      const inputs = Int32Array.from({ length }, (_, t) => {
        if (t === length - 1) return classes + distractors
        return t < shown * length ? kind : classes + random.below(distractors)
      })
      const last = (value: number) => (_: unknown, t: number) => (t === length - 1 ? value : 0)
      return {
        inputs,
        targets: Int32Array.from({ length }, last(kind)),
        weights: Float32Array.from({ length }, last(1)),
      }
    },
    show: ({ inputs, targets }) => ({ input: inputs.join(' '), answer: String(targets[length - 1]) }),
  })
}
