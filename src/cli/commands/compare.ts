/** seqlab compare */
import { type Command, Option } from 'commander'
import { studyPresets } from '../../evaluation/study/presets.js'
import { UserError } from '../../platform/errors.js'
import { above, collect, filePath, list, number, numbers, whole } from '../options.js'
import { createOutput } from '../output.js'
import { compareOnTasks } from '../study.js'
import { planFrom } from '../study-plan.js'
import { compareOnText } from '../text-comparison.js'
import { trainingOptions } from '../training-options.js'

export function defineCompare(program: Command, exit: (code: number) => void): void {
  trainingOptions(
    program.command('compare').description('train models side by side on equal footing, and report what differs'),
  )
    .option('--models <a,b,…>', 'presets, NAME[:setting=value…], or .json configurations on a text', list)
    .option('--set <path=value>', 'change a setting of every model (repeatable)', collect, [])
    .option('--data <file>', 'compare on a text: a file, or the name of a registered corpus', filePath)
    .option('--tasks <a,b,…>', 'compare on tasks instead, NAME[:setting=value…]', list)
    .addOption(new Option('--study <name>', 'a known study at a small scale').choices(Object.keys(studyPresets)))
    .option(
      '--sizes <a,b,…>',
      'sizes of every model, setting=value[:setting=value…], for example dim=64:layers=2',
      list,
    )
    .option('--lengths <a,b,…>', 'values of the setting length of every task', numbers)
    .option('--rates <a,b,…>', 'learning rates that every model is tried at, instead of --lr', numbers)
    .option('--search-seeds <a,b,…>', 'seeds of the trials', numbers, [1])
    .option('--seeds <a,b,…>', 'seeds of the result', numbers, [1, 2, 3])
    .option('--no-match', 'leave the parameters as they are, instead of equal by the channel mixer’s width')
    .option('--flops <x>', 'training FLOPs of every run, instead of --steps', above(0))
    .option('--seconds <x>', 'seconds of training of every run, instead of --steps', above(0))
    .option('--solved-at <x>', 'end a run at this score on the validation part', number)
    .option('--difficulty <a,b,…>', 'values of the tasks’ difficulty to test at as well', numbers, [])
    .option('--examples <n>', 'test examples', whole(1), 1000)
    .option('--decode <n>', 'tokens to generate for the cost of generation', whole(0), 0)
    .option('--workers <n>', 'runs at a time, on --threads each', whole(1, 1024))
    .requiredOption('--out <dir>', 'folder of the comparison; finished runs in it are kept', filePath)
    .action(async (options, command: Command) => {
      const output = createOutput(options.json)
      const line = `npx seqlab compare ${commandLine(command, options)}`
      const given = ['data', 'tasks', 'study'].filter((name) => options[name] !== undefined)
      if (given.length !== 1) {
        const got = given.map((name) => `--${name}`).join(' and ') || 'none of them'
        throw new UserError(
          `compare: give one of --data, --tasks and --study, got ${got} – seqlab tasks lists the tasks`,
        )
      }
      if (options.study === undefined && options.models === undefined)
        throw new UserError('compare: --models is missing – name presets, for example --models transformer,gla')
      refuseUnheard(command, given[0] as keyof typeof unheard)
      const code =
        options.data === undefined
          ? await compareOnTasks(await planFrom(options, command), options, line, output)
          : await compareOnText(options, line, output)
      if (code !== 0) exit(code)
    })
}

const ofTraining = [
  ...['models', 'set', 'steps', 'batch', 'context', 'lr', 'schedule', 'warmup', 'optimizer', 'weightDecay', 'clip'],
  ...['accumulate', 'evaluateEvery', 'saveEvery'],
]
const ofText = ['tokenizer', 'seed']
const ofTasks = [
  ...['sizes', 'lengths', 'rates', 'searchSeeds', 'seeds', 'match', 'flops', 'seconds', 'solvedAt', 'difficulty'],
  ...['examples', 'decode'],
]
/** What each kind of comparison has no use for. */
const unheard = { data: [...ofTasks, 'workers'], tasks: ofText, study: [...ofTraining, ...ofText, ...ofTasks] }

function refuseUnheard(command: Command, kind: keyof typeof unheard): void {
  const given = command.options.filter((option) => command.getOptionValueSource(option.attributeName()) === 'cli')
  const wrong = given.find((option) => unheard[kind].includes(option.attributeName()))
  if (wrong) throw new UserError(`compare: ${wrong.long} says nothing to a comparison by --${kind} – leave it out`)
}

/** The options that were given, as they would be typed. */
function commandLine(command: Command, options: Record<string, unknown>): string {
  return command.options
    .filter((option) => command.getOptionValueSource(option.attributeName()) === 'cli')
    .flatMap((option) => {
      const value = options[option.attributeName()]
      if (option.isBoolean() || option.negate) return [option.long]
      if (option.parseArg === collect) return [value].flat().flatMap((item) => [option.long, `${item}`])
      return [option.long, [value].flat().join(',')]
    })
    .map((word) => (/[\s[\]*?$'"]/.test(`${word}`) ? `'${word}'` : word))
    .join(' ')
}
