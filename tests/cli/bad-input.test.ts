import { chmod, mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { json, type Outcome, seqlab, tiny, words, workplace } from './command.js'

/** What every refusal is: exit code 2, nothing on stdout, 1 to 4 lines on stderr without a stack trace. */
function expectRefusal({ code, stdout, stderr }: Outcome, ...said: (string | RegExp)[]): void {
  expect(stderr).toMatch(/^seqlab: [^\n]+\n([^\n]+\n){0,3}$/)
  expect(stderr).not.toMatch(/^\s+at |Error:|node:internal|\.js:\d/m)
  for (const part of said) expect(stderr).toMatch(part)
  expect(stdout).toBe('')
  expect(code).toBe(2)
}

const train = (...args: string[]) => [...words('train --model gla --data text.txt --steps 4 --out run'), ...tiny, ...args]

describe.concurrent('an option of the wrong kind is refused with its name, its value and what it must be', () => {
  const whole = ['steps', 'batch', 'context', 'warmup', 'accumulate', 'seed', 'threads', 'evaluate-every', 'save-every', 'patience']
  const numbers = ['lr', 'weight-decay', 'clip', 'validation']
  const without = (name: string) => words(`train --model gla --data text.txt --out run${name === 'threads' ? '' : ' --threads 1'}`)
  const wrong = [
    ...whole.flatMap((name) => [[name, '-1'], [name, 'abc'], [name, '1.5']]),
    ...numbers.flatMap((name) => [[name, '-1'], [name, 'abc']]),
    ...['lr', 'clip'].flatMap((name) => ['NaN', 'Infinity', '1e400', ''].map((value) => [name, value])),
    ...['steps', 'batch', 'context', 'lr', 'accumulate', 'threads', 'validation', 'save-every'].map((name) => [name, '0']),
    ...['steps', 'seed'].map((name) => [name, '1e400']),
    ['steps', '1e300'],
    ['validation', '1'],
    ['threads', '100000'],
    ['accumulate', '1000000000'],
  ]
  it.each(wrong)('--%s %s', async (name, value) => {
    const cwd = await workplace()
    const outcome = await seqlab([...without(name), `--${name}`, value], { cwd })
    expectRefusal(outcome, `--${name}`, `'${value}'`, /Expected a .*number/)
    expect(await readdir(cwd)).toEqual(['text.txt'])
  })
})

describe.concurrent('a name that nothing has is refused with those there are', () => {
  const cases: [string, string[], string[]][] = [
    ['preset', words('train --model gal --data text.txt --out run'), ['"gal"', 'transformer-xl, gla']],
    ['preset of the prototype', words('train --model constructor --data text.txt --out run'), ['"constructor"', 'transformer-xl, gla']],
    ['schedule', train('--schedule', 'cosin'), ['--schedule', "'cosin'", 'constant, cosine, linear, wsd']],
    ['optimizer', train('--optimizer', 'adam'), ['--optimizer', "'adam'", 'adamw, sgd']],
    ['tokenizer', train('--tokenizer', 'chars'), ['--tokenizer', '"chars"', 'byte, char, word or bpe:FILE']],
    ['tokenizer file', train('--tokenizer', 'bpe:missing.json'), ['missing.json', 'no such file']],
    ['tokenizer without file', train('--tokenizer', 'bpe'), ['--tokenizer bpe:tokenizer.json']],
    ['option', train('--step', '3'), ["'--step'", 'Did you mean --steps']],
    ['command', ['trian'], ["'trian'", 'Did you mean train']],
    ['setting', train('--set', 'depth=3'), ['"depth"', 'layers']],
    ['setting of the prototype', train('--set', '__proto__.x=1'), ['__proto__']],
    ['setting of a mixer', train('--set', 'mixers.0.chunks=64'), ['model.mixers.0', '"chunks"', 'chunk']],
    ['mixer', train('--set', 'mixers.0.id=attention'), ['"attention"', 'softmax, transformer-xl']],
    ['frozen part', train('--freeze', 'blocks.7'), ['--freeze', '"blocks.7"', 'blocks.0']],
  ]
  it.each(cases)('%s', async (_, args, said) => {
    expectRefusal(await seqlab(args, { cwd: await workplace() }), ...said)
  })
})

describe.concurrent('a model that cannot be is refused with the setting, its value and what it must be', () => {
  const cases: [string, string[], (string | RegExp)[]][] = [
    ['text for a number', ['layers=abc'], ['model.layers', 'a number', '"abc"', 'default is 4']],
    ['a fraction for a count', ['layers=1.5'], ['model.layers', 'a whole number', '1.5']],
    ['a negative count', ['dim=-8'], ['model.dim', 'above 0', '-8']],
    ['zero', ['heads=0'], ['model.heads', 'above 0', 'got 0']],
    ['infinity', ['dim=1e400'], ['model.dim', 'a number', 'Infinity']],
    ['absurdly many layers', ['layers=1000000000'], ['model.layers', 'at most 10000', '1000000000']],
    ['absurd width', ['dim=1000000000'], ['model.dim', 'at most 65536', '1000000000']],
    ['more than the machine holds', ['dim=65536', 'layers=10000'], ['needs at least', /TiB/, 'smaller']],
    ['a width its heads do not divide', ['heads=3'], ['heads must divide dim 16', 'got 3', '1, 2, 4, 8, 16']],
    ['a chunk that is no power of two', ['mixers.0.chunk=48'], ['model.mixers.0.chunk', 'power of two', '48', 'default is 64']],
    ['a choice that is none', ['norm=batch'], ['model.norm', 'layer, rms, none', '"batch"']],
    ['a number for a list', ['mixers=3'], ['model.mixers', 'a list', '3']],
    ['an empty list', ['mixers=[]'], ['model.mixers', 'at least 1']],
    ['a hole in a list', ['mixers.4294967290.id=gla'], ['"mixers" is a list of 1']],
    ['a part of a number', ['layers.x=3', 'dim.y=4'], ['layers', 'object']],
    ['a part of what is a number by now', ['layers=3', 'layers.x=3'], ['"layers" is 3']],
    ['no value', ['layers'], ['path=value', '"layers"']],
    ['dropout of everything', ['dropout=1'], ['model.dropout', 'below 1', 'got 1']],
    ['a vocabulary smaller than the tokenizer', ['input.vocabulary=3'], ['input.vocabulary', 'got 3']],
    ['another head', ['head={"kind":"class","classes":3}'], ['head.kind', '"class"']],
    ['vectors for input', ['input={"kind":"vectors","width":3}'], ['token head', 'vectors']],
    ['fewer positions than the context', ['positions=learned', 'maxPositions=8'], ['--context', '8', '16', '--set maxPositions=16']],
  ]
  it.each(cases)('%s', async (_, settings, said) => {
    const cwd = await workplace()
    const outcome = await seqlab([...train(), ...settings.flatMap((setting) => ['--set', setting])], { cwd })
    expectRefusal(outcome, ...said)
    expect(await readdir(cwd)).not.toContain('run/config.json')
  })

  it.each([
    ['carried state that grows', ['--model', 'transformer', '--carry'], ['--carry', 'softmax', '--no-carry']],
    ['carried state with learned positions', ['--model', 'gla', '--carry', '--set', 'positions=learned'], ['--carry', 'positions', '--no-carry']],
    ['nothing left to train', ['--model', 'gla', '--freeze', 'input', '--freeze', 'blocks', '--freeze', 'norm'], ['--freeze', 'nothing is left']],
    ['both --carry and --no-carry', ['--model', 'gla', '--carry', '--no-carry'], ['carry', 'once']],
    ['an option given twice', ['--model', 'gla', '--lr', '0.1', '--lr', '0.2'], ['--lr', 'twice']],
    ['a missing option', [], ['--model']],
    ['a stray word', ['--model', 'gla', 'more'], ['too many arguments']],
    ['an empty folder name', ['--model', 'gla', '--out', ''], ['--out']],
    ['a batch that no machine holds', ['--model', 'gla', '--batch', '1000000000'], ['batch 1000000000', 'needs at least', 'smaller']],
  ])('%s', async (name, args, said) => {
    const cwd = await workplace()
    const rest = words('train --data text.txt --set layers=1 --set dim=16 --set heads=2 --context 16 --threads 1')
    const size = name.includes('batch') ? [] : ['--batch', '4']
    const out = args.includes('--out') ? [] : ['--out', 'run']
    expectRefusal(await seqlab([...rest, ...size, ...out, ...args], { cwd }), ...said)
    expect((await readdir(cwd, { recursive: true })).filter((path) => !['text.txt', 'run'].includes(path))).toEqual([])
  })
})

describe.concurrent('data that cannot be trained on is refused with its path', () => {
  const cases: [string, (cwd: string) => Promise<unknown>, string[], (string | RegExp)[]][] = [
    ['a missing file', async () => {}, ['missing.txt'], ['"missing.txt"', 'data add']],
    ['an empty file', (cwd) => writeFile(join(cwd, 'empty.txt'), ''), ['empty.txt'], ['empty.txt', 'is empty']],
    ['a folder', (cwd) => mkdir(join(cwd, 'folder')), ['folder'], ['folder', 'is a folder']],
    ['a folder as bytes', (cwd) => mkdir(join(cwd, 'folder')), ['folder', '--tokenizer', 'byte'], ['folder', 'is a folder']],
    ['a binary file', (cwd) => writeFile(join(cwd, 'binary'), Uint8Array.of(65, 66, 0xff, 0)), ['binary'], ['binary', 'offset 2', '0xff', '--tokenizer byte']],
    ['a binary file for words', (cwd) => writeFile(join(cwd, 'binary'), Uint8Array.of(65, 0xc0)), ['binary', '--tokenizer', 'word'], ['binary', '--tokenizer byte']],
    ['white space for words', (cwd) => writeFile(join(cwd, 'white'), ' '.repeat(500)), ['white', '--tokenizer', 'word'], ['white', 'white space']],
    ['a single byte', (cwd) => writeFile(join(cwd, 'a.txt'), 'a'), ['a.txt'], ['a.txt', 'too few']],
    ['a text shorter than the context', (cwd) => writeFile(join(cwd, 'short.txt'), 'to be or not'), ['short.txt'], ['context: 16', 'short.txt', 'use a context of']],
    ['a text without validation part', (cwd) => writeFile(join(cwd, 'short.txt'), 'to be or not to be '), ['short.txt', '--validation', '0.01'], ['short.txt', 'validation']],
    ['a tokenizer file that is none', (cwd) => writeFile(join(cwd, 'none.json'), '{}'), ['text.txt', '--tokenizer', 'bpe:none.json'], ['none.json', 'tokenizer.json']],
  ]
  it.each(cases)('%s', async (_, make, data, said) => {
    const cwd = await workplace()
    await make(cwd)
    const before = await readdir(cwd)
    const outcome = await seqlab([...words('train --model gla --steps 4 --out run'), ...tiny, '--data', ...data], { cwd })
    expectRefusal(outcome, ...said)
    expect((await readdir(cwd)).filter((name) => name !== 'run')).toEqual(before)
  })

  it('a context longer than the data', async () => {
    const cwd = await workplace()
    const args = words('train --model gla --steps 4 --out run --data text.txt --context 100000 --set layers=1 --set dim=16 --set heads=2')
    expectRefusal(await seqlab(args, { cwd }), 'context: 100000', '17999 or less')
  })
})

describe.concurrent('a configuration file that is none is refused with its path', () => {
  const cases: [string, string, (string | RegExp)[]][] = [
    ['no JSON', '{"layers": 2,}', ['model.json', 'cannot be read as JSON']],
    ['a list', '[]', ['model.json', '[]', 'JSON object']],
    ['no mixers', '{"layers": 2}', ['model.mixers', 'a list', 'nothing']],
    ['a wrong type', '{"mixers": [{"id": "gla"}], "layers": "2"}', ['model.layers', '"2"']],
    ['an unknown key', '{"mixers": [{"id": "gla"}], "depth": 2}', ['"depth"', 'layers']],
  ]
  it.each(cases)('%s', async (_, text, said) => {
    const cwd = await workplace()
    await writeFile(join(cwd, 'model.json'), text)
    expectRefusal(await seqlab(words('train --model model.json --data text.txt --steps 4 --out run'), { cwd }), ...said)
  })

  it('a missing one', async () => {
    expectRefusal(await seqlab(words('train --model none.json --data text.txt --out run'), { cwd: await workplace() }), 'none.json')
  })
})

describe.concurrent('an --out that is not free is refused and left as it is', () => {
  it('a file', async () => {
    const cwd = await workplace()
    expectRefusal(await seqlab([...train(), '--resume'].map((word) => (word === 'run' ? 'text.txt' : word)), { cwd }), 'text.txt', 'choose another')
    expect((await readFile(join(cwd, 'text.txt'))).length).toBe(20_000)
  })

  it('a folder inside a file', async () => {
    const cwd = await workplace()
    const args = train().map((word) => (word === 'run' ? 'text.txt/run' : word))
    expectRefusal(await seqlab(args, { cwd }), 'text.txt/run', 'is a file')
  })

  it.each([[[]], [['--resume']]])('a folder of something else %j', async (more) => {
    const cwd = await workplace()
    await mkdir(join(cwd, 'run'))
    await writeFile(join(cwd, 'run', 'notes.txt'), 'mine')
    expectRefusal(await seqlab(train(...more), { cwd }), 'run: not empty and not a run')
    expect(await readdir(join(cwd, 'run'))).toEqual(['notes.txt'])
  })

  it.runIf(process.getuid?.() !== 0)('a folder that may not be written', async () => {
    const cwd = await workplace()
    await mkdir(join(cwd, 'run'))
    await chmod(join(cwd, 'run'), 0o500)
    expectRefusal(await seqlab(train(), { cwd }), 'run', 'permission')
  })
})

describe('a run that is not what it should be', () => {
  let finished: string
  beforeAll(async () => {
    finished = await workplaceWithRun()
  })

  it('is refused by train with other settings, which are named, and left as it is', async () => {
    const before = await readFile(join(finished, 'run/config.json'))
    const args = train('--resume').map((word) => (word === '4' ? '5' : word))
    expectRefusal(await seqlab(args, { cwd: finished }), 'settings.steps', 'settings.batch')
    expectRefusal(await seqlab(train(), { cwd: finished }), 'already holds a run', '--resume')
    expect((await readFile(join(finished, 'run/config.json'))).equals(before)).toBe(true)
  })
})

async function workplaceWithRun(): Promise<string> {
  const cwd = await workplace()
  await json(train(), { cwd })
  return cwd
}
