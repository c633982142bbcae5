/** Examples of a task as the arrays of a batch. */
import type { Example, ExampleSource } from '../tasks/index.js'
import type { BatchShape, TrainingBatch } from './batch.js'

/** Weights mark answers; where they are few, the head sees them alone. */
export function exampleShape({ length, answers }: ExampleSource): Omit<BatchShape, 'batch' | 'context'> {
  return { weighted: true, resets: false, ...(answers <= length / 2 && { answers: Math.max(1, answers) }) }
}

/** `rows` examples as arrays, padded to the length of the longest that the source has. */
export function exampleBatch(
  source: ExampleSource,
  rows: number,
  example: (row: number) => Example | undefined,
): TrainingBatch {
  const { input, output, length: context } = source
  const { answers } = exampleShape(source)
  const count = answers ?? context
  const width = input.kind === 'tokens' ? 1 : input.width
  const outputs = output.kind === 'tokens' ? 1 : output.outputs
  const inputs = new (input.kind === 'tokens' ? Int32Array : Float32Array)(rows * context * width)
  const targets = new (output.kind === 'tokens' ? Int32Array : Float32Array)(rows * count * outputs)
  const weights = new Float32Array(rows * count)
  const places = answers === undefined ? undefined : new Int32Array(rows * count)
  for (let row = 0; row < rows; row++) {
    const drawn = example(row)
    if (!drawn) continue
    inputs.set(drawn.inputs, row * context * width)
    let filled = 0
    for (let position = 0; position < drawn.weights.length; position++) {
      if (drawn.weights[position] === 0) continue
      const to = row * count + (places ? filled++ : position)
      if (places) places[to] = position
      weights[to] = drawn.weights[position]
      targets.set(drawn.targets.subarray(position * outputs, (position + 1) * outputs), to * outputs)
    }
  }
  return { inputs, targets, weights, places }
}
