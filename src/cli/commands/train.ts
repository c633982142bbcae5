/** seqlab train */
import type { Command } from 'commander'
import { openSplit, parseTokenizer, resolveCorpus, type Tokenizer, tokenizerFromJSON } from '../../data/index.js'
import { onnxExecutor } from '../../engine/index.js'
import { UserError } from '../../platform/errors.js'
import { platform } from '../../platform/index.js'
import { asJson, canonicalJson, readJson, writeJson } from '../../training/canonical-json.js'
import {
  createRun,
  latestCheckpoint,
  resumeRun,
  type TrainingResult,
  train,
  type WritableRun,
} from '../../training/index.js'
import { interruptedCode } from '../exit.js'
import { dataHome, tokensFolder } from '../home.js'
import { onInterrupt } from '../interrupt.js'
import { modelFrom } from '../model.js'
import { collect, filePath, share, whole } from '../options.js'
import { createOutput, type Output } from '../output.js'
import { trainingProgress } from '../progress.js'
import { finishedResult, type LoadedRun, loadRun } from '../runs.js'
import { settingsFrom, trainingOptions } from '../training-options.js'

export function defineTrain(program: Command, exit: (code: number) => void): void {
  trainingOptions(program.command('train').description('train a model on a text'))
    .requiredOption('--model <preset|file>', 'a preset (seqlab models) or a .json configuration')
    .option('--set <path=value>', 'change a setting of the model, for example layers=6 (repeatable)', collect, [])
    .requiredOption('--data <file>', 'a text file, or the name of a registered corpus', filePath)
    .requiredOption('--out <dir>', 'folder of the run', filePath)
    .option('--resume', 'continue the run in --out')
    .option('--init-from <dir>', 'start from the weights of another run, with its tokenizer', filePath)
    .option('--freeze <path>', 'keep a part of the parameters as it is (repeatable)', collect)
    .option('--patience <n>', 'stop after this many estimates without a better one', whole(1))
    .option('--carry', 'continue the state of the step before (the model’s own recipe)')
    .option('--no-carry', 'start every sequence anew')
    .option('--validation <x>', 'share of the text that validates', share, 0.1)
    .action(async (options, command: Command) => {
      const output = createOutput(options.json)
      const settings = settingsFrom(options)
      const { path } = await resolveCorpus({ home: dataHome(), nameOrPath: options.data })
      const given = command.getOptionValueSource('tokenizer') === 'cli' ? options.tokenizer : undefined
      const isUnderWay = options.resume && (await latestCheckpoint(options.out)) !== undefined
      const initial = options.initFrom && !isUnderWay ? await loadRun(options.initFrom) : undefined
      const tokenizer = isUnderWay
        ? await ownTokenizer(options.out)
        : await startingTokenizer(given, options.tokenizer, path, initial)
      const model = await modelFrom(options.model, options.set, tokenizer)
      const threads = options.threads ?? platform().cores
      const configuration = asJson({
        model,
        settings,
        data: path,
        dataSha256: await platform().sha256(platform().files.stream(path)),
        tokenizer: options.initFrom ? (given ?? null) : options.tokenizer,
        initFrom: options.initFrom ?? null,
        threads,
      })
      const data = await openSplit(path, tokenizer, { validation: settings.validation, cacheFolder: tokensFolder() })
      const run = options.resume
        ? await resumeRun(options.out, configuration, { mayDiffer: ['threads', 'data'] })
        : await createRun(options.out, configuration)
      const interrupt = onInterrupt(() =>
        output.warn('stopping after this step; everything is kept, --resume continues'),
      )
      try {
        const before = options.resume && (await finishedResult(run))
        if (before) return output.result({ ...before, event: 'done', run: options.out })
        warnOfThreads(run, output)
        await writeJson(run.files.tokenizer, tokenizer.toJSON())
        const executor = await onnxExecutor({ threads })
        const view = trainingProgress(output, options.model)
        try {
          const request = {
            run,
            model,
            settings,
            data,
            executor,
            initial: initial?.parameters,
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
        await data.close()
      }
    })
}

const ownTokenizer = async (run: string) =>
  tokenizerFromJSON(await readJson(platform().files.join(run, 'tokenizer.json')))

/** What text becomes tokens with: that of the run to start from, whose weights mean its tokens, or else the one chosen. */
async function startingTokenizer(
  given: string | undefined,
  choice: string,
  corpus: string,
  initial: LoadedRun | undefined,
): Promise<Tokenizer> {
  if (!initial) return parseTokenizer(choice, corpus)
  if (
    given === undefined ||
    canonicalJson((await parseTokenizer(given, corpus)).toJSON()) === canonicalJson(initial.tokenizer.toJSON())
  )
    return initial.tokenizer
  throw new UserError(
    `--tokenizer: "${given}" gives other tokens than ${initial.run.path} was trained with – leave it out to keep those`,
  )
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
  { steps, params, trainLoss, validLoss, tokensPerSecond, resumedFrom, stopped }: TrainingResult,
) {
  return {
    event: stopped === 'interrupted' ? 'interrupted' : 'done',
    run,
    steps,
    params,
    trainLoss,
    validLoss,
    tokensPerSecond: Math.round(tokensPerSecond),
    peakRssMiB: Math.round((platform().memory()?.peakRss ?? 0) / 2 ** 20),
    resumedFrom,
    ...(stopped === 'early' && { stopped }),
  }
}
