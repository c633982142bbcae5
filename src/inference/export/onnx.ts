/** Writing a language model as ONNX files that ONNX Runtime runs without seqlab. */
import type { TensorData } from '../../engine/index.js'
import {
  encodeStandalone,
  externalTensors,
  type StandaloneModel,
  standaloneModel,
} from '../../engine/onnx/standalone.js'
import { isCausal } from '../../mechanisms/index.js'
import type { Model } from '../../models/index.js'
import { UserError } from '../../platform/errors.js'
import { platform } from '../../platform/index.js'
import { writeJson } from '../../training/canonical-json.js'
import { describeExport, type ExportDescription } from './description.js'
import { sequenceProgram, stepProgram } from './programs.js'

export interface ExportRequest {
  readonly model: Model
  /** All parameters by path, f32. */
  readonly parameters: Readonly<Record<string, Pick<TensorData, 'shape' | 'data'>>>
  /** What describes the tokenizer in JSON, for whoever turns text into tokens; null without one. */
  readonly tokenizer?: unknown
  /** Rows of both models; 1 by default. */
  readonly batch?: number
  /** Tokens of the whole-sequence model: what the model was trained with, say. */
  readonly context: number
  /** Tokens that caches of the step model have room for; `context` by default. */
  readonly capacity?: number
  /** Bytes that a model with its weights may have; beyond them, the weights get a file of their own. */
  readonly largestModel?: number
}

/** In the order of writing: what describes the others comes last. */
const fileNames = {
  sequence: 'sequence.onnx',
  step: 'step.onnx',
  weights: 'weights.bin',
  description: 'model.json',
} as const

/** A protobuf message holds at most 2 GiB; some of it is left for the nodes and small constants. */
const protobufLimit = 2 ** 31 - 2 ** 26

/**
 * Writes `sequence.onnx`, `step.onnx` and `model.json` into a folder, which is made if it is missing, and `weights.bin`
 * where the weights are too large for the models themselves. Files of these names are replaced, each whole or not at all.
 *
 * @returns what model.json says, and the paths of all files written
 * @throws UserError for a model that is no causal language model over tokens, weights that are not the model's, impossible
 *   sizes, and a folder that cannot be written
 */
export async function exportOnnx(
  directory: string,
  request: ExportRequest,
): Promise<{ description: ExportDescription; files: string[] }> {
  const { model, tokenizer = null, batch = 1, context, capacity = context } = request
  checkModel(model)
  checkSizes(model, { batch, context, capacity })
  const values = checkedParameters(model, request.parameters)

  const sequence = sequenceProgram(model, { batch, context })
  const step = stepProgram(model, { batch, capacity })
  const models = { sequence: standaloneModel(sequence, values), step: standaloneModel(step, values) }
  const limit = request.largestModel ?? protobufLimit
  const external = Object.values(models).some((each) => bytesOf(each) > limit)
    ? externalTensors(fileNames.weights)
    : undefined
  const names = { sequence: fileNames.sequence, step: fileNames.step, weights: external ? fileNames.weights : null }
  const description = describeExport({ model, sequence, step, files: names, tokenizer })

  const { files } = platform()
  const at = (name: string) => files.join(directory, name)
  await files.makeDirectory(directory)
  // Encoded one after the other: each may hold a copy of all weights.
  await files.writeAtomic(at(fileNames.sequence), encodeStandalone(models.sequence, external?.place))
  await files.writeAtomic(at(fileNames.step), encodeStandalone(models.step, external?.place))
  if (external) await files.writeAtomic(at(fileNames.weights), external.chunks)
  await writeJson(at(fileNames.description), description)
  const written = Object.values(fileNames).filter((name) => external || name !== fileNames.weights)
  return { description, files: written.map(at) }
}

function bytesOf({ tensors }: StandaloneModel): number {
  return tensors.reduce((total, { rawData }) => total + rawData.length, 0)
}

function checkModel({ config: { input, head }, layers }: Model): void {
  const blind = layers.find(({ mixer, settings }) => !isCausal(mixer, settings))
  if (input.kind === 'tokens' && head.kind === 'token' && !blind) return
  const got = `${input.kind} as input, a ${head.kind} head${blind ? ` and the mixer ${blind.mixer.id}` : ''}`
  throw new UserError(`export: writes causal language models, tokens to next tokens, got ${got} – export another run`)
}

function checkSizes(model: Model, sizes: Readonly<Record<'batch' | 'context' | 'capacity', number>>): void {
  for (const [name, value] of Object.entries(sizes)) {
    if (!Number.isInteger(value) || value < 1) {
      throw new UserError(`export: ${name} must be a whole number of at least 1, got ${value} – use another --${name}`)
    }
    if (name !== 'batch' && value > model.longest) {
      const known = `${model.longest} positions that the model has learned`
      throw new UserError(`export: ${name} ${value} exceeds the ${known} – use a smaller --${name}`)
    }
  }
}

function checkedParameters(model: Model, given: ExportRequest['parameters']): Record<string, TensorData> {
  return Object.fromEntries(
    model.parameterList.map(({ path, shape }) => {
      const found = given[path]
      if (found && found.shape.join() === shape.join() && found.data instanceof Float32Array) {
        return [path, { shape, dtype: 'f32', data: found.data }]
      }
      const got = found ? `${found.data.constructor.name} [${found.shape.join(', ')}]` : 'none'
      const wanted = `Float32Array [${shape.join(', ')}]`
      throw new UserError(
        `export: parameter ${path} must be ${wanted}, got ${got} – use the weights of this very model`,
      )
    }),
  )
}
