/** The configuration of a model: one typed object, the same in files, on the command line and in saved runs. */
import { z } from 'zod'
import { type ChannelMixer, channelMixers, type Frame, type Mixer, mixers } from '../mechanisms/index.js'
import { UserError } from '../platform/errors.js'
import { adapterConfig } from './adapters.js'
import { parseWith } from './parse.js'

const count = z.number().int().positive()
/** Bounds that no sensible model meets, so that a slip of the finger is told before memory runs out. */
const widest = 1 << 16
const deepest = 10_000
const choice = z.looseObject({ id: z.string() })

export const modelConfig = z.strictObject({
  dim: count.max(widest).default(128).describe('width of the model'),
  layers: count.max(deepest).default(4).describe('number of blocks'),
  heads: count.default(4).describe('heads of every mixer that does not set its own'),
  input: z
    .discriminatedUnion('kind', [
      z.strictObject({ kind: z.literal('tokens'), vocabulary: count }),
      z.strictObject({ kind: z.literal('vectors'), width: count }),
    ])
    .default({ kind: 'tokens', vocabulary: 256 })
    .describe('token ids or feature vectors'),
  positions: z
    .enum(['none', 'learned', 'sinusoidal'])
    .default('none')
    .describe('absolute positions added to the input'),
  maxPositions: count.default(1024).describe('positions that learned embeddings have'),
  mixers: z.array(choice).min(1).describe('the mixer of each block, repeated over the layers'),
  channel: choice.nullable().default({ id: 'mlp' }).describe('the channel mixer of every block, or null for none'),
  channelWidth: count.optional().describe('hidden width of the channel mixer, instead of its own ratio'),
  norm: z.enum(['layer', 'rms', 'none']).default('layer').describe('normalisation before each mixer and at the end'),
  residual: z.boolean().default(true).describe('add each mixer’s result to its input'),
  bias: z.boolean().default(true).describe('offsets in linear maps'),
  dropout: z
    .number()
    .min(0)
    .lt(1)
    .default(0)
    .describe('share of features dropped in training, after the input and each mixer'),
  recompute: z
    .boolean()
    .default(false)
    .describe('keep only block borders for the backward pass and compute the rest again'),
  adapter: adapterConfig.optional().describe('low-rank adapters, which are trained in place of all other parameters'),
  head: z
    .discriminatedUnion('kind', [
      z.strictObject({ kind: z.literal('token'), tied: z.boolean().default(true), bias: z.boolean().default(false) }),
      z.strictObject({ kind: z.literal('class'), classes: count, pool: z.enum(['mean', 'last']).default('mean') }),
      z.strictObject({
        kind: z.literal('regression'),
        outputs: count,
        pool: z.enum(['mean', 'last', 'none']).default('none'),
      }),
    ])
    .default({ kind: 'token', tied: true, bias: false })
    .describe('what the model predicts'),
})
export type ModelConfig = z.infer<typeof modelConfig>
export type ModelConfigInput = z.input<typeof modelConfig>

/** A block's mixers with their configurations filled in. */
export interface ResolvedLayer {
  readonly mixer: Mixer
  readonly settings: Frame
}

/** Mechanisms beside the registry's: a user's own. */
export interface OwnMechanisms {
  readonly mixers?: readonly Mixer[]
  readonly channelMixers?: readonly ChannelMixer[]
}

/** Checks and completes a configuration; unknown or impossible settings are a {@link UserError}. */
export function resolveConfig(input: unknown, own: OwnMechanisms = {}): ModelConfig {
  const config = parseWith(modelConfig, input, 'model')
  if (config.head.kind === 'token' && config.input.kind !== 'tokens') {
    throw new UserError('model: a token head needs token input, got vectors – use head.kind regression or class')
  }
  if (config.positions === 'sinusoidal' && config.dim % 2 !== 0) {
    throw new UserError(`model.dim: must be even for positions=sinusoidal, got ${config.dim} – use ${config.dim + 1}`)
  }
  resolveLayers(config, own)
  resolveChannel(config, own)
  return config
}

export function resolveLayers(config: ModelConfig, own: OwnMechanisms = {}): ResolvedLayer[] {
  return Array.from({ length: config.layers }, (_, index) => {
    const { id, ...given } = config.mixers[index % config.mixers.length]
    const mixer = find([...mixers, ...(own.mixers ?? [])], id, 'mixer')
    const parsed = parseWith(strict(mixer.config), given, `model.mixers.${index % config.mixers.length}`)
    const settings = { ...parsed, heads: parsed.heads ?? config.heads, dim: config.dim, bias: config.bias }
    mixer.validate?.(settings)
    return { mixer, settings }
  })
}

export function resolveChannel(config: ModelConfig, own: OwnMechanisms = {}) {
  if (config.channel === null) return undefined
  const { id, ...given } = config.channel
  const mixer = find([...channelMixers, ...(own.channelMixers ?? [])], id, 'channel mixer')
  const parsed = parseWith(strict(mixer.config), given, 'model.channel')
  return {
    mixer,
    settings: {
      ...parsed,
      dim: config.dim,
      bias: config.bias,
      width: config.channelWidth ?? mixer.width(parsed, config.dim),
    },
  }
}

function strict(schema: z.ZodType): z.ZodType<any> {
  return schema instanceof z.ZodObject ? schema.strict() : schema
}

function find<T extends { id: string }>(registry: readonly T[], id: string, role: string): T {
  const found = registry.find((entry) => entry.id === id)
  if (found) return found
  throw new UserError(
    `model: no ${role} is called "${id}" – use one of ${registry.map((entry) => entry.id).join(', ')}`,
  )
}
