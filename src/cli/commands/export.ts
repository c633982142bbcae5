/** seqlab export */
import { basename, join } from 'node:path'
import { type Command, Option } from 'commander'
import { writeCheckpoint } from '../../checkpoints/index.js'
import type { Tokenizer } from '../../data/index.js'
import { exportOnnx } from '../../inference/index.js'
import { platform } from '../../platform/index.js'
import { finishedResult, type LoadedRun, loadTextRun } from '../../training/index.js'
import { filePath, whole } from '../options.js'
import { createOutput } from '../output.js'

export function defineExport(program: Command): void {
  program
    .command('export')
    .description('write a trained model in a format that others read')
    .requiredOption('--run <dir>', 'folder of a training run', filePath)
    .addOption(new Option('--format <name>', 'the format').choices(['onnx', 'hf']).default('onnx'))
    .option('--out <dir>', 'where to write (a folder "export" in the run)', filePath)
    .option('--batch <n>', 'rows of the exported models', whole(1), 1)
    .option('--context <n>', 'tokens of the whole-sequence model (as trained)', whole(1))
    .option('--capacity <n>', 'tokens that caches of the step model have room for', whole(1))
    .option('--json', 'print JSON lines only')
    .action(async (options) => {
      const output = createOutput(options.json)
      const loaded = await loadTextRun(options.run)
      const { model, tokenizer, parameters, settings, origin } = loaded
      const folder = options.out ?? join(options.run, 'export')
      if (options.format === 'hf') {
        const card = await runCard(loaded, options.run)
        const { context } = settings
        const { files, architecture } = await writeCheckpoint(folder, { model, parameters, context, card, origin })
        const written = [...files, ...(await writeTokenizer(folder, tokenizer))]
        for (const file of written) output.line(file)
        output.event({ event: 'done', architecture, files: written })
        return
      }
      const { files } = await exportOnnx(folder, {
        model,
        parameters,
        tokenizer: tokenizer.toJSON(),
        batch: options.batch,
        context: options.context ?? settings.context,
        capacity: options.capacity,
      })
      for (const file of files) output.line(file)
      output.event({ event: 'done', files })
    })
}

/** Other software reads tokenizers that are a tokenizer.json. */
async function writeTokenizer(folder: string, tokenizer: Tokenizer): Promise<string[]> {
  if (tokenizer.kind !== 'bpe') return []
  const path = join(folder, 'tokenizer.json')
  await platform().files.writeAtomic(path, JSON.stringify((tokenizer.toJSON() as { tokenizer: object }).tokenizer))
  return [path]
}

/** What a model card says of the run: how it was trained, what came out, and the command that wrote the folder. */
async function runCard({ run, settings }: LoadedRun, path: string): Promise<string> {
  const result = (await finishedResult(run)) ?? {}
  const row = ([name, value]: [string, unknown]) => `| ${name} | ${JSON.stringify(value)} |`
  const figures = ['steps', 'params', 'trainLoss', 'validLoss', 'tokensPerSecond'].filter((name) => name in result)
  return [
    '## Training',
    '',
    '| Setting | Value |',
    '| --- | --- |',
    ...Object.entries(settings).map(row),
    ...(figures.length > 0 ? ['', '## Figures of the run', '', '| Figure | Value |', '| --- | --- |'] : []),
    ...figures.map((name) => row([name, result[name]])),
    '',
    'Losses are nats a token. Written by:',
    '',
    '```sh',
    `npx seqlab export --run ${basename(path)} --format hf`,
    '```',
    '',
  ].join('\n')
}
