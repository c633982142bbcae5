/** What each token of a text contributes to a prediction. */
import {
  compileStateful,
  full,
  gather,
  logSoftmax,
  mul,
  reshape,
  sum,
  type Tensor,
  type TensorData,
  traceStateful,
  vjp,
} from '../../engine/index.js'
import { carriedState, parameterLeaves, parameterValues } from '../../models/index.js'
import { logits } from '../../nn/index.js'
import { checkTokens, type Subject } from './subject.js'

export interface Contributions {
  /** log p(target | tokens up to the position), in nats. */
  readonly logProbability: number
  /**
   * x_s · ∂ log p / ∂x_s for the input embedding x_s of each token: by how much the log-probability would grow, to first
   * order, if that embedding grew by its own length. [T]
   */
  readonly contributions: Float32Array
}

export interface Explainer {
  /** Of the prediction of `target` after the token at `position`. */
  explain(position: number, target: number): Promise<Contributions>
  dispose(): Promise<void>
}

/**
 * Gradient times input (Simonyan et al. 2013, arXiv:1312.6034; Shrikumar et al. 2016, arXiv:1605.01713), for any
 * position and target of one text by one program.
 *
 * @throws UserError for a text that the model cannot read
 */
export async function createExplainer(
  { model, parameters, executor }: Subject,
  text: ArrayLike<number>,
): Promise<Explainer> {
  const tokens = checkTokens(model, text)
  const T = tokens.length
  const scalarId = { shape: [1], dtype: 'i32' } as const
  const feeds = { tokens: { shape: [1, T], dtype: 'i32' } as const, position: scalarId, target: scalarId }
  const program = traceStateful(parameterLeaves(model), feeds, (before, { tokens: x, position, target }) => {
    const tensors = model.nest(({ path }) => before[`parameters.${path}`])
    const { features } = model.forward(tensors, { x }, carriedState(model, {}, 1))
    const row = gather(reshape(features, [T, -1]), position, 0)
    const probability = gather(logSoftmax(logits(row, model.head(tensors))), target, 1)
    const embedding = features.graph.named.get('embedding')!
    const [gradient] = vjp([probability], [full(probability.shape, 1)], [embedding])
    return { state: {}, fetch: { probability, contributions: sum(mul(gradient!, embedding), -1) } }
  })
  const store = executor.createStore()
  await store.write(parameterValues(parameters))
  const step = await compileStateful<
    Record<keyof typeof feeds, TensorData>,
    { probability: Tensor; contributions: Tensor }
  >(executor, store, program)
  const id = (value: number): TensorData => ({ ...scalarId, data: Int32Array.of(value) })
  return {
    async explain(position, target) {
      if (!(position >= 0 && position < T))
        throw new RangeError(`explain: position ${position} is not among ${T} tokens`)
      const { probability, contributions } = await step.run({
        tokens: { shape: [1, T], dtype: 'i32', data: tokens },
        position: id(position),
        target: id(target),
      })
      return { logProbability: probability.data[0], contributions: contributions.data as Float32Array }
    },
    dispose: () => store.dispose(),
  }
}
