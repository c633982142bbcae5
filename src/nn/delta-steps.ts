/** Several writes of the delta rule per token, which all see those before them; the token reads after the last one. */
import { broadcastTo, reshape, slice, squeeze, stack, type Tensor, unsqueeze, zeros } from '../engine/index.js'
import type { MatrixMemory, Recurrence } from './decay.js'
import { type DeltaInputs, deltaChunked, deltaStep } from './delta.js'

export interface DeltaStepsInputs extends Omit<DeltaInputs, 'k' | 'v' | 'beta' | 'readKey'> {
  /** One tensor per write, shaped as for a single one. The decay comes before the first. */
  readonly writes: readonly Pick<DeltaInputs, 'k' | 'v' | 'beta' | 'readKey'>[]
}

/** As positions of their own in a sequence `writes` times as long; `size` counts them. */
export function deltaStepsChunked(inputs: DeltaStepsInputs, state: MatrixMemory, size: number): Recurrence {
  const { q, writes, logDecay, documents, carriedDocument } = inputs
  const n = writes.length
  if (n === 1) return deltaChunked({ ...inputs, ...writes[0] }, state, size)
  const [B, H, T] = q.shape
  const together = (steps: readonly Tensor[]) => reshape(stack(steps, 3), [B, H, n * T, steps[0].shape[3]])
  const nothing = (like: Tensor) => new Array<Tensor>(n - 1).fill(zeros(like.shape))
  const read = writes.some(({ readKey }) => readKey) ? writes.map(({ readKey, k }) => readKey ?? k) : undefined
  const { y, state: next } = deltaChunked(
    {
      q: together([...nothing(q), q]),
      k: together(writes.map(({ k }) => k)),
      v: together(writes.map(({ v }) => v)),
      beta: together(writes.map(({ beta }) => beta)),
      readKey: read && together(read),
      logDecay: logDecay && together([logDecay, ...nothing(logDecay)]),
      documents: documents && reshape(broadcastTo(unsqueeze(documents, 2), [B, T, n]), [B, n * T]),
      carriedDocument,
    },
    state,
    size,
  )
  return { y: reshape(slice(reshape(y, [B, H, T, n, y.shape[3]]), 3, n - 1, n), [B, H, T, y.shape[3]]), state: next }
}

/** One token. */
export function deltaStepsStep(inputs: DeltaStepsInputs, state: MatrixMemory): Recurrence {
  const { q, logDecay, documents, carriedDocument } = inputs
  let result: Recurrence = { y: q, state }
  inputs.writes.forEach((write, index) => {
    // The first write begins the document where it is new; the others find it begun.
    const place = index === 0 ? { logDecay, carriedDocument } : { carriedDocument: documents && squeeze(documents, 1) }
    result = deltaStep({ q, ...write, documents, ...place }, result.state)
  })
  return result
}
