/** What the operators over whole sequences share: scale, chunks, and a memory that starts empty. */
import { expect, mul, type Tensor, zeros } from '../../engine/index.js'
import { chunkLength } from '../chunks.js'
import type { MatrixMemory } from '../decay.js'

export interface ScaleOption {
  /** Factor on every q·k; 1/√K by default. */
  readonly scale?: number
}

export interface ChunkOptions extends ScaleOption {
  /** Tokens computed at once, a power of two; it changes cost and rounding, not the function. */
  readonly chunk?: number
}

export const defaultChunk = 64

export function scaled(q: Tensor, { scale = q.shape[q.rank - 1] ** -0.5 }: ScaleOption): Tensor {
  return mul(q, scale)
}

/** The chunk to use; fails, naming `operator`, when it is no power of two. */
export function chunkOf(operator: string, { chunk = defaultChunk }: ChunkOptions): number {
  expect(Number.isInteger(chunk) && chunk > 0 && chunk === chunkLength(chunk), operator, () => {
    return `chunk must be a power of two, got ${chunk} – use 16, 32 or 64`
  })
  return chunk
}

/** The state before the first token: [B, H, K, V] of zeros for k [B, H, T, K] and v [B, H, T, V]. */
export function emptyMemory(k: Tensor, v: Tensor): MatrixMemory {
  return { memory: zeros([k.shape[0], k.shape[1], k.shape[3], v.shape[3]]) }
}
