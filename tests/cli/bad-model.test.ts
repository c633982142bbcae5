import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { words } from './command.js'
import { type Case, refused, train } from './refusals.js'

const set = (...settings: string[]) => train(...settings.flatMap((setting) => ['--set', setting]))

refused('a setting that cannot be is refused with its path, its value and what it must be', [
  ['text for a number', set('layers=abc'), ['model.layers', 'a number', '"abc"', 'default is 4']],
  ['nothing for a number', set('layers='), ['model.layers', 'a number', '""']],
  ['a fraction for a count', set('layers=1.5'), ['model.layers', 'a whole number', '1.5']],
  ['a negative count', set('dim=-8'), ['model.dim', 'above 0', '-8']],
  ['zero', set('heads=0'), ['model.heads', 'above 0', 'got 0']],
  ['infinity', set('dim=1e400'), ['model.dim', 'a number', 'Infinity']],
  ['no number', set('dropout=NaN'), ['model.dropout', 'a number', '"NaN"']],
  ['a share of all', set('dropout=1'), ['model.dropout', 'below 1', 'got 1']],
  ['absurdly many layers', set('layers=1000000000'), ['model.layers', 'at most 10000', '1000000000']],
  ['absurd width', set('dim=1000000000'), ['model.dim', 'at most 65536', '1000000000']],
  ['a width its heads do not divide', set('heads=3'), ['heads must divide dim 16', 'got 3', '1, 2, 4, 8, 16']],
  [
    'a chunk that is no power of two',
    set('mixers.0.chunk=48'),
    ['model.mixers.0.chunk', 'power of two', '48', 'default is 64'],
  ],
  [
    'a choice that is none',
    set('norm=batch'),
    ['model.norm', 'layer, layer-scale, rms, rms-offset, rms-shift, rms-plain, none', '"batch"'],
  ],
  ['a number for a list', set('mixers=3'), ['model.mixers', 'a list', '3']],
  ['an empty list', set('mixers=[]'), ['model.mixers', 'at least 1']],
  ['a number for a switch', set('bias=2'), ['model.bias', 'true or false', '2']],
  ['several mistakes, the first three told', set('layers=x', 'dim=y', 'norm=z', 'bias=w'), ['layers', 'dim', 'norm']],
  [
    'an odd width for sinusoids',
    set('dim=17', 'heads=1', 'positions=sinusoidal', 'mixers.0={"id":"lstm"}'),
    ['model.dim', 'even', '17', 'use 18'],
  ],
  ['another head', set('head={"kind":"class","classes":3}'), ['head.kind', '"class"']],
  [
    'a mixer that sees what it is to predict',
    set('mixers.0={"id":"fnet"}'),
    ['fnet', 'copy the next', 'the past alone'],
  ],
  ['vectors for input', set('input={"kind":"vectors","width":3}'), ['token head', 'vectors']],
  ['a vocabulary smaller than the tokenizer', set('input.vocabulary=3'), ['input.vocabulary', 'got 3']],
])

refused('a path that leads nowhere is refused', [
  ['an unknown setting', set('depth=3'), ['"depth"', 'layers']],
  ['an unknown setting of a mixer', set('mixers.0.chunks=64'), ['model.mixers.0', '"chunks"', 'chunk']],
  ['one of the prototype', set('__proto__.x=1'), ['__proto__']],
  ['a hole in a list', set('mixers.4294967290.id=gla'), ['"mixers" is a list of 1']],
  ['a name in a list', set('mixers.first.id=gla'), ['"mixers" is a list of 1']],
  ['a part of a number', set('layers.x=3'), ['"layers" is 1', 'no parts']],
  ['an empty part', set('mixers..id=gla'), ['--set mixers..id=gla']],
  ['no value', set('layers'), ['path=value', '"layers"']],
])

refused('a name that nothing has is refused with those there are', [
  ['a preset', words('train --model gal --data text.txt --out run'), ['"gal"', 'transformer-xl, gla']],
  [
    'one of the prototype',
    words('train --model constructor --data text.txt --out run'),
    ['"constructor"', 'transformer-xl, gla'],
  ],
  ['a mixer', set('mixers.0.id=attention'), ['"attention"', 'softmax, ', 'transformer-xl']],
  ['a channel mixer', set('channel.id=moe'), ['"moe"', 'mlp, swiglu']],
])

const files: Record<string, string> = {
  'no-json.json': '{"layers": 2,}',
  'list.json': '[]',
  'no-mixers.json': '{"layers": 2}',
  'wrong-type.json': '{"mixers": [{"id": "gla"}], "layers": "2"}',
  'unknown-key.json': '{"mixers": [{"id": "gla"}], "depth": 2}',
}
const file = (name: string) => words(`train --model ${name} --data text.txt --steps 4 --out run`)

refused(
  'a configuration file that is none is refused with its path',
  [
    ['no JSON', file('no-json.json'), ['no-json.json', 'cannot be read as JSON']],
    ['a list', file('list.json'), ['list.json', '[]', 'JSON object']],
    ['no mixers', file('no-mixers.json'), ['model.mixers', 'a list', 'nothing']],
    ['a wrong type', file('wrong-type.json'), ['model.layers', '"2"']],
    ['an unknown key', file('unknown-key.json'), ['"depth"', 'layers']],
    ['a missing file', file('missing.json'), ['missing.json', 'no such file']],
  ] satisfies Case[],
  (cwd) => Promise.all(Object.entries(files).map(([name, text]) => writeFile(join(cwd, name), text))),
)

const whole = words('train --model gla --data text.txt --steps 4 --out run --threads 1')
refused('what does not fit together or into the machine is refused, and no run is left behind', [
  [
    'fewer positions than the context',
    set('positions=learned', 'maxPositions=8'),
    ['--context', '8', '16', 'maxPositions=16'],
  ],
  [
    'carried state that grows',
    [...train('--carry'), '--set', 'mixers.0={"id":"softmax"}'],
    ['--carry', 'softmax', '--no-carry'],
  ],
  [
    'carried state with learned positions',
    [...set('positions=learned'), '--carry'],
    ['--carry', 'positions', '--no-carry'],
  ],
  [
    'nothing left to train',
    train('--freeze', 'input', '--freeze', 'blocks', '--freeze', 'norm'),
    ['--freeze', 'nothing is left'],
  ],
  [
    'a batch that no machine holds',
    [...whole, '--batch', '1000000000'],
    ['batch 1000000000', 'needs at least', 'smaller'],
  ],
  [
    'a model that no machine holds',
    [...whole, '--set', 'dim=65536', '--set', 'layers=1000'],
    ['needs at least', 'TiB', 'smaller'],
  ],
  [
    'a memory that no machine holds',
    [...whole, '--set', 'mixers.0={"id":"transformer-xl","memory":1000000000}'],
    ['needs at least', 'smaller'],
  ],
  [
    'one that is not carried',
    [...whole, '--no-carry', '--set', 'mixers.0={"id":"transformer-xl","memory":1000000000}'],
    ['needs at least', 'smaller'],
  ],
])
