/** From what a job says to its model and its training, refusing here what training or the tests would refuse later. */
import { assign, createModel, type Model, type ModelConfig, preset, resolveConfig } from '../../models/index.js'
import { UserError } from '../../platform/errors.js'
import { checkFrozen, checkSequences, type TrainingRunSettings, trainingSettings } from '../../training/index.js'
import { matchParameters } from '../match.js'
import type { JobSpec } from './job.js'
import type { Material } from './material.js'

export interface Configured {
  readonly config: ModelConfig
  readonly model: Model
  readonly settings: TrainingRunSettings
}

/** @throws UserError when the job cannot be done as it is written */
export async function configured(spec: JobSpec, material: Material): Promise<Configured> {
  const settings = settingsOf(spec, material)
  const longest = await longestTested(spec, settings, material)
  const config = modelOf(spec, material, longest)
  const model = createModel(config)
  const { carry } = material.data.shape(model, settings)
  checkFrozen(settings.frozen, model)
  checkSequences(model, { context: settings.context, carry })
  checkSequences(model, { context: longest, carry: false })
  if (material.kind === 'text') checkContexts(spec.difficulty, settings.context, carry)
  return { config, model, settings }
}

/** How a job trains, completed. */
function settingsOf(spec: JobSpec, material: Material): TrainingRunSettings {
  const settings = trainingSettings.parse({ ...spec.training, solvedAt: spec.solvedAt ?? spec.training.solvedAt })
  if (material.kind === 'text') return settings
  const { length } = material.source
  if (spec.training.context !== undefined && spec.training.context !== length)
    throw new UserError(
      `--context: task ${material.task.id} has sequences of ${length} tokens, got ${spec.training.context} – leave it out`,
    )
  return { ...settings, context: length }
}

/** Learned positions must reach as far as the tests do. */
async function longestTested({ difficulty }: JobSpec, { context }: TrainingRunSettings, material: Material) {
  if (material.kind === 'text') return Math.max(context, ...difficulty)
  const lengths = await Promise.all(difficulty.map(async (value) => (await material.at(value)).length))
  return Math.max(context, ...lengths)
}

/** The preset, as the task and the job set it, at the job's size. */
function modelOf(spec: JobSpec, material: Material, maxPositions: number): ModelConfig {
  const set = Object.entries(spec.set).map(([path, value]) => `${path}=${JSON.stringify(value)}`)
  const config = resolveConfig(assign({ ...material.interface, maxPositions, ...preset(spec.model) }, set))
  return spec.parameters === undefined ? config : matchParameters(spec.name, config, spec.parameters)
}

/** The difficulty of a text is the context of a test. */
function checkContexts(difficulty: readonly number[], context: number, carry: boolean): void {
  const unitOf = (value: number) => (carry && value > context ? context : 1)
  const wrong = difficulty.find((value) => !(Number.isSafeInteger(value / unitOf(value)) && value > 0))
  if (wrong === undefined) return
  const unit = unitOf(wrong)
  const expected = unit > 1 ? `multiples of the training context ${context} beyond it` : 'whole numbers of tokens'
  const fix = Math.max(1, Math.ceil(wrong / unit)) * unit
  throw new UserError(`--difficulty: contexts of a text must be ${expected}, got ${wrong} – use ${fix}`)
}
