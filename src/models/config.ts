/** The configuration of a model: one typed object, the same in files, on the command line and in saved runs. */
import { z } from 'zod'
import { type ChannelMixer, channelMixers, type Frame, isCausal, type Mixer, mixers } from '../mechanisms/index.js'
import { activationNames } from '../nn/activations.js'
import { normKinds } from '../nn/layers.js'
import { UserError } from '../platform/errors.js'
import { adapterConfig } from './adapters.js'
import { parseWith } from './parse.js'

const count = z.number().int().positive()
/** Bounds that no sensible model meets, so that a slip of the finger is told before memory runs out. */
const widest = 1 << 16
const deepest = 10_000
/** A mixer by name with its own settings, and what the model lets each of its parts have of its own. */
const mixerChoice = z.looseObject({
  id: z.string(),
  bias: z.boolean().optional().describe('offsets in its linear maps, instead of the model’s setting'),
  kept: z.number().optional().describe('factor on what its result is added to; 1 by default'),
  added: z.number().optional().describe('factor on its result; 1 by default'),
  normed: z.boolean().optional().describe('normalise what it reads, or the sum after it; true by default'),
})
const channelChoice = mixerChoice.omit({ normed: true }).extend({
  width: count.optional().describe('hidden width, instead of its own ratio or channelWidth'),
})

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
  embedding: z
    .strictObject({
      width: count.optional().describe('width of the table, instead of the model’s; needs project'),
      scale: z.number().positive().default(1).describe('factor on the rows of the table'),
      padding: z.int().nonnegative().optional().describe('a token that its row of the table learns nothing from'),
      unplaced: z
        .int()
        .nonnegative()
        .optional()
        .describe('a token that learned positions do not count: its own is the row before the first'),
      types: count.optional().describe('rows of a second table, of which the first is added: kinds of text'),
      norm: z.boolean().default(false).describe('normalise after positions are added'),
      project: z.boolean().default(false).describe('a linear map to the model’s width at the end'),
    })
    .prefault({})
    .describe('what becomes of the input before the first block'),
  positions: z
    .enum(['none', 'learned', 'sinusoidal'])
    .default('none')
    .describe('absolute positions added to the input'),
  maxPositions: count.default(1024).describe('positions that learned embeddings have'),
  firstPosition: z
    .int()
    .nonnegative()
    .optional()
    .describe('the row of the first position among learned ones; 0 by default'),
  mixers: z.array(mixerChoice).min(1).describe('the mixer of each block, repeated over the layers'),
  beside: mixerChoice
    .optional()
    .describe(
      'a mixer that reads what the first block reads; its result is added behind that block, and the sum normalised',
    ),
  channel: channelChoice
    .nullable()
    .prefault({ id: 'mlp' })
    .describe('the channel mixer of every block, or null for none'),
  channels: z
    .array(channelChoice.nullable())
    .min(1)
    .optional()
    .describe('the channel mixer of each block, repeated over the layers, instead of one for all'),
  channelWidth: count.optional().describe('hidden width of the channel mixer, instead of its own ratio'),
  norm: z
    .enum(normKinds)
    .default('layer')
    .describe('normalisation of each mixer’s input, and at the end; rms-offset holds its scale less 1'),
  normEpsilon: z.number().positive().default(1e-5).describe('added to the variance in norms'),
  lastNorm: z
    .strictObject({ kind: z.enum(normKinds).optional(), epsilon: z.number().positive().optional() })
    .optional()
    .describe('what the norm at the end has of its own'),
  normPlace: z
    .enum(['before', 'after'])
    .default('before')
    .describe('normalise what a mixer reads, or the sum after it; then there is none at the end'),
  parallel: z
    .enum(['none', 'two norms', 'one norm'])
    .default('none')
    .describe('mixer and channel mixer read the same input, through norms of their own or one'),
  residual: z.boolean().default(true).describe('add each mixer’s result to its input'),
  residualFrom: z
    .enum(['input', 'norm'])
    .default('input')
    .describe('whether a result is added to what the norm reads or to what it gives'),
  distinct: count
    .optional()
    .describe(
      'blocks with parameters of their own, each used for some layers in a row, about as many each; all by default',
    ),
  together: count
    .optional()
    .describe('distinct blocks that follow each other before they are used again; 1 by default'),
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
      z.strictObject({
        kind: z.literal('token'),
        tied: z.boolean().default(true),
        bias: z.boolean().default(false),
        transform: z
          .enum(activationNames)
          .optional()
          .describe('a linear map, this activation and a norm before the head'),
        transformWidth: count
          .optional()
          .describe('width after that map; that of a tied table, or the model’s, by default'),
        transformBias: z.boolean().optional().describe('offsets in that map; true by default'),
        scale: z.number().positive().optional().describe('factor on what the head reads'),
        softCap: z.number().positive().optional().describe('logits are held within ± this, by tanh'),
      }),
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
export interface ResolvedLayer extends Sum {
  readonly mixer: Mixer
  readonly settings: Frame
  readonly normed: boolean
}

export interface ResolvedChannel extends Sum {
  readonly mixer: ChannelMixer
  readonly settings: any
}

/** Factors of a mixer's result and of what it is added to. */
export interface Sum {
  readonly kept: number
  readonly added: number
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
  checkEmbedding(config)
  checkDistinct(config)
  checkUnplaced(config, resolveLayers(config, own))
  checkBeside(config, resolveBeside(config, own))
  resolveChannels(config, own)
  return config
}

function checkEmbedding({ dim, input, embedding, head }: ModelConfig): void {
  const { width = dim } = embedding
  if (input.kind !== 'tokens' && (embedding.width ?? embedding.types) !== undefined)
    throw new UserError('model.embedding: width and types need token input, got vectors – leave them out')
  if (width !== dim && !embedding.project)
    throw new UserError(`model.embedding.width: ${width} must be mapped to dim ${dim} – set embedding.project=true`)
  if (width !== dim && head.kind === 'token' && head.tied && head.transform === undefined)
    throw new UserError(
      `model.head: a tied table of width ${width} cannot read features of width ${dim} – set head.transform, or head.tied=false`,
    )
}

function checkBeside({ normPlace }: ModelConfig, beside: ResolvedLayer | undefined): void {
  if (!beside) return
  if (normPlace !== 'after') throw new UserError('model.beside: is normalised after the sum – set normPlace=after')
  if (isCausal(beside.mixer, beside.settings))
    throw new UserError(`model.beside: nothing of it is carried, so it must see both ways, got ${beside.mixer.id}`)
}

function checkUnplaced({ embedding, positions, firstPosition }: ModelConfig, layers: readonly ResolvedLayer[]): void {
  if (embedding.unplaced === undefined) return
  if (positions !== 'learned' || !firstPosition)
    throw new UserError('model.embedding.unplaced: needs a row for it – set positions=learned and firstPosition=1')
  // What is carried from call to call does not tell such tokens from others.
  if (layers.every(({ mixer, settings }) => isCausal(mixer, settings)))
    throw new UserError('model.embedding.unplaced: needs a model that reads both ways – leave it out')
}

function checkDistinct({ distinct, layers, together = 1, mixers, channels }: ModelConfig): void {
  if (distinct === undefined) return
  if (distinct % together !== 0 || layers % together !== 0)
    throw new UserError(`model.together: must divide distinct ${distinct} and layers ${layers}, got ${together}`)
  if (distinct > layers)
    throw new UserError(`model.distinct: must be at most layers, ${layers}, got ${distinct} – use 1, or leave it out`)
  if (mixers.length > 1 || (channels?.length ?? 1) > 1)
    throw new UserError('model.distinct: layers that share parameters need one mixer and one channel mixer – give one')
}

export function resolveLayers(config: ModelConfig, own: OwnMechanisms = {}): ResolvedLayer[] {
  return Array.from({ length: config.layers }, (_, index) => {
    const at = index % config.mixers.length
    return resolveMixer(config.mixers[at], config, own, `model.mixers.${at}`)
  })
}

/** The mixer beside the first block, where there is one. */
export const resolveBeside = (config: ModelConfig, own: OwnMechanisms = {}): ResolvedLayer | undefined =>
  config.beside && resolveMixer(config.beside, config, own, 'model.beside')

function resolveMixer(choice: z.infer<typeof mixerChoice>, config: ModelConfig, own: OwnMechanisms, at: string) {
  const { id, bias = config.bias, kept = 1, added = 1, normed = true, ...given } = choice
  const mixer = find([...mixers, ...(own.mixers ?? [])], id, 'mixer')
  const parsed = parseWith(strict(mixer.config), given, at)
  const { dim, normEpsilon: epsilon } = config
  const settings = { ...parsed, heads: parsed.heads ?? config.heads, dim, bias, epsilon }
  mixer.validate?.(settings)
  return { mixer, settings, kept, added, normed }
}

/** The channel mixer of each layer. */
export function resolveChannels(config: ModelConfig, own: OwnMechanisms = {}): (ResolvedChannel | undefined)[] {
  const choices = config.channels ?? [config.channel]
  return Array.from({ length: config.layers }, (_, index) => {
    const chosen = choices[index % choices.length]
    if (chosen === null) return undefined
    const { id, bias = config.bias, kept = 1, added = 1, width: chosenWidth, ...given } = chosen
    const mixer = find([...channelMixers, ...(own.channelMixers ?? [])], id, 'channel mixer')
    const at = config.channels ? `model.channels.${index % choices.length}` : 'model.channel'
    const parsed = parseWith(strict(mixer.config), given, at)
    const width = chosenWidth ?? config.channelWidth ?? mixer.width(parsed, config.dim)
    return { mixer, settings: { ...parsed, dim: config.dim, bias, width }, kept, added }
  })
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
