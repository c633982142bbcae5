/** A folder in the layout of Hugging Face as a model: its configuration understood, its tensors told apart, none read yet. */
import { free, sizeOf, type TensorData } from '../engine/index.js'
import { createModel, createNetwork, type Model, type PlacedNetwork, parseWith } from '../models/index.js'
import { UserError } from '../platform/errors.js'
import { platform } from '../platform/index.js'
import type { Origin } from '../training/index.js'
import type { Architecture, Entry } from './architecture.js'
import { architectures } from './architectures/index.js'
import { eachPlace, type Placement, place } from './rearrange.js'
import { openWeights, parseJson, readTextFile, type WeightFiles } from './weight-files.js'

/** A part of a parameter in a stored tensor of the folder. */
export interface PlacedEntry extends Entry {
  readonly placement: Placement
}

export interface OpenCheckpoint<M extends Model | PlacedNetwork = Model | PlacedNetwork> {
  readonly folder: string
  readonly architecture: Architecture
  readonly settings: any
  readonly origin: Origin
  readonly model: M
  /** By the name of the stored tensor, in the order from input to head. */
  readonly entries: ReadonlyMap<string, readonly PlacedEntry[]>
  readonly weights: WeightFiles
}

/** @throws UserError for a folder that cannot be read, an architecture or a setting that is not known, and missing tensors */
export async function openCheckpoint(folder: string): Promise<OpenCheckpoint> {
  const path = platform().files.join(folder, 'config.json')
  const config = await readTextFile(path)
  const { architecture, settings } = understood(config, path)
  const weights = await openWeights(folder)
  try {
    const names = new Set(weights.tensors.keys())
    const model = modelOf(architecture, settings, names)
    return {
      folder,
      architecture,
      settings,
      origin: { config, tensors: [...names] },
      model,
      entries: match(folder, architecture, settings, model, weights),
      weights,
    }
  } catch (error) {
    await weights.close()
    throw error
  }
}

/** The architecture that a config.json names, and its settings as that one has them. */
export function understood(text: string, path: string) {
  const config = parseJson(path, text)
  const architecture = architectureOf(config, path)
  return { architecture, config, settings: parseWith(architecture.settings, config, path) }
}

/** What the settings describe. `names` are those of the stored tensors. */
export function modelOf(architecture: Architecture, settings: unknown, names: ReadonlySet<string>) {
  const described = architecture.model(settings, names)
  return 'network' in described ? createNetwork(described.network, described.config) : createModel(described)
}

function architectureOf({ model_type: type, architectures: classes }: Record<string, unknown>, path: string) {
  const found = architectures.find(({ id }) => id === type)
  if (!found) {
    const known = architectures.map(({ id }) => id).join(', ')
    throw new UserError(
      `${path}: model_type ${JSON.stringify(type)?.slice(0, 80) ?? 'is missing'} is not known – known are ${known}`,
    )
  }
  const asked = Array.isArray(classes) ? classes : []
  const foreign = asked.find((name) => !found.classes.includes(name))
  if (foreign === undefined) return found
  throw new UserError(
    `${path}: architectures has ${JSON.stringify(foreign).slice(0, 80)}, of ${found.id} only ${found.classes.join(', ')} can be read – save the model as that`,
  )
}

/** Every parameter filled, and every stored tensor used or known to be of no use. */
function match(
  folder: string,
  architecture: Architecture,
  settings: unknown,
  { parameterList }: Model | PlacedNetwork,
  weights: WeightFiles,
) {
  const { prefix = '', ignored } = architecture
  const names = new Set(weights.tensors.keys())
  const wanted = architecture.tensors(settings, names)
  const bare = prefix !== '' && !wanted.some(({ name }) => name.startsWith(prefix) && names.has(name))
  const stored = (name: string) => {
    const own = bare && name.startsWith(prefix) ? name.slice(prefix.length) : name
    const early = earlyNormName(own)
    return names.has(own) || !names.has(early) ? own : early
  }
  const shapes = new Map(parameterList.map(({ path, shape }) => [path, shape]))
  const filled = new Map<string, number>()
  const entries = new Map<string, PlacedEntry[]>()
  for (const entry of wanted) {
    const name = stored(entry.name)
    const tensor = weights.tensors.get(name)
    const shape = shapes.get(entry.path)
    if (!shape) throw new Error(`${architecture.id}: the model has no parameter ${entry.path}`)
    if (!tensor) throw new UserError(`${folder}: lacks the tensor ${name} – restore the folder from its source`)
    const { storedShape } = place(entry, shape)
    const fits =
      storedShape.length === tensor.shape.length && storedShape.every((size, axis) => size <= tensor.shape[axis])
    if (!fits) throw misshapen(folder, name, storedShape, tensor.shape)
    const placement = place(entry, shape, tensor.shape)
    filled.set(entry.path, (filled.get(entry.path) ?? 0) + placement.count)
    entries.set(name, [...(entries.get(name) ?? []), { ...entry, name, placement }])
  }
  for (const [name, parts] of entries) {
    const { shape } = weights.tensors.get(name)!
    const used = new Map(parts.map(({ placement }) => [`${placement.stored}`, placement.count]))
    const total = [...used.values()].reduce((a, b) => a + b, 0)
    const smallest = parts.map(({ placement }) => placement.storedShape)
    if (total !== sizeOf(shape))
      throw misshapen(
        folder,
        name,
        smallest[0].map((_, axis) => Math.max(...smallest.map((s) => s[axis]))),
        shape,
      )
  }
  for (const [path, shape] of shapes)
    if (filled.get(path) !== sizeOf(shape)) throw new Error(`${architecture.id}: parameter ${path} is not filled`)
  const foreign = [...names].find((name) => !entries.has(name) && !ignored?.test(bare ? prefix + name : name))
  if (foreign !== undefined) {
    throw new UserError(
      `${folder}: has the tensor ${foreign}, which no ${architecture.id} with these settings has – check config.json`,
    )
  }
  return entries
}

/** Norms of early files are named as their paper has it. */
const earlyNormName = (name: string) =>
  name.replace(/LayerNorm\.weight$/, 'LayerNorm.gamma').replace(/LayerNorm\.bias$/, 'LayerNorm.beta')

function misshapen(folder: string, name: string, expected: readonly number[], got: readonly number[]): UserError {
  return new UserError(
    `${folder}: ${name} must have shape [${expected.join(', ')}] by config.json, got [${got.join(', ')}] – restore the folder from its source`,
  )
}

/** The parameters by path. Stored tensors are read one after the other: memory holds the model and one of them. */
export async function readParameters({ model, entries, weights }: OpenCheckpoint): Promise<Record<string, TensorData>> {
  const parameters = Object.fromEntries(
    model.parameterList.map(({ path, shape }) => [
      path,
      { shape, dtype: 'f32' as const, data: new Float32Array(sizeOf(shape)) },
    ]),
  )
  for (const [name, parts] of entries) {
    const values = await weights.read(name)
    for (const { path, placement } of parts) {
      const { data } = parameters[path]
      eachPlace(placement, (stored, own) => {
        data[own] = values[stored]
      })
    }
    free([values.buffer])
  }
  return parameters
}

/** One parameter by its path: the stored tensors that hold parts of it are read, and no other. */
export async function readParameter({ model, entries, weights }: OpenCheckpoint, path: string): Promise<TensorData> {
  const { shape } = model.parameterList.find((parameter) => parameter.path === path)!
  const data = new Float32Array(sizeOf(shape))
  for (const [name, parts] of entries) {
    const own = parts.filter((part) => part.path === path)
    if (own.length === 0) continue
    const values = await weights.read(name)
    for (const { placement } of own)
      eachPlace(placement, (stored, place) => {
        data[place] = values[stored]
      })
    free([values.buffer])
  }
  return { shape, dtype: 'f32', data }
}

/** The same for what has to be a model of one part, a decoder or an encoder. */
export const openModel = (folder: string): Promise<OpenCheckpoint<Model>> =>
  openAs(
    folder,
    (model): model is Model => !('network' in model),
    'an encoder with a decoder – load it with loadNetwork',
  )

/** A model with its parameters from a folder in the layout of Hugging Face. */
export const loadModel = async (folder: string) => loaded(await openModel(folder))

/** A network, an encoder with a decoder, with its parameters. */
export const loadNetwork = async (folder: string) => {
  const isNetwork = (model: Model | PlacedNetwork): model is PlacedNetwork => 'network' in model
  return loaded(await openAs(folder, isNetwork, 'a model of one part – load it with loadModel'))
}

async function openAs<M extends Model | PlacedNetwork>(
  folder: string,
  isMeant: (model: Model | PlacedNetwork) => model is M,
  other: string,
): Promise<OpenCheckpoint<M>> {
  const checkpoint = await openCheckpoint(folder)
  const { model } = checkpoint
  if (isMeant(model)) return { ...checkpoint, model }
  await checkpoint.weights.close()
  throw new UserError(`${folder}: is ${other}`)
}

async function loaded<M extends Model | PlacedNetwork>(checkpoint: OpenCheckpoint<M>) {
  try {
    const { architecture, settings, origin, model } = checkpoint
    return { architecture: architecture.id, settings, origin, model, parameters: await readParameters(checkpoint) }
  } finally {
    await checkpoint.weights.close()
  }
}
