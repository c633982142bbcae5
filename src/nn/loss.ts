/** Cross-entropy over a vocabulary, computed in blocks of tokens so that all logits never exist at once. */
import {
  add,
  cast,
  concat,
  customGradient,
  equal,
  exp,
  iota,
  logSoftmax,
  matmul,
  mul,
  neg,
  slice,
  square,
  sub,
  sum,
  type Tensor,
  tanh,
  unsqueeze,
  where,
} from '../engine/index.js'

/** Logits of one block hold at most this many values. */
const largestBlock = 2 ** 24

export interface Head {
  /** [width, vocabulary], or [vocabulary, width] when `transposed`. */
  readonly weight: Tensor
  readonly bias?: Tensor
  readonly transposed: boolean
  /** Logits are held within ± this, c tanh(x / c). */
  readonly softCap?: number
}

export function logits(x: Tensor, { weight, bias, transposed, softCap }: Head): Tensor {
  const product = matmul(x, weight, { transposeB: transposed })
  const scores = bias ? add(product, bias) : product
  return softCap === undefined ? scores : mul(tanh(mul(scores, 1 / softCap)), softCap)
}

/**
 * Σ weight_n · (−log p(target_n)) over rows x [N, width], targets [N] (i32), weights [N]. The gradient of each block is
 * computed with its loss, while its logits are at hand.
 */
export function crossEntropy(x: Tensor, head: Head, targets: Tensor, weights: Tensor): Tensor {
  const parameters = head.bias ? [head.weight, head.bias] : [head.weight]
  const [loss] = customGradient(
    [x, ...parameters],
    (features, weight, bias) => {
      const bound = { ...head, weight, bias }
      const blocks = blockRanges(features.shape[0], head.weight.shape[head.transposed ? 0 : 1]).map(([from, to]) => {
        const part = (t: Tensor) => slice(t, 0, from, to)
        return lossBlock(part(features), bound, part(targets), part(weights))
      })
      const total = (pick: (block: Block) => Tensor) => blocks.map(pick).reduce((a, b) => add(a, b))
      const saved = [
        concat(
          blocks.map(({ forX }) => forX),
          0,
        ),
        total(({ forWeight }) => forWeight),
      ]
      if (bias) saved.push(total(({ forLogits }) => sum(forLogits, 0)))
      return { outputs: [total(({ loss }) => loss)], saved }
    },
    (saved, [g]) => saved.map((gradient) => mul(gradient, g)),
  )
  return loss
}

type Block = ReturnType<typeof lossBlock>

function lossBlock(x: Tensor, head: Head, targets: Tensor, weights: Tensor) {
  const scores = logits(x, head)
  const logProbabilities = logSoftmax(scores)
  const chosen = equal(unsqueeze(targets, 1), iota(logProbabilities.shape[1]))
  const loss = neg(sum(mul(sum(where(chosen, logProbabilities, 0), 1), weights)))
  const forScores = mul(sub(exp(logProbabilities), cast(chosen, 'f32')), unsqueeze(weights, 1))
  const { softCap } = head
  const forLogits = softCap === undefined ? forScores : mul(forScores, sub(1, square(mul(scores, 1 / softCap))))
  const forX = matmul(forLogits, head.weight, { transposeB: !head.transposed })
  const forWeight = head.transposed
    ? matmul(forLogits, x, { transposeA: true })
    : matmul(x, forLogits, { transposeA: true })
  return { loss, forLogits, forX, forWeight }
}

function blockRanges(rows: number, vocabulary: number): [number, number][] {
  const size = Math.max(1, Math.min(rows, Math.floor(largestBlock / vocabulary)))
  return Array.from({ length: Math.ceil(rows / size) }, (_, index) => [
    index * size,
    Math.min(rows, (index + 1) * size),
  ])
}
