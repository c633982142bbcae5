/**
 * How the training steps of mixers grow with the length, beside softmax attention as the control. All lengths of a mixer
 * and of the control take turns, so that a machine that slows down bends no curve by itself.
 */
import type { Executor } from '../../engine/index.js'
import { type Cost, type Mixer, softmaxAttention } from '../../mechanisms/index.js'
import { costModel } from './cost-model.js'
import { fittedExponent } from './exponent.js'
import { type HeldState, heldState } from './held-state.js'
import type { Side } from './side.js'
import { fastestTurns } from './turns.js'

/** Largest exponents between the last three lengths: T log T has 1.1 there, and some of all work is memory. */
export const exponentLimits: Readonly<Record<Cost, number>> = { linear: 1.15, quasilinear: 1.3, quadratic: 2.15 }
/** Below this the control does not show its square, and the machine cannot tell one class from another. */
export const controlLimit = 1.5
/** The lengths that the exponent is fitted on. */
const fitted = 3
/** Tokens read before the state is weighed. */
const tokensRead = [128, 512]

export interface CostLine {
  readonly mixer: string
  readonly family: string
  readonly cost: Cost
  readonly lengths: readonly number[]
  /** Milliseconds of a training step at each length, of one processor. */
  readonly milliseconds: readonly number[]
  readonly exponent: number
  /** What the exponent may be at most. */
  readonly limit: number
  /** The exponent of softmax attention in the same turns. */
  readonly control: number
  /** Bytes of state of one text after 512 tokens, and what each further token adds; null where there is none. */
  readonly stateBytes: number | null
  readonly bytesPerToken: number | null
  /** Whether the state takes what the mixer declares. */
  readonly asDeclared: boolean
  readonly ok: boolean
}

/** A mixer that has no training step at one of the lengths. */
export interface CostFailure {
  readonly mixer: string
  readonly family: string
  readonly error: string
  readonly ok: false
}

export interface CostOptions {
  /** Starts training steps of a mixer at a length, in a process of their own; in processor time, where that is told. */
  start(mixer: string, length: number): Promise<Side>
  /** What reads texts to weigh the state. */
  readonly executor: Executor
  readonly lengths?: readonly number[]
  /** Turns of each side; fewer where a turn of all sides takes long. */
  readonly turns?: number
}

export const costLengths: readonly number[] = [512, 1024, 2048, 4096, 8192]

/** A line for each mixer, and the control's at the end. */
export async function* measureCosts(
  mixers: readonly Mixer[],
  options: CostOptions,
): AsyncGenerator<CostLine | CostFailure> {
  const { lengths = costLengths, turns } = options
  const control = await startAll(softmaxAttention, lengths, options)
  let fastest: readonly number[] | undefined
  for (const mixer of mixers.filter(({ id }) => id !== softmaxAttention.id)) {
    try {
      const sides = await startAll(mixer, lengths, options)
      const milliseconds = await fastestTurns([...sides, ...control], turns)
      await finishAll(sides)
      const beside = milliseconds.slice(lengths.length)
      fastest = fastest?.map((best, at) => Math.min(best, beside[at])) ?? beside
      yield await costLine(mixer, milliseconds.slice(0, lengths.length), beside, options)
    } catch (error) {
      yield { mixer: mixer.id, family: mixer.family, error: (error as Error).message, ok: false }
    }
  }
  fastest ??= await fastestTurns(control, turns)
  await finishAll(control)
  yield await costLine(softmaxAttention, fastest, fastest, options)
}

/** One after the other, so that none disturbs another's start. */
async function startAll({ id }: Mixer, lengths: readonly number[], { start }: CostOptions): Promise<Side[]> {
  const started: Side[] = []
  try {
    for (const length of lengths) started.push(await start(id, length))
  } catch (error) {
    await finishAll(started)
    throw error
  }
  return started
}

async function finishAll(sides: readonly Side[]): Promise<void> {
  await Promise.all(sides.map((side) => side.finish()))
}

async function costLine(
  mixer: Mixer,
  milliseconds: readonly number[],
  beside: readonly number[],
  { lengths = costLengths, executor }: CostOptions,
): Promise<CostLine> {
  const { id, family, cost = 'linear' } = mixer
  const slope = (costs: readonly number[]) => fittedExponent(lengths.slice(-fitted), costs.slice(-fitted))
  const [exponent, control] = [slope(milliseconds), slope(beside)]
  const limit = exponentLimits[cost]
  const states: (HeldState | undefined)[] = []
  for (const tokens of tokensRead) states.push(await heldState(costModel(mixer, tokens), tokens, executor))
  const [short, long] = states
  const asDeclared = states.every((state) => state?.bytes === state?.declared)
  return {
    mixer: id,
    family,
    cost,
    lengths,
    milliseconds,
    exponent,
    limit,
    control,
    stateBytes: long?.bytes ?? null,
    bytesPerToken: short && long ? (long.bytes - short.bytes) / (tokensRead[1] - tokensRead[0]) : null,
    asDeclared,
    ok: exponent <= limit && control >= controlLimit && asDeclared,
  }
}
