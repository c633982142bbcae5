import { chmod, cp, mkdir, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { expectSameEnd, json, type Refusal, seqlab, seqlabMany, tiny, words, workplace } from './command.js'
import { type Case, expectRefusal, train } from './refusals.js'

const resumed = (run: string) => [
  ...words(`train --model gla --data text.txt --steps 40 --save-every 15 --out ${run} --resume`),
  ...tiny,
]
const evaluated = (run: string, ...more: string[]) => [
  ...words(`eval --run ${run} --data text.txt --threads 1 --json`),
  ...more,
]
const newest = (run: string) => join(run, 'checkpoints/step-00000040')

/** Every file below a folder with its bytes, to see that nothing changed. */
async function contents(folder: string): Promise<Record<string, string>> {
  const found = await readdir(folder, { recursive: true, withFileTypes: true })
  const paths = found.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
  return Object.fromEntries(await Promise.all(paths.sort().map(async (path) => [path, await readFile(path, 'hex')])))
}

const damages: Record<string, (run: string) => Promise<unknown>> = {
  'truncated-weights': (run) => truncate(join(newest(run), 'weights.safetensors'), 1000),
  'empty-training': (run) => truncate(join(newest(run), 'training.safetensors'), 0),
  'changed-byte': async (run) => {
    const file = join(newest(run), 'weights.safetensors')
    const bytes = await readFile(file)
    bytes[bytes.length - 3] ^= 1
    await writeFile(file, bytes)
  },
  'truncated-progress': (run) => truncate(join(newest(run), 'progress.json'), 20),
  'other-schema': async (run) => {
    const file = join(newest(run), 'progress.json')
    await writeFile(file, (await readFile(file, 'utf8')).replace('"schema": 1', '"schema": 7'))
  },
  'foreign-checkpoint': (run) => cp(newest(join(run, '../other')), newest(run), { recursive: true, force: true }),
  'no-checkpoint': (run) => rm(join(run, 'checkpoints'), { recursive: true }),
  'truncated-config': (run) => truncate(join(run, 'config.json'), 30),
  'foreign-config': (run) => writeFile(join(run, 'config.json'), '{"name": "something else"}'),
  'newer-config': async (run) => {
    const file = join(run, 'config.json')
    await writeFile(file, (await readFile(file, 'utf8')).replace('"version": 1', '"version": 9'))
  },
  'no-tokenizer': (run) => rm(join(run, 'tokenizer.json')),
  'broken-metrics': (run) => writeFile(join(run, 'metrics.jsonl'), '{"step":1}\nnothing\n{"step":2}\n'),
}

const cases: Case[] = [
  ['eval: weights cut off', evaluated('truncated-weights'), ['weights.safetensors', 'damaged', 'got 1000', 'delete']],
  ['eval: a byte changed', evaluated('changed-byte'), ['weights.safetensors', 'damaged', 'delete']],
  [
    'eval: a checkpoint of another model',
    evaluated('foreign-checkpoint'),
    ['step-00000040', 'must be f32[', 'of another run'],
  ],
  ['eval: no checkpoint', evaluated('no-checkpoint'), ['no-checkpoint', 'no checkpoint', 'train it first']],
  ['eval: a configuration cut off', evaluated('truncated-config'), ['config.json', 'JSON object', 'restore']],
  [
    'eval: a configuration of something else',
    evaluated('foreign-config'),
    ['config.json', 'not the config.json of a run'],
  ],
  ['eval: a configuration of a newer version', evaluated('newer-config'), ['config.json', 'version 1, got 9']],
  ['eval: no tokenizer', evaluated('no-tokenizer'), ['tokenizer.json', 'no such file']],
  ['eval: no run', evaluated('missing'), ['missing', 'not a run', 'no such folder']],
  ['eval: a folder that is no run', evaluated('folder'), ['folder', 'not a run', 'no config.json']],
  ['eval: a file for a run', evaluated('text.txt'), ['text.txt', 'not a run']],
  [
    'eval: text with characters the run never saw',
    evaluated('good').map((word) => (word === 'text.txt' ? 'greek.txt' : word)),
    ['greek.txt', 'U+03B1', 'byte 3', '--tokenizer byte'],
  ],
  [
    'eval: a context longer than the data',
    evaluated('good', '--context', '20000'),
    ['--context', '20000', '19999 or less'],
  ],
  [
    'eval: a batch that no machine holds',
    evaluated('good', '--batch', '1000000000'),
    ['batch 1000000000', 'needs at least'],
  ],
  [
    'generate: a prompt with characters the run never saw',
    words('generate --run good --prompt ελ --threads 1'),
    ['U+03B5', '--tokenizer byte'],
  ],
  ['generate: weights cut off', words('generate --run truncated-weights --json'), ['weights.safetensors', 'damaged']],
  ['resume: weights cut off', resumed('truncated-weights'), ['weights.safetensors', 'damaged', 'got 1000', 'delete']],
  ['resume: training state cut off', resumed('empty-training'), ['training.safetensors', 'damaged', 'got 0', 'delete']],
  ['resume: progress cut off', resumed('truncated-progress'), ['progress.json', 'JSON object', 'delete']],
  ['resume: progress of another version', resumed('other-schema'), ['progress.json', 'schema 1, got schema 7']],
  [
    'resume: a checkpoint of another model',
    resumed('foreign-checkpoint'),
    ['step-00000040', 'weights', 'must be f32[', 'of another run'],
  ],
  ['resume: a configuration cut off', resumed('truncated-config'), ['config.json', 'JSON object']],
  [
    'resume: a configuration of something else',
    resumed('foreign-config'),
    ['config.json', 'not the config.json of a run'],
  ],
  ['resume: broken metrics', resumed('broken-metrics'), ['metrics.jsonl', 'line 2', 'delete']],
  [
    'resume: other settings',
    [...resumed('good'), '--lr', '0.5'],
    ['good', 'settings.rate 0.001, now 0.5', 'choose another --out'],
  ],
  ['resume: another model', resumed('good').map((word) => (word === 'gla' ? 'lstm' : word)), ['good', 'model.mixers']],
  ['resume: other data of the same name', resumed('other-data'), ['other-data', 'dataSha256']],
  [
    'again without --resume',
    resumed('good').filter((word) => word !== '--resume'),
    ['good', 'already holds a run', '--resume'],
  ],
  ['init: another shape', train('--init-from', 'other'), ['--init-from', 'must be f32[', 'same model']],
  ['init: no run', train('--init-from', 'folder'), ['folder', 'not a run']],
  ['init: missing', train('--init-from', 'missing'), ['missing', 'not a run']],
  ['init: weights cut off', train('--init-from', 'truncated-weights'), ['weights.safetensors', 'damaged']],
  ['init: other tokens', train('--init-from', 'good', '--tokenizer', 'byte'), ['--tokenizer', '"byte"', 'good']],
  ['out: a folder of something else', resumed('folder'), ['folder: not empty and not a run']],
]

describe('a run that is damaged, foreign or not one is refused, and left as it is', () => {
  let outcomes: Refusal[]
  let before: Record<string, string>
  let after: Record<string, string>
  let cwd: string

  beforeAll(async () => {
    cwd = await workplace({ whenOver: afterAll })
    await json(resumed('good'), { cwd })
    await json([...resumed('other'), '--set', 'mixers.0.keyRatio=1'], { cwd })
    for (const [name, damage] of Object.entries(damages)) {
      await cp(join(cwd, 'good'), join(cwd, name), { recursive: true })
      // A finished run would not be looked into.
      await rm(join(cwd, name, 'result.json'))
      await damage(join(cwd, name))
    }
    await cp(join(cwd, 'good'), join(cwd, 'other-data'), { recursive: true })
    const config = join(cwd, 'other-data/config.json')
    await writeFile(config, (await readFile(config, 'utf8')).replace(/"dataSha256": "../, '"dataSha256": "zz'))
    await mkdir(join(cwd, 'folder'))
    await writeFile(join(cwd, 'folder/notes.txt'), 'mine')
    await writeFile(join(cwd, 'greek.txt'), 'to α')
    before = await contents(cwd)
    outcomes = await seqlabMany(
      cases.map(([, args]) => args),
      cwd,
    )
    after = await contents(cwd)
  }, 60_000)

  it.each(cases.map(([name], index) => [name, index] as const))('%s', (_, index) => {
    expectRefusal(outcomes[index], ...cases[index][2])
    expect(outcomes[index].left).toEqual([])
  })

  it('none of them changed a byte of what was there', () => {
    expect(Object.keys(after)).toEqual(Object.keys(before))
    for (const path of Object.keys(before)) expect(after[path] === before[path], path).toBe(true)
  })

  it('what the message says helps: without the damaged checkpoint the run goes on from the one before, to the same end', async () => {
    const { stderr } = await seqlab(resumed('truncated-weights'), { cwd })
    const named = /delete (\S+) to continue/.exec(stderr)?.[1] ?? ''
    expect(named).toBe('truncated-weights/checkpoints/step-00000040')
    await rm(join(cwd, named), { recursive: true })
    const result = (await json(resumed('truncated-weights'), { cwd })).at(-1)!
    expect(result.resumedFrom).toBe(30)
    await expectSameEnd(join(cwd, 'good'), join(cwd, 'truncated-weights'))
  })

  it.skipIf(process.getuid?.() === 0)('a folder that may not be written', async () => {
    await mkdir(join(cwd, 'locked'))
    await chmod(join(cwd, 'locked'), 0o500)
    expectRefusal(await seqlab(resumed('locked'), { cwd }), 'locked', 'permission denied')
  })
})
