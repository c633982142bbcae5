/** seqlab generate */
import { type Command, Option } from 'commander'
import { onnxExecutor } from '../../engine/index.js'
import { collectStatistics, createDecoder, generate, weightForms } from '../../inference/index.js'
import { above, atLeast, collect, threadCount, whole } from '../options.js'
import { createOutput } from '../output.js'
import { openSource, sourceOptions } from '../text-model.js'

export function defineGenerate(program: Command): void {
  sourceOptions(program.command('generate').description('continue a text with a model'))
    .option('--prompt <text>', 'the text to continue', '\n')
    .option('--tokens <n>', 'tokens to generate at most', whole(1), 256)
    .option('--temperature <x>', 'above 1 bolder, 0 always the most likely', atLeast(0), 1)
    .option('--top-k <n>', 'choose among this many tokens', whole(1))
    .option('--top-p <x>', 'choose among the tokens that together are this probable', above(0), 1)
    .option('--repetition-penalty <x>', 'above 1, tokens that came up become less likely', above(0), 1)
    .option('--stop <text>', 'end before this text (repeatable)', collect, [])
    .option('--seed <n>', 'the same seed gives the same text', whole(0), 0)
    .addOption(
      new Option('--weights <form>', 'what matrices are kept in: int4 takes a sixth of the memory')
        .choices(weightForms)
        .default('f32'),
    )
    .option('--threads <n>', 'threads of the executor', threadCount, 1)
    .option('--json', 'print JSON lines only')
    .action(async (options) => {
      const output = createOutput(options.json)
      const opened = await openSource(options, 'generate')
      const { model, tokenizer, parameters } = opened
      // One token is too little work to share between threads or to send to another one.
      const executor = await onnxExecutor({ threads: options.threads, worker: false })
      try {
        const decoder = await createDecoder(model, parameters, { executor, weights: options.weights })
        const statistics = collectStatistics(decoder)
        const { tokens, temperature, topK, topP, repetitionPenalty, stop, seed } = options
        let text = ''
        for await (const piece of generate(
          decoder,
          tokenizer,
          options.prompt,
          {
            ...{ tokens, temperature, topK, topP, repetitionPenalty, stop, seed },
            begin: [...opened.begin],
            ends: [...opened.ends],
          },
          statistics.listener,
        )) {
          // Not before: a prompt may be refused.
          output.write(text === '' ? options.prompt + piece : piece)
          text += piece
        }
        output.line('')
        output.event({ event: 'done', text, ...statistics.summary() })
      } finally {
        await executor.close()
        await opened.close()
      }
    })
}
