/** Training a model within a demonstration: in memory, by seed, with what is needed to ask it afterwards. */
import { byteTokenizer, openSplit, parseTokenizer } from '../../data/index.js'
import type { StateStore } from '../../engine/index.js'
import { createModel, type Model, type ModelConfigInput, type OwnMechanisms } from '../../models/index.js'
import { type ExampleSource, type Metric, modelInterface, registeredTask } from '../../tasks/index.js'
import {
  createSession,
  evaluator,
  exampleData,
  exampleScorer,
  optimizers,
  rateAt,
  type ScheduleName,
  scoreOf,
  type TrainingData,
  textData,
  totals,
  trainingSettings,
} from '../../training/index.js'
import type { Lab } from '../demonstration.js'

export interface Learning {
  /** The model but for what the data says of it (input, head, positions). */
  readonly model: Omit<Partial<ModelConfigInput>, 'mixers'> & { readonly mixers: readonly { id: string }[] }
  readonly own?: OwnMechanisms
  readonly steps: number
  readonly batch: number
  readonly rate: number
  /** `cosine` by default. */
  readonly schedule?: ScheduleName
  readonly weightDecay?: number
  /** Another seed than the demonstration's. */
  readonly seed?: number
  /** Parameters that keep their values: paths or parts of the model. */
  readonly frozen?: readonly string[]
  /** Validate as often as this, and stop at a score. Tasks only. */
  readonly until?: { readonly score: number; readonly every: number }
}

export interface TrainedModel {
  readonly model: Model
  /** `parameters.…`; on the lab's executor. */
  readonly store: StateStore
  /** Mean training loss of each step. */
  readonly losses: readonly number[]
  /** Norm of the gradient at each step, before clipping. */
  readonly norms: readonly number[]
  /** Steps that were taken. */
  readonly steps: number
}

/** A task by its choice, `mqar:length=64:pairs=8`, or examples of one's own. */
export type Lesson = string | { readonly source: ExampleSource; readonly metric: Metric }

export interface TaskLearner extends TrainedModel {
  /** On test examples of the task, or of the same at another length or difficulty: another choice or source. */
  score(count?: number, lesson?: Lesson): Promise<{ score: number; loss: number }>
}

/** Learns a task. @throws UserError for settings that do not fit */
export async function learnTask(lab: Lab, lesson: Lesson, learning: Learning): Promise<TaskLearner> {
  const { source, metric } = await openLesson(lesson)
  const model = createModel({ ...modelInterface(source), ...learning.model }, learning.own)
  const trained = await train(lab, model, exampleData(metric, source), learning, source.length)
  return {
    ...trained,
    async score(count = 500, other = lesson) {
      const test = await openLesson(other)
      const judge = await exampleScorer(model, test.source, lab.executor, trained.store, 64)
      const results = await judge('test', count)
      return { score: scoreOf(test.metric, results), loss: totals(results).loss }
    },
  }
}

async function openLesson(lesson: Lesson) {
  if (typeof lesson !== 'string') return lesson
  const { task, config } = await registeredTask(lesson)
  if (task.kind !== 'examples') throw new Error(`learnTask: ${task.id} is no task of examples`)
  const corpora = {
    path: async (name: string) => {
      throw new Error(`learnTask: ${lesson} needs the corpus ${name}, which demonstrations do without`)
    },
  }
  return { source: await task.open(config, corpora), metric: task.metric }
}

export interface TextLearner extends TrainedModel {
  /** Nats per token on at most `tokens` tokens of the validation part, in windows of `context`. */
  loss(tokens?: number, context?: number): Promise<number>
}

/** Learns the lab's text, by characters or bytes. */
export async function learnText(
  lab: Lab,
  learning: Learning & { readonly context: number; readonly tokenizer?: 'char' | 'byte' },
): Promise<TextLearner> {
  const tokenizer = learning.tokenizer === 'byte' ? byteTokenizer() : await parseTokenizer('char', lab.text)
  const split = await openSplit(lab.text, tokenizer)
  const input = { kind: 'tokens', vocabulary: tokenizer.vocabularySize } as const
  const model = createModel({ input, maxPositions: learning.context, ...learning.model }, learning.own)
  const trained = await train(lab, model, textData(split), learning, learning.context)
  return {
    ...trained,
    async loss(tokens = 32_768, context = learning.context) {
      const batch = Math.max(1, Math.min(learning.batch, Math.floor(8192 / context)))
      const evaluate = await evaluator(model, split.validation, lab.executor, trained.store, {
        batch,
        context,
        carry: model.layers.some(({ mixer }) => mixer.carries),
      })
      return (await evaluate(tokens)).loss
    },
  }
}

async function train(
  lab: Lab,
  model: Model,
  data: TrainingData,
  learning: Learning,
  context: number,
): Promise<TrainedModel> {
  const { steps, batch, rate, schedule = 'cosine', weightDecay = 0.1, until } = learning
  const seed = learning.seed ?? lab.seed
  const frozen = learning.frozen ?? []
  const settings = trainingSettings.parse({ steps, batch, context, rate, seed })
  const shape = { batch, context, ...data.shape(model, settings) }
  const isFrozen = (path: string) => frozen.some((part) => path === part || path.startsWith(`${part}.`))
  const session = await createSession(model, optimizers.adamw(), { ...shape, frozen: isFrozen }, lab.executor, seed)
  await session.load(model.initialParameters(seed))
  const source = data.source(model, settings)
  const judge = until && (await data.judge(model, settings, lab.executor, session.store))
  const losses: number[] = []
  const norms: number[] = []
  const warmup = Math.round(steps * 0.05)
  for (let step = 1; step <= steps; step++) {
    lab.signal?.throwIfAborted()
    const at = rateAt(schedule, step, { peak: rate, warmup, steps })
    const { loss, norm } = await session.step(step, [await source.batch(step - 1)], at, weightDecay)
    losses.push(loss)
    norms.push(norm)
    if (step % 100 === 0) lab.progress(`step ${step} of ${steps}, loss ${losses[step - 1].toFixed(3)}`)
    if (until && judge && step % until.every === 0 && ((await judge('estimate')).score ?? 0) >= until.score) break
  }
  return { model, store: session.store, losses, norms, steps: losses.length }
}
