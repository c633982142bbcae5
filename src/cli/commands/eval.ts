/** seqlab eval */
import { type Command, Option } from 'commander'
import { type Corpus, openCorpus, resolveCorpus } from '../../data/index.js'
import { type Executor, onnxExecutor } from '../../engine/index.js'
import { evaluateRounded } from '../../evaluation/rounded-weights.js'
import { type WeightForm, weightForms } from '../../inference/index.js'
import { parameterValues } from '../../models/index.js'
import { UserError } from '../../platform/errors.js'
import type { OpenTextModel } from '../../serving/index.js'
import { evaluator, loadRun } from '../../training/index.js'
import { dataHome, tokensFolder } from '../home.js'
import { filePath, numbers, threadCount, whole } from '../options.js'
import { createOutput } from '../output.js'
import { taskFrom } from '../task.js'
import { evaluateTask } from '../task-evaluation.js'
import { type ModelSource, openSource, sourceFolder, sourceOptions } from '../text-model.js'

export function defineEval(program: Command): void {
  sourceOptions(program.command('eval').description('the loss of a model on a text, or its score on a task'))
    .option('--data <file>', 'a text file, or the name of a registered corpus', filePath)
    .option('--task <name>', 'a task, NAME[:setting=value…] (the one it was trained on)')
    .option('--examples <n>', 'test examples or questions of a task', whole(1), 1000)
    .option('--difficulty <a,b,…>', 'values of the task’s difficulty to test at as well', numbers, [])
    .option('--generate <n>', 'on a text task: tokens to generate, to tell how much they repeat', whole(0), 0)
    .option('--context <n>', 'tokens a window (as trained, or 256)', whole(1))
    .option('--batch <n>', 'windows at once', whole(1), 8)
    .addOption(
      new Option('--weights <form>', 'on a text: what matrices are rounded to, beside the figures of f32')
        .choices(weightForms)
        .default('f32'),
    )
    .option('--threads <n>', 'threads of the executor (all processors)', threadCount)
    .option('--json', 'print JSON lines only')
    .action(async (options) => {
      const output = createOutput(options.json)
      if (options.data !== undefined && options.task !== undefined)
        throw new UserError('eval: give either --data FILE or --task NAME, got both – leave one out')
      const folder = sourceFolder(options, 'eval')
      const run = options.data === undefined && options.run !== undefined ? await loadRun(options.run) : undefined
      const task = options.task ?? run?.run.configuration.task
      if (task === undefined && options.data === undefined)
        throw new UserError(
          run
            ? `eval: ${folder} was trained on a text – name one with --data FILE, or a task with --task NAME`
            : `eval: ${folder} learned no task that is known here – name a text with --data FILE`,
        )
      if (task !== undefined && !run)
        throw new UserError('eval: tasks are for training runs – give --run DIR, or a text with --data FILE')
      if (task !== undefined && options.weights !== 'f32')
        throw new UserError(`--weights: tasks are scored in f32, got ${options.weights} – name a text with --data FILE`)
      const executor = await onnxExecutor({ threads: options.threads })
      try {
        output.result(
          run && task !== undefined
            ? await evaluateTask(run, await taskFrom(task), options, executor)
            : await evaluateText(options, executor),
        )
      } finally {
        await executor.close()
      }
    })
}

/** Tokens a window where nobody knows how many the model was trained on. */
const usualContext = 256

interface TextOptions extends ModelSource {
  readonly data: string
  readonly context?: number
  readonly batch: number
  readonly weights: WeightForm
}

async function evaluateText(options: TextOptions, executor: Executor) {
  const opened = await openSource(options, 'eval')
  try {
    const { path } = await resolveCorpus({ home: dataHome(), nameOrPath: options.data })
    const corpus = await openCorpus(path, opened.tokenizer, { cacheFolder: tokensFolder() })
    try {
      return await evaluateOn(corpus, path, opened, options, executor)
    } finally {
      await corpus.close()
    }
  } finally {
    await opened.close()
  }
}

async function evaluateOn(
  corpus: Corpus,
  path: string,
  { model, parameters, context: trained, carry }: OpenTextModel,
  { batch, weights, ...options }: TextOptions,
  executor: Executor,
) {
  const context = options.context ?? trained ?? Math.min(usualContext, model.longest)
  if (options.context !== undefined && options.context >= corpus.length) {
    throw new UserError(
      `--context: ${context} is longer than the data: ${path} has ${corpus.length} tokens – use ${corpus.length - 1} or less`,
    )
  }
  const figures = (loss: number, tokens: number) => ({
    loss,
    perplexity: Math.exp(loss),
    bitsPerByte: (loss * tokens) / Math.LN2 / (corpus.bytes * (tokens / corpus.length)),
    tokens,
  })
  if (weights !== 'f32') {
    if (carry)
      throw new UserError('--weights: windows are read by themselves, and this model continues its state – use f32')
    const found = await evaluateRounded(model, parameters, corpus, { executor, weights, context })
    const { loss, exactLoss, logitError, tokens } = found
    return { ...figures(loss, tokens), weights, logitError, exactPerplexity: Math.exp(exactLoss) }
  }
  const store = executor.createStore()
  for (const { path } of model.parameterList) await store.write(parameterValues({ [path]: await parameters(path) }))
  const evaluate = await evaluator(model, corpus, executor, store, { batch, context, carry })
  const { loss, tokens } = await evaluate()
  return figures(loss, tokens)
}
