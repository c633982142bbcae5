/** seqlab train */
import type { Command } from 'commander'
import { onnxExecutor } from '../../engine/index.js'
import { openSplit, parseTokenizer, resolveCorpus } from '../../data/index.js'
import { platform } from '../../platform/index.js'
import { parseWith } from '../../models/index.js'
import { bestOrLatest, createRun, loadCheckpoint, resumeRun, train, trainingSettings, type TrainingResult } from '../../training/index.js'
import { asJson, writeJson } from '../../training/canonical-json.js'
import { dataHome } from '../home.js'
import { onInterrupt } from '../interrupt.js'
import { modelFrom } from '../model.js'
import { above, collect, whole } from '../options.js'
import { createOutput } from '../output.js'
import { trainingProgress } from '../progress.js'
import { finishedResult } from '../runs.js'

/** The options that set how to train, shared with compare. */
export function trainingOptions(command: Command): Command {
  return command
    .option('--tokenizer <kind>', 'byte, char, word or bpe:FILE (a tokenizer.json)', 'char')
    .option('--steps <n>', 'optimizer steps', whole(1), 1000)
    .option('--batch <n>', 'sequences a step', whole(1), 12)
    .option('--context <n>', 'tokens a sequence', whole(1), 64)
    .option('--lr <x>', 'peak learning rate', above(0), 1e-3)
    .option('--schedule <name>', 'constant, cosine, linear or wsd', 'cosine')
    .option('--warmup <n>', 'steps of linear warm-up (5 % of the steps)', whole(0))
    .option('--optimizer <name>', 'adamw or sgd', 'adamw')
    .option('--weight-decay <x>', 'decay of matrices', above(0, { inclusive: true }), 0.1)
    .option('--clip <x>', 'largest norm of the gradient, 0 for none', above(0, { inclusive: true }), 1)
    .option('--accumulate <n>', 'batches added up in a step', whole(1), 1)
    .option('--seed <n>', 'seed of weights, batches and dropout', whole(0), 1)
    .option('--threads <n>', 'threads of the executor (all processors)', whole(1))
    .option('--evaluate-every <n>', 'steps between estimates of the validation loss', whole(1))
    .option('--save-every <n>', 'steps between checkpoints', whole(1), 500)
    .option('--json', 'print JSON lines only')
}

/** Settings of a training run from the options of {@link trainingOptions}. */
export function settingsFrom(options: any) {
  const given = {
    steps: options.steps, batch: options.batch, context: options.context, rate: options.lr, schedule: options.schedule, warmup: options.warmup,
    optimizer: options.optimizer, weightDecay: options.weightDecay, clip: options.clip, accumulate: options.accumulate, seed: options.seed,
    evaluateEvery: options.evaluateEvery, saveEvery: options.saveEvery, patience: options.patience, carry: options.carry, frozen: options.freeze, validation: options.validation,
  }
  return parseWith(trainingSettings, Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)), 'train')
}

export function defineTrain(program: Command, exit: (code: number) => void): void {
  trainingOptions(program.command('train').description('train a model on a text'))
    .requiredOption('--model <preset|file>', 'a preset (seqlab models) or a .json configuration')
    .option('--set <path=value>', 'change a setting of the model, for example layers=6 (repeatable)', collect, [])
    .requiredOption('--data <file>', 'a text file, or the name of a registered corpus')
    .requiredOption('--out <dir>', 'folder of the run')
    .option('--resume', 'continue the run in --out')
    .option('--init-from <dir>', 'start from the weights of another run')
    .option('--freeze <path>', 'keep a part of the parameters as it is (repeatable)', collect)
    .option('--patience <n>', 'stop after this many estimates without a better one', whole(1))
    .option('--carry', 'continue the state of the step before (the model’s own recipe)')
    .option('--no-carry', 'start every sequence anew')
    .option('--validation <x>', 'share of the text that validates', above(0))
    .action(async (options) => {
      const output = createOutput(options.json)
      const settings = settingsFrom(options)
      const { path } = await resolveCorpus({ home: dataHome(), nameOrPath: options.data })
      const tokenizer = await parseTokenizer(options.tokenizer, path)
      const model = await modelFrom(options.model, options.set, tokenizer)
      const threads = options.threads ?? platform().cores
      const configuration = asJson({ model, settings, data: path, tokenizer: options.tokenizer, initFrom: options.initFrom ?? null, threads })
      const initial = options.initFrom ? (await loadCheckpoint(await bestOrLatest(options.initFrom))).weights : undefined
      const data = await openSplit(path, tokenizer, { validation: settings.validation, cacheFolder: platform().files.join(options.out, 'tokens') })
      const run = options.resume ? await resumeRun(options.out, configuration, { mayDiffer: ['threads'] }) : await createRun(options.out, configuration)
      const interrupt = onInterrupt(() => output.warn('stopping after this step; everything is kept'))
      const executor = await onnxExecutor({ threads })
      try {
        const before = options.resume && (await finishedResult(run))
        if (before) {
          output.result({ ...before, event: 'done', run: options.out })
          return
        }
        for (const { setting, before, after } of run.differences as any[]) output.warn(`warning: ${setting} was ${JSON.stringify(before)} and is now ${JSON.stringify(after)}; results will differ in the last digits`)
        await writeJson(run.files.tokenizer, tokenizer.toJSON())
        const view = trainingProgress(output, options.model)
        let result: TrainingResult
        try {
          result = await train({ run, model, settings, data, executor, initial, onEvent: view.update, signal: interrupt.signal })
        } finally {
          view.end()
        }
        const summary = report(options.out, result)
        if (result.stopped === 'interrupted') exit(130)
        else await writeJson(run.files.result, summary)
        output.result(summary)
      } finally {
        interrupt.dispose()
        await executor.close()
        await run.release()
        await data.close()
      }
    })
}

function report(run: string, { steps, params, trainLoss, validLoss, tokensPerSecond, resumedFrom, stopped }: TrainingResult) {
  const peakRssMiB = Math.round((platform().memory()?.peakRss ?? 0) / 2 ** 20)
  return { event: 'done', run, steps, params, trainLoss, validLoss, tokensPerSecond: Math.round(tokensPerSecond), peakRssMiB, resumedFrom, ...(stopped !== 'finished' && { stopped }) }
}
