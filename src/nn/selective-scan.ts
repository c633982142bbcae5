/**
 * The selective scan, a diagonal state whose decays the input decides, with a gradient of its own:
 *
 *   h_t = κ(a_t) ∘ h_{t−1} + w_t ⊗ u_t,  a_t = exp(δ_t ρ),  y_t = c_t h_t        state [N, E]
 *
 * with κ(a) = a, or 2a − 1 for eigenvalues in [−1, 1]. Backwards, with dh_t = c_t ⊗ dy_t + κ(a_{t+1}) ∘ dh_{t+1} and
 * p_t = dh_t ∘ κ′ a_t ∘ h_{t−1}:
 *
 *   dδ_t = Σ_n ρ p_t,  dρ = Σ_t δ_t p_t,  du_t = w_t dh_t,  dw_t = dh_t u_t,  dc_t = h_t dy_t
 *
 * Of all that has the state's size, only the states are kept; decays are computed again.
 */
import {
  add,
  concat,
  customGradient,
  exp,
  full,
  matmul,
  mul,
  scan,
  slice,
  squeeze,
  sub,
  sum,
  type Tensor,
  transpose,
  unsqueeze,
  where,
  zeros,
} from '../engine/index.js'
import { continuity, type Timeline, timeFirst } from './recurrence.js'

export interface Selection {
  /** δ and u, [B, T, E]. */
  readonly delta: Tensor
  readonly input: Tensor
  /** w and c, [B, T, N]. */
  readonly write: Tensor
  readonly read: Tensor
  /** ρ, [N, E], below 0. */
  readonly rate: Tensor
  /** Whether κ(a) is 2a − 1. */
  readonly signed: boolean
}

/** One token's part of what varies, ready to broadcast against the state [B, N, E]. */
interface At {
  /** [B, 1, E] */
  readonly delta: Tensor
  readonly input: Tensor
  /** [B, N, 1] */
  readonly write: Tensor
  readonly read: Tensor
  /** [B, 1, 1] bool, where documents are packed: whether the state before belongs to this token's. */
  readonly continues?: Tensor
}

/** All y [B, T, E] from `hidden` [B, N, E], and the last state. */
export function selectiveScan(selection: Selection, hidden: Tensor, timeline: Timeline) {
  const { rate, signed } = selection
  const { real, continues } = continuity(timeline)
  // Padding takes no step: its decay is exp(0), and it writes nothing.
  const [delta, input] = [selection.delta, selection.input].map((x) => (real ? where(unsqueeze(real, 2), x, 0) : x))
  const rows = [delta, input].map((x) => unsqueeze(timeFirst(x), 2))
  const columns = [selection.write, selection.read].map((x) => unsqueeze(timeFirst(x), 3))
  const varying = [...rows, ...columns]
  const starts = continues ? [unsqueeze(timeFirst(unsqueeze(continues, 2)), 3)] : []
  const [ys, last] = customGradient(
    [...varying, rate, hidden],
    () => {
      const { carry, ys } = scan(
        (before: Tensor, at: At) => {
          const now = add(mul(kept(at, rate, signed).kept, before), mul(at.write, at.input))
          return { carry: now, y: { y: matmul(transpose(at.read), now), before } }
        },
        hidden,
        steps([...varying, ...starts]),
      )
      return { outputs: [ys.y, carry], saved: [ys.before, carry, rate, ...varying, ...starts] }
    },
    ([before, end, rates, ...given], [dys, dLast]) => backward({ before, end, rates, given, dys, dLast, signed }),
  )
  return { ys: timeFirst(squeeze(ys, 2)), last }
}

function steps([delta, input, write, read, continues]: readonly Tensor[]): At {
  return { delta, input, write, read, continues }
}

/** κ(a) and κ′ a, nothing of either where a document begins. */
function kept({ delta, continues }: At, rate: Tensor, signed: boolean): { kept: Tensor; slope: Tensor } {
  const within = (x: Tensor) => (continues ? where(continues, x, 0) : x)
  const decay = exp(mul(delta, rate))
  if (!signed) return { kept: within(decay), slope: within(decay) }
  return { kept: within(sub(mul(decay, 2), 1)), slope: within(mul(decay, 2)) }
}

interface Backward {
  /** h_{t−1} for every t, [T, B, N, E], and the last h. */
  readonly before: Tensor
  readonly end: Tensor
  readonly rates: Tensor
  readonly given: readonly Tensor[]
  readonly dys: Tensor
  readonly dLast: Tensor
  readonly signed: boolean
}

function backward({ before, end, rates, given, dys, dLast, signed }: Backward): readonly Tensor[] {
  const [T] = dys.shape
  const ones = full([1, rates.shape[0]], 1)
  // Sums as products, for speed; what they belong to counts no FLOPs.
  const summed = (a: Tensor, b: Tensor) => matmul(a, b, { uncounted: true })
  // A step has h_{t−1} at hand, so it is dc_{t−1} that it computes.
  const earlier = concat([zeros([1, ...dys.shape.slice(1)]), slice(dys, 0, 0, T - 1)], 0)
  const { carry, ys } = scan(
    ({ flow, total }, { at, before, dy, earlier }) => {
      const dh = add(matmul(at.read, dy), flow)
      const { kept: passed, slope } = kept(at, rates, signed)
      const p = mul(mul(dh, slope), before)
      return {
        carry: { flow: mul(dh, passed), total: add(total, mul(p, at.delta)) },
        y: {
          delta: summed(ones, mul(p, rates)),
          input: summed(transpose(at.write), dh),
          write: summed(dh, transpose(at.input)),
          readBefore: matmul(before, transpose(earlier)),
        },
      }
    },
    { flow: dLast, total: zeros(dLast.shape) },
    { at: steps(given), before, dy: dys, earlier },
    { reverse: true },
  )
  const lastRead = summed(end, transpose(squeeze(slice(dys, 0, T - 1), 0)))
  const read = concat([slice(ys.readBefore, 0, 1), unsqueeze(lastRead, 0)], 0)
  return [ys.delta, ys.input, ys.write, read, sum(carry.total, 0), carry.flow]
}
