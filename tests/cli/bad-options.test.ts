import { expect, it } from 'vitest'
import { seqlab, words, workplace } from './command.js'
import { type Case, expectRefusal, refused, train } from './refusals.js'

const counts = [
  'steps',
  'batch',
  'context',
  'warmup',
  'accumulate',
  'seed',
  'threads',
  'evaluate-every',
  'save-every',
  'patience',
]
const numbers = ['lr', 'weight-decay', 'clip', 'validation']
const wrongValues = [
  ...counts.flatMap((name) => ['-1', 'abc', '1.5'].map((value) => [name, value])),
  ...numbers.flatMap((name) => ['-1', 'abc', 'NaN', 'Infinity', '1e400', ''].map((value) => [name, value])),
  ...['steps', 'batch', 'context', 'accumulate', 'threads', 'save-every', 'lr', 'validation'].map((name) => [
    name,
    '0',
  ]),
  ...['steps', 'seed', 'warmup'].flatMap((name) => ['1e400', '1e300'].map((value) => [name, value])),
  ['validation', '1'],
  ['threads', '100000'],
  ['accumulate', '1000000000'],
]

refused(
  'an option of the wrong kind is refused with its name, its value and what it must be',
  wrongValues.map(([name, value]): Case => {
    const args = [...words('train --model gla --data text.txt --out run'), `--${name}`, value]
    return [`--${name} ${value}`, args, [`--${name}`, `'${value}'`, /Expected a .*number/]]
  }),
)

refused(
  'eval and generate refuse them alike',
  [
    ['eval', 'batch', '0'],
    ['eval', 'context', '-3'],
    ['generate', 'tokens', 'many'],
    ['generate', 'temperature', '-1'],
    ['generate', 'top-k', '1.5'],
    ['generate', 'threads', '0'],
  ].map(([command, name, value]): Case => {
    return [
      `${command} --${name} ${value}`,
      [command, '--run', 'run', `--${name}`, value],
      [`--${name}`, `'${value}'`, 'Expected a'],
    ]
  }),
)

refused('what the command line does not know is refused with what it knows', [
  ['an option', train('--step', '3'), ["'--step'", 'Did you mean --steps']],
  ['a command', ['trian'], ["'trian'", 'Did you mean train']],
  ['a stray word', train('more'), ['too many arguments']],
  ['a schedule', train('--schedule', 'cosin'), ['--schedule', "'cosin'", 'constant, cosine, linear, wsd']],
  ['an optimizer', train('--optimizer', 'adam'), ['--optimizer', "'adam'", 'adamw, sgd']],
  ['a tokenizer', train('--tokenizer', 'chars'), ['--tokenizer', '"chars"', 'byte, char, word or bpe:FILE']],
  ['a tokenizer without its file', train('--tokenizer', 'bpe'), ['--tokenizer bpe:tokenizer.json']],
  ['a part to freeze', train('--freeze', 'blocks.7'), ['--freeze', '"blocks.7"', 'blocks.0']],
])

refused('what cannot be together, or is missing, is refused', [
  ['an option given twice', train('--lr', '0.1', '--lr', '0.2'), ['--lr', 'twice']],
  ['--carry and --no-carry', train('--carry', '--no-carry'), ['carry', 'once']],
  [
    'the same model twice',
    words('compare --models gla,gla --data text.txt --out run'),
    ['--models', "'gla,gla'", 'different'],
  ],
  ['no model', words('compare --models , --data text.txt --out run'), ['--models', 'different names']],
  ['no --model', words('train --data text.txt --out run'), ['--model']],
  ['no --data', words('train --model gla --out run'), ['--data']],
  ['no --out', words('train --model gla --data text.txt'), ['--out']],
  [
    'an option without its value',
    words('train --model gla --data text.txt --out run --lr'),
    ['--lr', 'argument missing'],
  ],
  ['an empty --out', ['train', '--model', 'gla', '--data', 'text.txt', '--out', ''], ['--out', 'Expected a path']],
  ['an empty --data', ['train', '--model', 'gla', '--data', '', '--out', 'run'], ['--data', 'Expected a path']],
])

it('the process ends with exit code 2 and says the same', async () => {
  expectRefusal(
    await seqlab(train('--lr', 'fast'), { cwd: await workplace() }),
    '--lr',
    "'fast'",
    'Expected a number above 0',
  )
})

it('help and version are no errors', async () => {
  for (const args of [['--help'], ['--version'], ['train', '--help'], ['data', 'add', '--help']]) {
    const { code, stdout, stderr } = await seqlab(args)
    expect({ code, stderr, length: stdout.length > 5 }).toEqual({ code: 0, stderr: '', length: true })
  }
})
