/** Writing a target from a source with a network that reads both: the likeliest token, one after the other. */
import { argMax, type Executor, flatten, type Tensor, type TensorData, trace } from '../engine/index.js'
import type { PlacedNetwork } from '../models/index.js'
import { UserError } from '../platform/errors.js'

export interface TargetOptions {
  /** Tokens to write at most. */
  readonly length: number
  /** The token that ends a target; it is not part of what comes back. */
  readonly end?: number
}

/**
 * Targets for sources of one length, by a network with inputs `source` and `target` and the output `logits`. What a
 * decoder writes does not depend on what stands behind it, so one program of whole targets is run again for each token.
 *
 * @throws UserError for sources of different lengths, and for networks of another kind
 */
export async function writeTarget(
  executor: Executor,
  model: PlacedNetwork,
  parameters: Readonly<Record<string, TensorData>>,
  sources: readonly (readonly number[])[],
  { length, end }: TargetOptions,
): Promise<number[][]> {
  const [B, S] = [sources.length, sources[0]?.length ?? 0]
  const other = sources.find((source) => source.length !== S)
  if (S === 0 || other)
    throw new UserError(`writeTarget: sources must be of one length, got ${S} and ${other?.length ?? 0} tokens`)
  const ofTokens = (rows: readonly (readonly number[])[], width: number): TensorData => ({
    shape: [B, width],
    dtype: 'i32',
    data: Int32Array.from({ length: B * width }, (_, i) => rows[Math.floor(i / width)][i % width] ?? 0),
  })
  const source = ofTokens(sources, S)
  const rows: number[][] = sources.map(() => [])
  const program = trace(
    (given: { parameters: Record<string, Tensor>; source: Tensor; target: Tensor }) => {
      const nested = model.nest(({ path }) => given.parameters[path])
      const { logits } = model.forward(nested, { source: given.source, target: given.target }).outputs
      if (!logits) throw new UserError(`writeTarget: ${model.network.id} has no output logits – use another network`)
      return argMax(logits, 2)
    },
    { parameters, source, target: ofTokens(rows, length) },
  )
  const executable = await executor.compile(program)
  const ended = (row: readonly number[]) => end !== undefined && row.at(-1) === end
  try {
    for (let t = 0; t < length && !rows.every(ended); t++) {
      const inputs = flatten<TensorData>({ parameters, source, target: ofTokens(rows, length) }).leaves
      const [likeliest] = await executable.run(inputs)
      rows.forEach((row, b) => {
        if (!ended(row)) row.push(likeliest.data[b * length + t])
      })
    }
  } finally {
    await executable.release()
  }
  return rows.map((row) => (ended(row) ? row.slice(0, -1) : row))
}
