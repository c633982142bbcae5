/** seqlab eval */
import type { Command } from 'commander'
import { openCorpus, resolveCorpus } from '../../data/index.js'
import { onnxExecutor } from '../../engine/index.js'
import { UserError } from '../../platform/errors.js'
import { carriesState, evaluator } from '../../training/index.js'
import { dataHome, tokensFolder } from '../home.js'
import { filePath, threadCount, whole } from '../options.js'
import { createOutput } from '../output.js'
import { loadRun } from '../runs.js'

export function defineEval(program: Command): void {
  program
    .command('eval')
    .description('the loss of a trained model on a text')
    .requiredOption('--run <dir>', 'folder of a training run', filePath)
    .requiredOption('--data <file>', 'a text file, or the name of a registered corpus', filePath)
    .option('--context <n>', 'tokens a window (as trained)', whole(1))
    .option('--batch <n>', 'windows at once', whole(1), 8)
    .option('--threads <n>', 'threads of the executor (all processors)', threadCount)
    .option('--json', 'print JSON lines only')
    .action(async (options) => {
      const output = createOutput(options.json)
      const { model, tokenizer, parameters, settings } = await loadRun(options.run)
      const { path } = await resolveCorpus({ home: dataHome(), nameOrPath: options.data })
      const corpus = await openCorpus(path, tokenizer, { cacheFolder: tokensFolder() })
      const executor = await onnxExecutor({ threads: options.threads })
      try {
        const store = executor.createStore()
        await store.write(
          Object.fromEntries(Object.entries(parameters).map(([name, value]) => [`parameters.${name}`, value])),
        )
        const context = options.context ?? settings.context
        if (options.context >= corpus.length) {
          throw new UserError(
            `--context: ${context} is longer than the data: ${path} has ${corpus.length} tokens – use ${corpus.length - 1} or less`,
          )
        }
        const evaluate = await evaluator(model, corpus, executor, store, {
          batch: options.batch,
          context,
          carry: carriesState(model, settings),
        })
        const { loss, tokens } = await evaluate()
        output.result({
          loss,
          perplexity: Math.exp(loss),
          bitsPerByte: (loss * tokens) / Math.LN2 / (corpus.bytes * (tokens / corpus.length)),
          tokens,
        })
      } finally {
        await executor.close()
        await corpus.close()
      }
    })
}
