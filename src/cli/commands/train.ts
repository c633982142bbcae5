/** seqlab train */
import type { Command } from 'commander'
import { onnxExecutor } from '../../engine/index.js'
import { UserError } from '../../platform/errors.js'
import { platform } from '../../platform/index.js'
import { asJson, writeJson } from '../../training/canonical-json.js'
import {
  createRun,
  finishedResult,
  resumeRun,
  type TrainingResult,
  train,
  type WritableRun,
} from '../../training/index.js'
import { interruptedCode } from '../exit.js'
import { onInterrupt } from '../interrupt.js'
import { openLesson } from '../lesson.js'
import { modelFrom } from '../model.js'
import { collect, filePath, number, share, whole } from '../options.js'
import { createOutput, type Output } from '../output.js'
import { trainingProgress } from '../progress.js'
import { settingsFrom, trainingOptions } from '../training-options.js'

export function defineTrain(program: Command, exit: (code: number) => void): void {
  trainingOptions(program.command('train').description('train a model on a text or a task'))
    .option(
      '--model <preset|file>',
      'a preset (seqlab models) or a .json configuration; with --init-from, by default the same model',
    )
    .option('--set <path=value>', 'change a setting of the model, for example layers=6 (repeatable)', collect, [])
    .option('--data <file>', 'a text file, or the name of a registered corpus', filePath)
    .option('--task <name>', 'a task instead of a text, NAME[:setting=value…] (seqlab tasks), or a file of your own')
    .requiredOption('--out <dir>', 'folder of the run', filePath)
    .option('--resume', 'continue the run in --out')
    .option(
      '--init-from <dir>',
      'start from the weights and with the tokenizer of another run, or of a folder in the layout of Hugging Face',
      filePath,
    )
    .option('--freeze <path>', 'keep a part of the parameters as it is (repeatable)', collect)
    .option('--solved-at <x>', 'end when this score on a task’s validation part is reached', number)
    .option('--patience <n>', 'stop after this many estimates without a better one', whole(1))
    .option('--carry', 'continue the state of the step before (the model’s own recipe)')
    .option('--no-carry', 'start every sequence anew')
    .option('--validation <x>', 'share of the text that validates', share, 0.1)
    .action(async (options, command: Command) => {
      const output = createOutput(options.json)
      const wanted = settingsFrom(options)
      const given = command.getOptionValueSource('tokenizer') === 'cli' ? options.tokenizer : undefined
      const lesson = await openLesson({ ...options, tokenizer: given }, wanted)
      const settings = lesson.context === undefined ? wanted : { ...wanted, context: lesson.context }
      if (lesson.context !== undefined && command.getOptionValueSource('context') === 'cli') {
        throw new UserError(
          `--context: the task has sequences of ${lesson.context} tokens, got ${wanted.context} – leave it out`,
        )
      }
      const model = await modelFrom(options.model ?? lesson.model, options.set, lesson.interface)
      const threads = options.threads ?? platform().cores
      const configuration = asJson({ model, settings, ...lesson.record, threads })
      const run = options.resume
        ? await resumeRun(options.out, configuration, { mayDiffer: ['threads', 'executor', 'data'] })
        : await createRun(options.out, configuration)
      const interrupt = onInterrupt(() =>
        output.warn('stopping after this step; everything is kept, --resume continues'),
      )
      try {
        const before = options.resume && (await finishedResult(run))
        if (before) return output.result({ ...before, event: 'done', run: options.out })
        warnOfThreads(run, output)
        if (lesson.tokenizer) await writeJson(run.files.tokenizer, lesson.tokenizer.toJSON())
        if (lesson.initial?.origin) await writeJson(run.files.origin, lesson.initial.origin)
        const executor = await onnxExecutor({ threads })
        const view = trainingProgress(output, options.model ?? 'model')
        try {
          const request = {
            run,
            model,
            settings,
            data: lesson.data,
            executor,
            initial: lesson.initial?.parameters,
            onEvent: view.update,
            signal: interrupt.signal,
          }
          const result = await train(request).finally(view.end)
          const summary = report(options.out, result)
          if (result.stopped === 'interrupted') exit(interruptedCode)
          else await writeJson(run.files.result, summary)
          output.result(summary)
        } finally {
          await executor.close()
        }
      } finally {
        interrupt.dispose()
        await run.release()
        await lesson.close()
      }
    })
}

function warnOfThreads({ differences }: WritableRun, output: Output): void {
  for (const { before, now } of differences.filter(({ setting }) => setting === 'threads')) {
    output.warn(
      `warning: the run had --threads ${before} and continues with ${now}; results will differ in the last digits`,
    )
  }
}

function report(
  run: string,
  { steps, params, trainLoss, validLoss, score, tokensPerSecond, resumedFrom, stopped }: TrainingResult,
) {
  return {
    event: stopped === 'interrupted' ? 'interrupted' : 'done',
    run,
    steps,
    params,
    trainLoss,
    validLoss,
    ...(score !== undefined && { score }),
    tokensPerSecond: Math.round(tokensPerSecond),
    peakRssMiB: Math.round((platform().memory()?.peakRss ?? 0) / 2 ** 20),
    resumedFrom,
    ...((stopped === 'early' || stopped === 'solved') && { stopped }),
  }
}
