/** The options that set how to train, shared by train and compare. */
import { type Command, Option } from 'commander'
import { parseWith } from '../models/index.js'
import { optimizers, schedules, type TrainingRunSettings, trainingSettings } from '../training/index.js'
import { above, atLeast, threadCount, whole } from './options.js'

export function trainingOptions(command: Command): Command {
  return command
    .option('--tokenizer <kind>', 'byte, char, word or bpe:FILE (a tokenizer.json)', 'char')
    .option('--steps <n>', 'optimizer steps', whole(1), 1000)
    .option('--batch <n>', 'sequences a step', whole(1), 12)
    .option('--context <n>', 'tokens a sequence', whole(1), 64)
    .option('--lr <x>', 'peak learning rate', above(0), 1e-3)
    .addOption(choice('--schedule <name>', 'how the rate changes', schedules).default('cosine'))
    .option('--warmup <n>', 'steps of linear warm-up (5 % of the steps)', whole(0))
    .addOption(choice('--optimizer <name>', 'how gradients become updates', optimizers).default('adamw'))
    .option('--weight-decay <x>', 'decay of matrices', atLeast(0), 0.1)
    .option('--clip <x>', 'largest norm of the gradient, 0 for none', atLeast(0), 1)
    .option('--accumulate <n>', 'batches added up in a step', whole(1, 65_536), 1)
    .option('--seed <n>', 'seed of weights, batches and dropout', whole(0), 1)
    .option('--threads <n>', 'threads of the executor (all processors)', threadCount)
    .option('--evaluate-every <n>', 'steps between estimates of the validation loss', whole(1))
    .option('--save-every <n>', 'steps between checkpoints', whole(1), 500)
    .option('--json', 'print JSON lines only')
}

const choice = (flags: string, description: string, table: object) =>
  new Option(flags, description).choices(Object.keys(table))

/** Settings of a training run from the options of {@link trainingOptions}. */
export function settingsFrom(options: Readonly<Record<string, unknown>>): TrainingRunSettings {
  const given = {
    steps: options.steps,
    batch: options.batch,
    context: options.context,
    rate: options.lr,
    schedule: options.schedule,
    warmup: options.warmup,
    optimizer: options.optimizer,
    weightDecay: options.weightDecay,
    clip: options.clip,
    accumulate: options.accumulate,
    seed: options.seed,
    evaluateEvery: options.evaluateEvery,
    saveEvery: options.saveEvery,
    patience: options.patience,
    solvedAt: options.solvedAt,
    carry: options.carry,
    frozen: options.freeze,
    validation: options.validation,
  }
  return parseWith(trainingSettings, given, 'train')
}
