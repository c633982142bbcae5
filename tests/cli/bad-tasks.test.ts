import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { main } from '#seqlab/cli/main.js'
import { tiny, words } from './command.js'
import { refused } from './refusals.js'

const small = tiny.filter((word, i) => word !== '--context' && tiny[i - 1] !== '--context')
const train = (...args: string[]) => [...words('train --model gla --steps 2 --out run'), ...small, ...args]
const on = (task: string, ...args: string[]) => train('--task', task, ...args)
const compare = (...args: string[]) => [...words('compare --models gla,lstm --out run --json --workers 1'), ...args]
const recall = 'mqar:length=16:pairs=2:vocabulary=32'

// The user who runs the tests may have registered corpora.
process.env.SEQLAB_HOME = '/nowhere'

refused('a task that cannot be is refused with what there is', [
  ['an unknown task', on('mqra'), ['"mqra"', 'mqar', 'parity']],
  ['one of the prototype', on('constructor'), ['"constructor"']],
  ['an unknown setting', on('mqar:pears=4'), ['task mqar', '"pears"', 'pairs']],
  ['a setting without its value', on('mqar:pairs'), ['task mqar', 'setting=value', '"pairs"']],
  ['a value out of range', on('mqar:pairs=0'), ['task mqar', 'pairs', 'got 0']],
  ['a value of the wrong kind', on('mqar:pairs=many'), ['task mqar', 'pairs', '"many"']],
  ['settings that do not fit each other', on('mqar:length=16:pairs=8'), ['pairs must be at most a quarter', 'got 8']],
  ['too few different examples', on('parity:length=3:minLength=3'), ['parity', 'more different examples']],
  ['a corpus that is missing', on('babi'), ['corpus babi', 'seqlab data add babi PATH']],
  ['an unknown task to show', words('task mqra'), ['"mqra"', 'mqar']],
  ['fewer samples than none', words('task mqar --sample -1'), ['--sample', "'-1'"]],
  ['a part that is none', words('task mqar --part dev'), ['--part', "'dev'", 'train, validation, test']],
])

refused('training on a task refuses what the task decides', [
  ['neither a text nor a task', train(), ['--data', '--task', 'neither']],
  ['both', on('mqar', '--data', 'text.txt'), ['--data', '--task', 'both']],
  ['a context', on(recall, '--context', '32'), ['--context', '16 tokens', 'got 32']],
  ['a tokenizer', on(recall, '--tokenizer', 'byte'), ['--tokenizer', 'tokens of its own', 'byte']],
  ['a probe', on('lambada'), ['lambada', 'nothing to learn from']],
  ['a smaller vocabulary', on(recall, '--set', 'input.vocabulary=8'), ['input.vocabulary', 'got 8']],
  ['another head', on(recall, '--set', 'head={"kind":"class","classes":3}'), ['head.kind']],
  [
    'fewer learned positions',
    on(recall, '--set', 'positions=learned', '--set', 'maxPositions=8'),
    ['maxPositions 8', '16'],
  ],
])

refused(
  'a file that holds no task is refused with its path',
  [
    ['no such file', on('missing.ts'), ['missing.ts', 'cannot be loaded']],
    ['a file that is no module', on('broken.mjs'), ['broken.mjs', 'cannot be loaded']],
    ['a module without a task', on('empty.mjs'), ['empty.mjs', 'one export made by defineTask']],
    ['another content', on('empty.mjs#12345678'), ['empty.mjs']],
    ['the same for compare', compare('--tasks', 'empty.mjs'), ['empty.mjs', 'one export made by defineTask']],
  ],
  async (cwd) => {
    await writeFile(join(cwd, 'broken.mjs'), 'export const = 3')
    await writeFile(join(cwd, 'empty.mjs'), 'export const three = 3')
  },
)

const evaluate = (...args: string[]) => words('eval --threads 1 --run').concat(args)

refused(
  'an evaluation that means nothing is refused',
  [
    ['another vocabulary', evaluate('task', '--task', 'mqar'), ['mqar', '8192', '32', 'a run on this task']],
    ['values for a model of tokens', evaluate('task', '--task', 'adding'), ['adding', 'vectors', 'tokens']],
    ['a text and a task', evaluate('task', '--task', recall, '--data', 'text.txt'), ['--data', '--task', 'both']],
    ['a text for a model of a task', evaluate('task', '--data', 'text.txt'), ['learned the task mqar', 'no text']],
    ['a text task for it', evaluate('task', '--task', 'tinyshakespeare'), ['learned the task mqar', 'no text']],
    ['neither, of a run on a text', evaluate('text'), ['--data', '--task']],
    ['a context', evaluate('task', '--context', '8'), ['--context', 'mqar', 'got 8']],
    ['a difficulty the task refuses', evaluate('task', '--difficulty', '4'), ['pairs', 'length 4']],
    ['a difficulty that is none', evaluate('task', '--difficulty', 'x'), ['--difficulty', "'x'"]],
    [
      'a difficulty of a text',
      evaluate('text', '--task', 'tinyshakespeare', '--difficulty', '64'),
      ['--difficulty', 'tinyshakespeare', '--context'],
    ],
    ['no examples', evaluate('task', '--examples', '0'), ['--examples', "'0'"]],
    ['a probe without its corpus', evaluate('text', '--task', 'blimp'), ['corpus blimp', 'data add blimp PATH']],
    ['positions that were never learned', evaluate('learned', '--difficulty', '32'), ['maxPositions', 'got 32']],
  ],
  async (cwd) => {
    const { cwd: before, chdir } = process
    const write = process.stdout.write
    const here = before.call(process)
    chdir(cwd)
    process.stdout.write = () => true
    try {
      const learned = words('--set positions=learned')
      for (const [out, args] of [
        ['task', ['--task', recall]],
        ['learned', ['--task', recall, ...learned]],
        ['text', words('--data text.txt --context 16')],
      ] as const)
        if ((await main([...words(`train --model lstm --steps 1 --out ${out}`), ...small, ...args])) !== 0)
          throw new Error(`no run for the cases: ${out}`)
    } finally {
      process.stdout.write = write
      chdir(here)
    }
  },
)

refused('a comparison that could not end is refused before it begins', [
  ['no material', compare(), ['--data', '--tasks', '--study', 'none']],
  ['two of them', compare('--tasks', recall, '--data', 'text.txt'), ['--data', '--tasks']],
  ['no models', words(`compare --tasks ${recall} --out run`), ['--models']],
  ['an unknown study', words('compare --study none --out run'), ['--study', "'none'"]],
  ['an unknown task', compare('--tasks', 'mqra'), ['"mqra"']],
  ['a probe', compare('--tasks', 'blimp'), ['blimp', 'nothing to learn from']],
  ['a missing corpus', compare('--tasks', 'babi'), ['data add babi PATH']],
  ['an unknown model, the second', words(`compare --models gla,gal --tasks ${recall} --out run`), ['"gal"']],
  ['a setting of one model', words(`compare --models gla:depth=3 --tasks ${recall} --out run`), ['"depth"']],
  ['a length of a task without one', compare('--tasks', 'sorting', '--lengths', '8,16'), ['sorting', '"length"']],
  ['a length out of range', compare('--tasks', 'mqar', '--lengths', '3'), ['mqar', 'length', '3']],
  ['sizes that are none', compare('--tasks', recall, '--sizes', 'large'), ['setting=value', '"large"', 'dim=64']],
  ['a size that is no number', compare('--tasks', recall, '--sizes', 'dim=wide'), ['sizes', '"wide"']],
  ['a size of nothing', compare('--tasks', recall, '--sizes', 'depth=3'), ['"depth"']],
  ['rates that are none', compare('--tasks', recall, '--rates', '0.1,-1'), ['rates', '-1']],
  ['seeds that are none', compare('--tasks', recall, '--seeds', '1.5'), ['seeds', '1.5']],
  ['two budgets', compare('--tasks', recall, '--flops', '1e9', '--seconds', '9'), ['--flops', '--seconds', 'both']],
  ['no budget', compare('--tasks', recall, '--flops', '0'), ['--flops', "'0'"]],
  ['a context the tasks have', compare('--tasks', recall, '--context', '32'), ['--context', '16 tokens', 'got 32']],
  ['a difficulty a task refuses', compare('--tasks', recall, '--difficulty', '4'), ['pairs', 'length 4']],
  ['a difficulty of a task without', compare('--tasks', 'babi', '--difficulty', '4'), ['babi']],
  ['a tokenizer', compare('--tasks', recall, '--tokenizer', 'byte'), ['--tokenizer', '--tasks', 'leave it out']],
  ['rates for a text', compare('--data', 'text.txt', '--rates', '0.1,0.2'), ['--rates', '--data', 'leave it out']],
  ['models for a known study', compare('--study', 'mqar'), ['--models', '--study', 'leave it out']],
  [
    'parameters that cannot be matched',
    words(`compare --models gla,lstm:channel=null --tasks ${recall} --out run`),
    ['lstm:channel=null', 'no channel mixer'],
  ],
])
