/** Rotary positions as config.json tells them: within `rope_parameters`, or by `rope_theta` and `rope_scaling`. */
import { z } from 'zod'
import type { RotaryScaling } from '../nn/rotary-scaling.js'
import { UserError } from '../platform/errors.js'
import { count } from './architecture.js'

const positive = z.number().positive()
const optional = positive.nullish()
const theta = { rope_theta: z.number().gt(1).optional() }
const context = { original_max_position_embeddings: count.optional() }
const kinds = [
  z.strictObject({ rope_type: z.literal('default'), ...theta }),
  z.strictObject({ rope_type: z.literal('linear'), factor: positive, ...theta }),
  z.strictObject({ rope_type: z.literal('dynamic'), factor: positive, ...theta }),
  z.strictObject({
    rope_type: z.literal('llama3'),
    factor: positive,
    low_freq_factor: positive,
    high_freq_factor: positive,
    ...context,
    ...theta,
  }),
  z.strictObject({
    rope_type: z.literal('yarn'),
    factor: positive.nullable(),
    attention_factor: optional,
    beta_fast: optional,
    beta_slow: optional,
    mscale: z.number().nullish(),
    mscale_all_dim: z.number().nullish(),
    truncate: z.boolean().optional(),
    ...context,
    ...theta,
  }),
  z.strictObject({
    rope_type: z.literal('longrope'),
    factor: optional,
    attention_factor: optional,
    short_factor: z.array(positive),
    long_factor: z.array(positive),
    ...context,
    ...theta,
  }),
] as const
type Parameters = z.infer<(typeof kinds)[number]>

/** `type` is what `rope_type` was called before, and stands beside it in some files. */
const named = (given: unknown) => {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) return given
  const { type, ...rest } = given as { type?: unknown }
  return { rope_type: type ?? 'default', ...rest }
}
const whole = z.preprocess(named, z.discriminatedUnion('rope_type', [...kinds])).nullish()
const share = { partial_rotary_factor: positive.max(1).optional() }
const partial = z
  .preprocess(
    named,
    z.discriminatedUnion('rope_type', [...kinds.map((kind) => kind.extend(share))] as unknown as typeof kinds),
  )
  .nullish()

const outer = { rope_theta: z.number().gt(1).optional(), max_position_embeddings: count.optional() }
/** Settings of an architecture that turns all features of a head. */
export const rope = { ...outer, rope_parameters: whole, rope_scaling: whole }
/** Settings of one that may turn a part of them. */
export const partialRope = { ...outer, ...share, rope_parameters: partial, rope_scaling: partial }

interface Rope {
  readonly rope_theta?: number
  readonly max_position_embeddings?: number
  readonly partial_rotary_factor?: number
  readonly rope_parameters?: Parameters | null
  readonly rope_scaling?: Parameters | null
}
const parametersOf = (c: Rope) => c.rope_scaling ?? c.rope_parameters ?? undefined

/** The rotary settings of a mixer whose heads have `width` features. */
export function rotaryOf(c: Rope, width: number, base = 10_000, part = 1) {
  const given = parametersOf(c) as (Parameters & { partial_rotary_factor?: number }) | undefined
  const asked = given?.partial_rotary_factor ?? c.partial_rotary_factor ?? part
  return {
    rotaryBase: given?.rope_theta ?? c.rope_theta ?? base,
    rotaryPart: Math.floor(width * asked) / width,
    rotaryScaling: given && scalingOf(given, c),
  }
}

function scalingOf(given: Parameters, c: Rope): RotaryScaling | undefined {
  const most = () => {
    if (c.max_position_embeddings !== undefined) return c.max_position_embeddings
    throw new UserError(`config.json: max_position_embeddings is missing, which rope_type ${given.rope_type} asks for`)
  }
  const first = () => ('original_max_position_embeddings' in given && given.original_max_position_embeddings) || most()
  switch (given.rope_type) {
    case 'linear':
      return { kind: 'linear', factor: given.factor }
    case 'dynamic':
      // All rates change with the length of a text that is longer, those of tokens that were read before included.
      return { kind: 'dynamic', factor: given.factor, longest: most() }
    case 'llama3': {
      const { factor, low_freq_factor: slow, high_freq_factor: fast } = given
      return { kind: 'by-wavelength', factor, context: first(), slow, fast }
    }
    case 'yarn': {
      const factor = given.factor ?? most() / first()
      const { mscale, mscale_all_dim: all, beta_fast: fast, beta_slow: slow } = given
      const ratio = mscale && all ? yarnAmplitude(factor, mscale) / yarnAmplitude(factor, all) : yarnAmplitude(factor)
      const amplitude = given.attention_factor ?? ratio
      const turns = { fast: fast ?? 32, slow: slow ?? 1 }
      return { kind: 'yarn', factor, context: first(), ...turns, whole: given.truncate ?? true, amplitude }
    }
    case 'longrope': {
      const factor = given.factor ?? most() / first()
      const amplitude =
        given.attention_factor ?? (factor <= 1 ? 1 : Math.sqrt(1 + Math.log(factor) / Math.log(first())))
      // A longer text has other rates from its first token on.
      return { kind: 'listed', factors: given.short_factor, amplitude, longest: first() }
    }
  }
}

/** arXiv:2309.00071, section 3.4. */
export const yarnAmplitude = (factor: number, share = 1) => (factor <= 1 ? 1 : 0.1 * share * Math.log(factor) + 1)

interface RotarySettings {
  readonly rotaryBase: number
  readonly rotaryScaling?: RotaryScaling
}
/** `rope_parameters` of a mixer; what is listed pair by pair has no name there. */
export function ropeParametersOf({ rotaryBase: rope_theta, rotaryScaling: by }: RotarySettings) {
  switch (by?.kind) {
    case 'linear':
    case 'dynamic':
      return { rope_theta, rope_type: by.kind, factor: by.factor }
    case 'by-wavelength':
      return {
        ...{ rope_theta, rope_type: 'llama3', factor: by.factor },
        ...{ low_freq_factor: by.slow, high_freq_factor: by.fast, original_max_position_embeddings: by.context },
      }
    case 'yarn':
      return {
        ...{ rope_theta, rope_type: 'yarn', factor: by.factor, attention_factor: by.amplitude },
        ...{ beta_fast: by.fast, beta_slow: by.slow, original_max_position_embeddings: by.context, truncate: by.whole },
      }
    default:
      return { rope_theta, rope_type: 'default' }
  }
}
