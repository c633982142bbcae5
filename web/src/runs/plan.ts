/** What a run is asked to do: plain data that fits into an address, a worker's message and a run's folder. */
import { assign, type ModelConfigInput, parseWith, preset, resolveConfig } from 'seqlab/models'
import { platform } from 'seqlab/platform'
import { trainingSettings } from 'seqlab/training'

/** A preset, or a hybrid: one mixer a layer. */
export interface ModelChoice {
  /** What the run is called in legends. */
  readonly name: string
  readonly preset?: string
  readonly mixers?: readonly { readonly id: string }[]
}

export interface Plan {
  readonly model: ModelChoice
  /** Settings of the model by path, over the preset's: `dim`, `layers`, `heads`, … */
  readonly set: Readonly<Record<string, unknown>>
  /** A text of this browser by its name, or a task with its settings. */
  readonly lesson: { readonly kind: 'text'; readonly name: string } | { readonly kind: 'task'; readonly choice: string }
  /** How text becomes tokens; tasks have tokens of their own. */
  readonly tokenizer: string
  /** As `seqlab train` takes them; defaults for the rest. */
  readonly training: Readonly<Record<string, unknown>>
  readonly threads: number
  /** What computes; WASM where nothing is said. */
  readonly executor?: ExecutorKind
}

export const executors = ['wasm', 'webgpu'] as const
export type ExecutorKind = (typeof executors)[number]

/** The model of a plan for data with this interface. @throws UserError for settings that do not fit */
export function modelOf({ model, set }: Pick<Plan, 'model' | 'set'>, data: Partial<ModelConfigInput>) {
  const base = model.preset === undefined ? { mixers: model.mixers } : preset(model.preset)
  const settings = Object.entries(set).map(([path, value]) => `${path}=${JSON.stringify(value)}`)
  return resolveConfig(assign({ ...data, ...base }, settings))
}

/**
 * The plan that leads to a configuration: that of a run made elsewhere. `text`: which text of this browser it learned,
 * where there is one.
 */
export function planOf(configuration: Readonly<Record<string, unknown>>, text?: string): Plan {
  const { model, settings, task, data, tokenizer, threads, executor } = configuration
  const { mixers, ...set } = model as { mixers: { id: string }[] }
  const file = String(data).split(/[\\/]/).at(-1)!
  return {
    model: { name: [...new Set(mixers.map(({ id }) => id))].join('+'), mixers },
    set,
    lesson: typeof task === 'string' ? { kind: 'task', choice: task } : { kind: 'text', name: text ?? file },
    tokenizer: typeof tokenizer === 'string' ? tokenizer : 'char',
    training: settings as Plan['training'],
    threads: Math.min(Number(threads) || 1, platform().cores),
    ...(executor === 'webgpu' && { executor }),
  }
}

export const trainingOf = ({ training }: Plan) => parseWith(trainingSettings, training, 'training')
