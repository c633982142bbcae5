import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { seqlab, tiny, words, workplace } from './command.js'
import { expectRefusal, refused } from './refusals.js'

const on = (data: string, ...args: string[]) => [
  ...words('train --model gla --steps 4 --out run --data'),
  data,
  ...tiny,
  ...args,
]
const contents: Record<string, string | Uint8Array> = {
  'empty.txt': '',
  binary: Uint8Array.of(65, 66, 0xff, 0),
  white: ' '.repeat(500),
  'a.txt': 'a',
  'short.txt': 'to be or not',
  'longer.txt': 'to be or not to be, that is the question',
  'none.json': '{}',
}

refused(
  'data that cannot be trained on is refused with its path',
  [
    ['a missing file', on('missing.txt'), ['"missing.txt"', 'data add']],
    ['an empty file', on('empty.txt'), ['empty.txt', 'is empty']],
    ['an empty file as bytes', on('empty.txt', '--tokenizer', 'byte'), ['empty.txt', 'is empty']],
    ['a folder', on('folder'), ['folder', 'is a folder']],
    ['a folder as bytes', on('folder', '--tokenizer', 'byte'), ['folder', 'is a folder']],
    ['a binary file', on('binary'), ['binary', 'offset 2', '0xff', '--tokenizer byte']],
    ['a binary file for words', on('binary', '--tokenizer', 'word'), ['binary', '0xff', '--tokenizer byte']],
    ['white space for words', on('white', '--tokenizer', 'word'), ['white', 'white space']],
    ['a single byte', on('a.txt'), ['a.txt', 'too few']],
    ['a text shorter than the context', on('short.txt'), ['context: 16', 'short.txt', 'or less']],
    [
      'a text without a validation part',
      on('longer.txt', '--validation', '0.01'),
      ['longer.txt', 'validation part', 'longer file'],
    ],
    ['a missing tokenizer', on('text.txt', '--tokenizer', 'bpe:missing.json'), ['missing.json', 'no such file']],
    ['a tokenizer that is none', on('text.txt', '--tokenizer', 'bpe:none.json'), ['none.json', 'tokenizer.json']],
    ['a folder for a tokenizer', on('text.txt', '--tokenizer', 'bpe:folder'), ['folder', 'is a folder']],
    [
      'a context longer than the data',
      words('train --model gla --data text.txt --out run --context 100000'),
      ['context: 100000', '17999 or less'],
    ],
    [
      'an absurd context',
      words('train --model gla --data text.txt --out run --context 1000000000'),
      ['context: 1000000000', '17999 or less'],
    ],
  ],
  async (cwd) => {
    await mkdir(join(cwd, 'folder'))
    for (const [name, content] of Object.entries(contents)) await writeFile(join(cwd, name), content)
  },
)

it('data is left as it is', async () => {
  const cwd = await workplace()
  const before = await readFile(join(cwd, 'text.txt'))
  expectRefusal(
    await seqlab(words('train --model gla --data text.txt --out text.txt'), { cwd }),
    'text.txt',
    'choose another',
  )
  expectRefusal(
    await seqlab(words('train --model gla --data text.txt --out text.txt/run'), { cwd }),
    'text.txt/run',
    'is a file',
  )
  expect((await readFile(join(cwd, 'text.txt'))).equals(before)).toBe(true)
})
