import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { expect, it } from 'vitest'
import { expectSameEnd, json, start, tiny, words, workplace } from './command.js'

const run = (out: string) => [
  ...words(`train --model gla --data text.txt --steps 60 --save-every 20 --out ${out}`),
  ...tiny,
]
const sabotage = pathToFileURL(join(import.meta.dirname, 'sabotage.mjs')).href

/** Runs a command in which something fails that no input causes. */
const sabotaged = (args: readonly string[], cwd: string, SABOTAGE: string) =>
  start(args, { cwd, env: { SABOTAGE, NODE_OPTIONS: `--import ${sabotage}` } }).outcome

it.each([
  [
    'ONNX Runtime fails in a step',
    'throw:200',
    /^seqlab: failed: Non-zero status code returned while running Gather node\.\nthis should not happen – report it.*\n$/,
  ],
  [
    'the worker ends',
    'exit:200',
    /^seqlab: failed: worker .*: ended by itself with code 5\nthis should not happen.*\n$/,
  ],
])(
  'when %s, it is told in two lines, what was saved stays, and --resume goes on to the same end',
  async (_, how, said) => {
    const cwd = await workplace()
    const { code, stderr } = await sabotaged(run('run'), cwd, how)
    expect(stderr).toMatch(said)
    expect(code).toBe(70)
    const result = (await json([...run('run'), '--resume'], { cwd })).at(-1)!
    expect(result.resumedFrom).toBeGreaterThan(0)
    await json(run('alone'), { cwd })
    await expectSameEnd(join(cwd, 'alone'), join(cwd, 'run'))
  },
)

it('when ONNX Runtime cannot be loaded, the fix is told', async () => {
  const cwd = await workplace()
  const { code, stderr } = await sabotaged(run('run'), cwd, 'load')
  expect(stderr).toMatch(
    /^seqlab: .*onnxruntime-node: cannot be loaded \(libonnxruntime\.so\.1: cannot open shared object file\) – reinstall/,
  )
  expect(stderr.split('\n').length).toBeLessThanOrEqual(4)
  expect(code).toBeGreaterThan(0)
})

it('a failure that nobody waits for is told in two lines and ends the process', async () => {
  const cwd = await workplace()
  const { code, signal, stderr } = await sabotaged(
    run('run').map((word) => (word === '60' ? '100000' : word)),
    cwd,
    'stray:900',
  )
  expect(stderr).toMatch(/^seqlab: failed: nobody waits for this\nthis should not happen.*\n$/)
  expect({ code, signal }).toEqual({ code: null, signal: 'SIGTERM' })
})
