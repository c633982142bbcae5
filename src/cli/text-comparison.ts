/** Comparing models on one text, with equal parameters and tokens. */
import { basename } from 'node:path'
import { openSplit, parseTokenizer, resolveCorpus } from '../data/index.js'
import { onnxExecutor } from '../engine/index.js'
import { compare, comparedPosition, type ModelResult, writeReport } from '../evaluation/index.js'
import { platform } from '../platform/index.js'
import { interruptedCode } from './exit.js'
import { dataHome, tokensFolder } from './home.js'
import { onInterrupt } from './interrupt.js'
import { thisMachine } from './jobs.js'
import { modelFrom, tokensOf } from './model.js'
import type { Output } from './output.js'
import { type ProgressView, trainingProgress } from './progress.js'
import { table } from './table.js'
import { settingsFrom } from './training-options.js'
import { packageVersion } from './version.js'

export interface TextComparison {
  readonly models: readonly string[]
  readonly set: readonly string[]
  readonly data: string
  readonly tokenizer: string
  readonly out: string
  readonly threads?: number
}

/** `command`: the command line that repeats it. Resolves to the exit code. */
export async function compareOnText(options: TextComparison, command: string, output: Output): Promise<number> {
  const settings = settingsFrom({ ...options })
  const { path } = await resolveCorpus({ home: dataHome(), nameOrPath: options.data })
  const tokenizer = await parseTokenizer(options.tokenizer, path)
  const contestants = await Promise.all(
    options.models.map(async (name: string) => ({
      name,
      config: await modelFrom(name, options.set, tokensOf(tokenizer)),
    })),
  )
  const data = await openSplit(path, tokenizer, { validation: settings.validation, cacheFolder: tokensFolder() })
  const threads = options.threads ?? platform().cores
  const interrupt = onInterrupt(() =>
    output.warn('stopping after this step; everything is kept – the same command continues'),
  )
  let view: ProgressView | undefined
  try {
    const models = await compare({
      contestants,
      settings,
      data,
      dataPath: path,
      tokenizer,
      directory: options.out,
      threads,
      signal: interrupt.signal,
      makeExecutor: ({ worker }) => onnxExecutor({ threads, worker }),
      onStart(name, _, params) {
        output.line(`${name}: ${params} parameters`)
        view = trainingProgress(output, name)
      },
      onEvent: (_, event) => view?.update(event),
      onEnd(_, result) {
        view?.end()
        output.event({ event: 'model', ...summary(result) })
      },
    })
    if (interrupt.signal.aborted) return interruptedCode
    const report = {
      title: `${options.models.join(', ')} on ${basename(path)}`,
      command,
      version: packageVersion(),
      machine: { ...thisMachine(), threads },
      data: {
        name: basename(path),
        tokenizer: tokenizer.kind,
        trainTokens: data.train.length,
        validTokens: data.validation.length,
      },
      settings,
      models,
    }
    const { html, json } = await writeReport(options.out, report)
    present(output.line, models)
    output.result({ event: 'done', report: html, data: json, models: models.map(summary) })
    return 0
  } finally {
    interrupt.dispose()
    await data.close()
  }
}

function summary({
  model,
  params,
  validLoss,
  bitsPerByte,
  tokensPerSecond,
  microsecondsPerToken,
  stateBytes,
}: ModelResult) {
  return { model, params, validLoss, bitsPerByte, tokensPerSecond, microsecondsPerToken, stateBytes }
}

function present(line: (text: string) => void, models: readonly ModelResult[]): void {
  const header = [
    'model',
    'parameters',
    'validation loss',
    'bits per byte',
    'tokens/s',
    `µs a token at ${comparedPosition}`,
    'state bytes',
  ]
  const rows = models.map((m) => [
    m.model,
    `${m.params}`,
    m.validLoss.toFixed(3),
    m.bitsPerByte.toFixed(3),
    `${m.tokensPerSecond}`,
    m.microsecondsPerToken.toFixed(0),
    `${m.stateBytes}`,
  ])
  line('')
  for (const row of table(header, rows)) line(row)
  for (const { model, sample } of models)
    line(`\n── ${model} ${'─'.repeat(Math.max(0, 60 - model.length))}\n${sample.trim()}`)
  line('')
}
