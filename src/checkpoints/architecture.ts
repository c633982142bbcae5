/**
 * The contract of an architecture: what its config.json may say, the model that this describes, and where each of the
 * model's parameters lies among the stored tensors. One file exports one value made by {@link defineArchitecture}.
 */
import { z } from 'zod'
import {
  type ModelConfig,
  type ModelConfigInput,
  type Network,
  resolveChannels,
  resolveLayers,
} from '../models/index.js'
import type { ActivationName } from '../nn/activations.js'
import type { Pattern } from './rearrange.js'

/** One parameter, or a part of one, in a stored tensor. */
export interface Entry extends Pattern {
  /** The stored tensor's name. */
  readonly name: string
  /** The parameter's path. */
  readonly path: string
}

/** What an encoder with a decoder is: a network, with its settings. Of tokens it reads source and target. */
export interface NetworkChoice {
  readonly network: Network
  readonly config: unknown
}

export interface Architecture<C = any> {
  /** `model_type` of config.json. */
  readonly id: string
  /** `architectures` of config.json that it stands for. */
  readonly classes: readonly string[]
  /** Every setting of config.json that is known, with the values that are. */
  readonly settings: z.ZodType<C>
  /** What the logits at a position are judged by in training: the token after it or the one there. A network says it itself. */
  readonly predicts: 'next token' | 'same token'
  /** What the settings describe. `names` are those of the file, where it tells what is tied. */
  model(settings: C, names: ReadonlySet<string>): ModelConfigInput | NetworkChoice
  /** Where the parameters lie. `names` are those of the file, for architectures that were stored in more than one way. */
  tensors(settings: C, names: ReadonlySet<string>): readonly Entry[]
  /** Stored tensors that hold nothing of the model: masks, tables that follow from settings, copies of tied ones. */
  readonly ignored?: RegExp
  /** What names begin with, but not in every file. */
  readonly prefix?: string
  /**
   * The settings under which this architecture comes closest to a model that was trained on `context` tokens at once;
   * absent where it is only read. Whether they describe the model is checked by who asks.
   */
  settingsOf?(model: ModelConfig, context: number): Readonly<Record<string, unknown>>
}

export function defineArchitecture<C>(architecture: Architecture<C>): Architecture<C> {
  return architecture
}

/** A tensor stored as the parameter is held. */
export const same = (name: string, path: string): Entry => ({ name, path, axes: 'a -> a' })
/** A table, stored as it is held. */
export const table = (name: string, path: string): Entry => ({ name, path, axes: 'n d -> n d' })
/** A matrix stored as outputs by inputs. */
export const matrix = (name: string, path: string, more: Partial<Pattern> = {}): Entry => ({
  name,
  path,
  axes: 'o i -> i o',
  ...more,
})
/** Weight and, where there is one, offset of a linear map. */
export function linear(name: string, path: string, bias = false): Entry[] {
  const weight = matrix(`${name}.weight`, `${path}.weight`)
  return bias ? [weight, same(`${name}.bias`, `${path}.bias`)] : [weight]
}
/** Scale and, where there is one, shift of a norm. */
export function norm(name: string, path: string, shift = false): Entry[] {
  const scale = same(`${name}.weight`, `${path}.scale`)
  return shift ? [scale, same(`${name}.bias`, `${path}.shift`)] : [scale]
}
/** Kernel and, where there is one, offset of a convolution of single channels: the newest token's weight lies last. */
export function taps(name: string, path: string, bias = false, from = 0): Entry[] {
  const kernel = { name: `${name}.weight`, path: `${path}.kernel`, axes: 'c 1 ~k -> k c', from }
  return bias ? [kernel, same(`${name}.bias`, `${path}.bias`)] : [kernel]
}
/** Kernels of convolutions beside each other, of so many channels each, which are one convolution here. */
export function tapsTogether(parts: readonly (readonly [name: string, width: number])[], path: string): Entry[] {
  let before = 0
  return parts.map(([name, width]) => {
    const entry = {
      name: `${name}.weight`,
      path: `${path}.kernel`,
      axes: 'c 1 ~k -> k c',
      sizes: { c: width },
      into: { c: before },
    }
    before += width
    return entry
  })
}
/** The entries of each of `count` layers. */
export function each(count: number, entries: (layer: number) => readonly Entry[]): Entry[] {
  return Array.from({ length: count }, (_, layer) => entries(layer)).flat()
}

export const count = z
  .int()
  .positive()
  .max(1 << 24)
/** Layers, where each has settings of its own: no more than a model may have. */
export const depth = count.max(10_000)
export const epsilon = z.number().positive()
export const off = z.literal(false)
export const on = z.literal(true)

const activationsByName = {
  gelu: 'gelu',
  gelu_python: 'gelu',
  gelu_10: 'gelu-clipped',
  gelu_new: 'gelu-tanh',
  gelu_pytorch_tanh: 'gelu-tanh',
  gelu_python_tanh: 'gelu-tanh',
  gelu_accurate: 'gelu-tanh',
  gelu_fast: 'gelu-tanh',
  quick_gelu: 'gelu-sigmoid',
  relu: 'relu',
  relu2: 'relu-squared',
  relu6: 'relu6',
  leaky_relu: 'leaky-relu',
  silu: 'silu',
  swish: 'silu',
  hardswish: 'silu-hard',
  mish: 'mish',
  sigmoid: 'sigmoid',
  tanh: 'tanh',
  laplace: 'laplace',
  linear: 'identity',
} as const satisfies Record<string, ActivationName>
/** An activation as config.json names it. */
export const activation = z.enum(Object.keys(activationsByName) as [keyof typeof activationsByName])
export const activationOf = (name: z.infer<typeof activation>): ActivationName => activationsByName[name]

const anything = z.unknown().optional()
/** Settings that say how a model was trained, stored or labelled, and nothing about what it computes from tokens. */
const describing = Object.fromEntries(
  [
    ...['_name_or_path', 'model_type', 'architectures', 'transformers_version', 'dtype', 'torch_dtype', 'auto_map'],
    ...['bos_token_id', 'eos_token_id', 'sep_token_id', 'unk_token_id', 'decoder_start_token_id'],
    ...['id2label', 'label2id', 'problem_type', 'task_specific_params', 'finetuning_task', 'language'],
    ...['initializer_range', 'output_attentions', 'output_hidden_states', 'return_dict', 'use_cache', 'torchscript'],
    ...['chunk_size_feed_forward', 'gradient_checkpointing', 'pretraining_tp', 'tokenizer_class', 'prefix'],
  ].map((key) => [key, anything]),
) as Record<'model_type', typeof anything>

/** A config.json with these settings beside those that describe; any other is refused. */
export function settings<S extends z.ZodRawShape>(shape: S) {
  return z.strictObject({
    ...describing,
    is_encoder_decoder: off.optional(),
    pad_token_id: z.int().nullish(),
    ...shape,
  })
}

/** A setting that does not change what is computed from tokens: of training, or of how it is computed. */
export const neutral = anything

/** The first name that config.json has for an activation, but for the tangent's, of which the first is old. */
export const nameOfActivation = (of: ActivationName) =>
  of === 'gelu-tanh' ? 'gelu_pytorch_tanh' : Object.entries(activationsByName).find(([, name]) => name === of)?.[0]

/** What mappings that are run the other way ask of a model: its first layer, and what its head and input say. */
export function traits(model: ModelConfig) {
  const [{ settings: mixer }] = resolveLayers(model) as unknown as [{ settings: Record<string, any> }]
  const channel: Record<string, any> | undefined = resolveChannels(model)[0]?.settings
  const { head, input } = model
  return {
    mixer,
    channel,
    activation: channel?.activation && nameOfActivation(channel.activation),
    vocabulary: input.kind === 'tokens' ? input.vocabulary : 0,
    tied: head.kind === 'token' && head.tied,
  }
}

/** The token of padding, from whose row of the table most architectures keep the gradient; below 0 from the last on. */
export function paddingOf({
  pad_token_id: id,
  vocab_size: size,
}: {
  pad_token_id?: number | null
  vocab_size: number
}) {
  if (typeof id !== 'number' || id < -size || id >= size) return {}
  return { padding: id < 0 ? size + id : id }
}
