/** A text read at once, in the defining form of every mixer: what is predicted, and every tensor that has a name. */
import {
  compileStateful,
  reshape,
  type Shape,
  type Tensor,
  type TensorData,
  traceStateful,
} from '../../engine/index.js'
import { carriedState, type Model, parameterLeaves, parameterValues } from '../../models/index.js'
import { logits } from '../../nn/index.js'
import { checkTokens, namedTensors, type Subject } from './subject.js'

export interface NamedTensor extends TensorData {
  /** With its scope: `blocks.3.mixer.decay`. */
  readonly name: string
  /**
   * Axes that run over the tokens of the text: none for what follows from parameters alone, two for weights between
   * pairs of tokens. Along an axis that is longer than the text, its last places are the text's tokens.
   */
  readonly tokenAxes: readonly number[]
}

export interface WholeText {
  /** After each token, [T, vocabulary]. */
  readonly logits: TensorData
  /** In the order of computation. */
  readonly named: readonly NamedTensor[]
}

/** @throws UserError for a text that the model cannot read */
export async function readWhole({ model, parameters, executor }: Subject, text: ArrayLike<number>): Promise<WholeText> {
  const tokens = checkTokens(model, text)
  const { program, named } = wholeProgram(model, tokens.length)
  const shorter = new Map(wholeProgram(model, tokens.length - 1).named)
  const store = executor.createStore()
  try {
    await store.write(parameterValues(parameters))
    const step = await compileStateful<{ tokens: TensorData }, { logits: Tensor; values: Tensor[] }>(
      executor,
      store,
      program,
    )
    const found = await step.run({ tokens: { shape: [1, tokens.length], dtype: 'i32', data: tokens } })
    return {
      logits: found.logits,
      named: named.map(([name, shape], index) => ({
        ...found.values[index],
        name,
        tokenAxes: axesThatGrow(shape, shorter.get(name) ?? []),
      })),
    }
  } finally {
    await store.dispose()
  }
}

function wholeProgram(model: Model, length: number) {
  let named: [string, Shape][] = []
  const program = traceStateful(
    parameterLeaves(model),
    { tokens: { shape: [1, length], dtype: 'i32' } as const },
    (before, feeds) => {
      const tensors = model.nest(({ path }) => before[`parameters.${path}`])
      const { features } = model.forward(tensors, { x: feeds.tokens }, carriedState(model, {}, 1), { form: 'parallel' })
      const scores = logits(reshape(features, [length, -1]), model.head(tensors))
      const found = namedTensors(features)
      named = found.map(([name, { shape }]) => [name, shape])
      return { state: {}, fetch: { logits: scores, values: found.map(([, tensor]) => tensor) } }
    },
  )
  return { program, named }
}

/** Axes that are one longer where the text is one token longer: no extent of a mechanism is mistaken for the text's. */
function axesThatGrow(shape: Shape, shorter: Shape): number[] {
  if (shape.length !== shorter.length) return []
  return shape.flatMap((extent, axis) => (extent === shorter[axis] + 1 ? [axis] : []))
}
