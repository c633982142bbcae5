/** A trained model on a task: examples, a text, or questions to a language model. */
import type { Corpus, Tokenizer } from '../data/index.js'
import { type Executor, onnxExecutor } from '../engine/index.js'
import { measureDecoding } from '../evaluation/decoding.js'
import { assess, thinned } from '../evaluation/jobs/assess.js'
import { type ExampleMaterial, openMaterial, type TextMaterial } from '../evaluation/jobs/material.js'
import { diversity } from '../evaluation/text/diversity.js'
import { lossByPosition } from '../evaluation/text/position.js'
import { runProbe } from '../evaluation/text/probe.js'
import { modelScorer } from '../evaluation/text/scorer.js'
import { createDecoder } from '../inference/index.js'
import { type Model, parameterValues } from '../models/index.js'
import { UserError } from '../platform/errors.js'
import { type ChosenTask, choiceText, type ProbeTask, type Task } from '../tasks/index.js'
import type { LoadedRun } from '../training/index.js'
import { carriesState, checkSequences, exampleScorer } from '../training/index.js'
import { tokensFolder } from './home.js'
import { userCorpora } from './jobs.js'

export interface TaskOptions {
  readonly examples: number
  readonly difficulty: readonly number[]
  readonly context?: number
  readonly batch: number
  /** Tokens to generate and judge by how much they repeat themselves. */
  readonly generate: number
}

/** @throws UserError when the run's model is none for the task */
export async function evaluateTask(run: LoadedRun, chosen: ChosenTask, options: TaskOptions, executor: Executor) {
  const { task, config } = chosen
  refuseUnheard(task, options)
  const name = { task: choiceText(chosen) }
  if (task.kind === 'probe') return { ...name, ...(await onProbe(run, task, config, options, executor)) }
  const material = await openMaterial(chosen, {
    corpora: userCorpora(),
    cacheFolder: tokensFolder(),
    ...(task.kind === 'text' && { tokenizer: tokenizerOf(run) }),
  })
  try {
    const evaluate =
      material.kind === 'text' ? onText(run, material, options, executor) : onExamples(run, material, options, executor)
    return { ...name, ...(await evaluate) }
  } finally {
    await material.close()
  }
}

function refuseUnheard({ id, kind }: Task, { context, difficulty }: TaskOptions): void {
  if (context !== undefined && kind !== 'text')
    throw new UserError(`--context: task ${id} has lengths of its own, got ${context} – leave it out`)
  if (difficulty.length > 0 && kind !== 'examples')
    throw new UserError(
      `--difficulty: task ${id} has none, got ${difficulty} – ${kind === 'text' ? 'use --context' : 'leave it out'}`,
    )
}

async function onExamples(
  { model, parameters, run }: LoadedRun,
  { task, source, at }: ExampleMaterial,
  { examples, difficulty }: TaskOptions,
  executor: Executor,
) {
  const [wanted, got] = [source.input, model.config.input].map(inputText)
  if (wanted !== got)
    throw new UserError(
      `eval: task ${task.id} has ${wanted}, the model of ${run.path} takes ${got} – name a run on this task`,
    )
  const store = executor.createStore()
  await store.write(parameterValues(parameters))
  const judged = async (source: ExampleMaterial['source']) => {
    checkSequences(model, { context: source.length, carry: false })
    const { byPosition: _, ...found } = assess(
      task.metric,
      await (await exampleScorer(model, source, executor, store, 64))('test', examples),
    )
    return found
  }
  const result = {
    metric: task.metric,
    ...(await judged(source)),
    chance: source.chance,
    examples: Math.min(examples, source.size('test')),
  }
  const byDifficulty = []
  for (const value of difficulty)
    byDifficulty.push({ [task.difficulty?.setting ?? '']: value, ...(await judged(await at(value))) })
  return { ...result, ...(byDifficulty.length > 0 && { byDifficulty }) }
}

const inputText = (input: ExampleMaterial['source']['input']): string =>
  input.kind === 'tokens' ? `tokens among ${input.vocabulary}` : `vectors of ${input.width} numbers`

async function onText(
  { model, parameters, settings }: LoadedRun,
  material: TextMaterial,
  { context = settings.context, batch, generate }: TaskOptions,
  executor: Executor,
) {
  const corpus = await material.openTest()
  try {
    const carry = carriesState(model, settings)
    const { loss, tokens, positions } = await lossByPosition(model, corpus, executor, parameters, {
      context,
      batch,
      carry,
    })
    return {
      loss,
      perplexity: Math.exp(loss),
      bitsPerByte: ((loss / Math.LN2) * corpus.length) / corpus.bytes,
      tokens,
      byPosition: thinned(positions),
      ...(generate > 0 && { generated: diversity([await continued(model, parameters, corpus, generate)]) }),
    }
  } finally {
    await corpus.close()
  }
}

/** How many tokens of the text are read before the generated ones. */
const promptTokens = 16

/** Tokens at temperature 1 after the beginning of a text; seed 0. */
async function continued(
  model: Model,
  parameters: LoadedRun['parameters'],
  corpus: Corpus,
  count: number,
): Promise<number[]> {
  // One token is too little work to share between threads or to send to another one.
  const executor = await onnxExecutor({ threads: 1, worker: false })
  try {
    const decoder = await createDecoder(model, parameters, { executor })
    const prompt = await corpus.read(0, Math.min(promptTokens, corpus.length))
    const { tokens } = await measureDecoding(decoder, prompt, count, 0)
    await decoder.dispose()
    return tokens
  } finally {
    await executor.close()
  }
}

async function onProbe(
  run: LoadedRun,
  task: ProbeTask,
  config: ChosenTask['config'],
  { examples }: TaskOptions,
  executor: Executor,
) {
  const source = await task.open(config, userCorpora())
  const scorer = await modelScorer(run.model, run.parameters, executor)
  return runProbe(scorer, tokenizerOf(run), source, { limit: examples })
}

/** @throws UserError for runs whose tokens are no text */
function tokenizerOf({ tokenizer, run }: LoadedRun): Tokenizer {
  if (tokenizer) return tokenizer
  throw new UserError(
    `${run.path}: learned the task ${run.configuration.task}, whose tokens are no text – name a run on a text`,
  )
}
