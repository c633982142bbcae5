/** Writing a model as a folder in the layout of Hugging Face: the mapping that reads it, run the other way. */
import { z } from 'zod'
import { sizeOf, type TensorData } from '../engine/index.js'
import {
  type Model,
  type ModelConfig,
  type PlacedNetwork,
  parseWith,
  resolveChannels,
  resolveConfig,
  resolveLayers,
} from '../models/index.js'
import { UserError } from '../platform/errors.js'
import { platform } from '../platform/index.js'
import { canonicalJson } from '../training/canonical-json.js'
import type { Origin } from '../training/index.js'
import { encodeSafetensors } from '../training/safetensors.js'
import type { Architecture, Entry } from './architecture.js'
import { architectures } from './architectures/index.js'
import { modelOf, understood } from './open.js'
import { eachPlace, place } from './rearrange.js'

/** The architecture that a model is of, with the settings under which it is. */
export interface Match {
  readonly architecture: Architecture
  readonly settings: Readonly<Record<string, unknown>>
  /** Of the tensors that are to be written, for architectures that are stored in more than one way. */
  readonly names?: ReadonlySet<string>
  /** The text of config.json, where there is one already. */
  readonly text?: string
}

const anyMatch = (model: Model | PlacedNetwork, context: number): Match => {
  if ('network' in model)
    throw new UserError(
      `export: no architecture is known that a ${model.network.id} of one's own could be written as – read one with loadNetwork and pass its origin`,
    )
  return architectureFor(model.config, context)
}

/** @throws UserError where no architecture that can be written describes the model, with what is in the way of each */
export function architectureFor(config: ModelConfig, context: number): Match {
  const wanted = computed(config)
  const reasons: string[] = []
  for (const architecture of architectures) {
    const found = architecture.settingsOf?.(config, context)
    if (!found) continue
    const path = `${architecture.id}/config.json`
    try {
      const settings = parseWith(architecture.settings, { model_type: architecture.id, ...found }, path)
      const described = computed(resolveConfig(architecture.model(settings, new Set())))
      const other = Object.keys(wanted).find((key) => wanted[key] !== described[key])
      if (other === undefined) return { architecture, settings: found }
      reasons.push(`${architecture.id}: ${other} is ${described[other] ?? 'absent'} there, here ${wanted[other]}`)
    } catch (error) {
      if (!(error instanceof UserError)) throw error
      reasons.push(`${architecture.id}: ${error.message.split('\n')[0]}`)
    }
  }
  throw new UserError(
    [
      'export: no architecture that can be written describes this model – train one whose --set follows one of them',
      ...reasons,
    ].join('\n'),
  )
}

/** What a configuration says about what is computed, one line a setting, with every default filled in. */
function computed(config: ModelConfig, without: ReadonlySet<string> = inert): Record<string, string> {
  const { dim, layers, input, positions, norm, normEpsilon, lastNorm, normPlace, parallel, residual, residualFrom } =
    config
  const { adapter, beside } = config
  const { width, scale, types, norm: normed, project, unplaced } = config.embedding
  const told: Record<string, unknown> = {
    ...{ dim, layers, input, positions, norm, normEpsilon, normPlace, parallel, residual, residualFrom },
    ...{ adapter, beside },
    lastNorm: { kind: norm, epsilon: normEpsilon, ...lastNorm },
    maxPositions: positions === 'learned' ? config.maxPositions : undefined,
    firstPosition: positions === 'learned' ? (config.firstPosition ?? 0) : undefined,
    embedding: { width, scale, types, normed, project, unplaced },
    distinct: config.distinct ?? layers,
    together: config.distinct === undefined ? 1 : (config.together ?? 1),
    head: config.head,
  }
  resolveLayers(config).forEach(({ mixer, settings, ...sum }, layer) => {
    Object.assign(told, { [`mixers.${layer}`]: { id: mixer.id, ...sum } }, flat(`mixers.${layer}`, settings, without))
  })
  resolveChannels(config).forEach((channel, layer) => {
    if (!channel) return
    const { mixer, settings, ...sum } = channel
    Object.assign(
      told,
      { [`channels.${layer}`]: { id: mixer.id, ...sum } },
      flat(`channels.${layer}`, settings, without),
    )
  })
  return Object.fromEntries(Object.entries(told).map(([key, value]) => [key, JSON.stringify(value) ?? 'absent']))
}

/** Settings that another one takes the place of, or that say how something is computed. */
const inert = new Set(['chunk', 'ratio', 'epsilon'])

const flat = (path: string, settings: object, without: ReadonlySet<string>) =>
  Object.fromEntries(
    Object.entries(settings)
      .filter(([key, value]) => value !== undefined && !without.has(key))
      .map(([key, value]) => [`${path}.${key}`, value]),
  )

/** The tensors of a model under the names and in the layout of an architecture. */
export function storedTensors(
  { architecture, settings, names = new Set() }: Match,
  model: Model | PlacedNetwork,
  parameters: Readonly<Record<string, TensorData>>,
): Record<string, TensorData> {
  const parsed = architecture.settings.parse({ model_type: architecture.id, ...settings })
  const byName = new Map<string, Entry[]>()
  for (const entry of architecture.tensors(parsed, names))
    byName.set(entry.name, [...(byName.get(entry.name) ?? []), entry])
  const shapes = new Map(model.parameterList.map(({ path, shape }) => [path, shape]))
  return Object.fromEntries(
    [...byName].map(([name, entries]) => {
      const needed = entries.map((entry) => place(entry, shapes.get(entry.path)!).storedShape)
      const shape = needed[0].map((_, axis) => Math.max(...needed.map((sizes) => sizes[axis])))
      const data = new Float32Array(sizeOf(shape)).fill(Number.NaN)
      for (const entry of entries) {
        const values = parameters[entry.path].data
        eachPlace(place(entry, shapes.get(entry.path)!, shape), (stored, own) => {
          if (!Number.isNaN(data[stored]) && data[stored] !== values[own]) throw apart(name, entry)
          data[stored] = values[own]
        })
      }
      return [name, { shape, dtype: 'f32', data }]
    }),
  )
}

/** One tensor there is several parameters here. */
const apart = (name: string, { path }: Entry) =>
  new UserError(
    `export: ${name} holds one table for all layers, and ${path} is no longer that of the others – keep them in training with --freeze ${path}, and likewise the others`,
  )

export interface Written {
  readonly model: Model | PlacedNetwork
  readonly parameters: Readonly<Record<string, TensorData>>
  /** Tokens that it was trained on at once. */
  readonly context: number
  /** The text of the model card, beside what is known of the model itself. */
  readonly card?: string
  /** What the model was read from: it is written as that again where that still describes it. */
  readonly origin?: Origin
}

/** What the model was read from, where that is what it still computes. */
function matchOf(origin: Origin, model: Model | PlacedNetwork): Match | undefined {
  const { architecture, config, settings } = understood(origin.config, 'origin: config.json')
  const names = new Set(origin.tensors)
  if (asComputed(modelOf(architecture, settings, names)) !== asComputed(model)) return undefined
  // As text, since JSON here does not tell 1.0 from 1, and the original does.
  const text = origin.config.replaceAll(/("(?:torch_)?dtype"\s*:\s*)"\w+"/g, '$1"float32"')
  return { architecture, settings: config, names, text }
}

/** Text that is equal where what is computed is. */
const asComputed = (model: Model | PlacedNetwork) =>
  canonicalJson('network' in model ? [model.network.id, model.config] : computed(model.config, new Set()))

/**
 * Writes config.json, model.safetensors and README.md.
 *
 * @throws UserError where no architecture describes the model
 */
export async function writeCheckpoint(folder: string, { model, parameters, context, card = '', origin }: Written) {
  const match = (origin && matchOf(origin, model)) ?? anyMatch(model, context)
  const { architecture } = match
  const { files } = platform()
  const tensors = storedTensors(match, model, parameters)
  const at = (name: string) => files.join(folder, name)
  const paths = [at('config.json'), at('model.safetensors'), at('README.md')]
  await files.makeDirectory(folder)
  await files.writeAtomic(paths[0], match.text ?? `${configText(match)}\n`)
  await files.writeAtomic(paths[1], encodeSafetensors(tensors, { format: 'pt' }))
  await files.writeAtomic(paths[2], modelCard(match, model, card))
  return { architecture: architecture.id, files: paths }
}

/** What stands behind a whole number that must be told from a count: the original refuses 1 where it expects 1.0. */
const point = '\u0001'

function configText({ architecture: { id, classes, settings: known }, settings }: Match): string {
  const config = { architectures: [classes[0]], model_type: id, dtype: 'float32', ...settings }
  const schema = z.toJSONSchema(known, { io: 'input', unrepresentable: 'any' })
  return JSON.stringify(marked(config, schema as Schema), null, 2).replace(/"(-?\d+)\\u0001"/g, '$1.0')
}

interface Schema {
  readonly type?: string
  readonly properties?: Readonly<Record<string, Schema>>
  readonly items?: Schema
  readonly prefixItems?: readonly Schema[]
  readonly anyOf?: readonly Schema[]
}

/** A value whose whole numbers carry a mark wherever the schema has a number that is no count. */
function marked(value: unknown, schema: Schema | undefined): unknown {
  const choices = schema?.anyOf ?? (schema ? [schema] : [])
  if (typeof value === 'number' && Number.isInteger(value))
    return choices.some(({ type }) => type === 'number') ? `${value}${point}` : value
  if (Array.isArray(value)) {
    const list = choices.find(({ type }) => type === 'array')
    return value.map((item, index) => marked(item, list?.prefixItems?.[index] ?? list?.items))
  }
  if (typeof value !== 'object' || value === null) return value
  const object = choices.find(({ properties }) => properties)
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, marked(item, object?.properties?.[key])]))
}

function modelCard({ architecture }: Match, { parameterList }: Model | PlacedNetwork, card: string): string {
  const parameterCount = parameterList.reduce((sum, { shape }) => sum + sizeOf(shape), 0)
  return `---
library_name: transformers
tags:
- ${architecture.id}
- seqlab
---

# A ${architecture.classes[0]} trained by seqlab

${parameterCount.toLocaleString('en')} parameters in float32, stored under the names of ${architecture.id}.

${card}`
}
