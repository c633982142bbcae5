/** Tasks from the command line: listed, shown, trained on, scored. */
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { tasks } from '#seqlab/tasks/index.js'
import { type Outcome, seqlabMany, words, workplace } from './command.js'
import { writeOwnTask } from './own-file.js'
import { expectRefusal } from './refusals.js'

const small = words('--set layers=1 --set dim=16 --set heads=2 --batch 4 --threads 1 --json')
const recall = 'mqar:length=16:pairs=2:vocabulary=32'
const train = (text: string) => [...words(`train ${text}`), ...small]

/** The last line of a command that must have succeeded. */
function resultOf({ code, stdout, stderr }: Outcome): Record<string, any> {
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  return JSON.parse(stdout.trim().split('\n').at(-1)!)
}

describe('tasks', () => {
  it('lists every task with what it shows', async () => {
    const [listed, parsed] = await seqlabMany([['tasks'], ['tasks', '--json']], await workplace())
    for (const { id, shows, group } of tasks) {
      expect(listed.stdout).toMatch(new RegExp(`^${group}$`, 'm'))
      expect(listed.stdout.split('\n').find((line) => line.startsWith(`  ${id} `))).toContain(shows)
    }
    expect(resultOf(parsed).tasks.map(({ id }: { id: string }) => id)).toEqual(tasks.map(({ id }) => id))
  })
})

describe('task NAME', () => {
  it('prints its settings and as many examples with answers as asked for', async () => {
    const [{ stdout, code }] = await seqlabMany([words('task sorting:numbers=3 --sample 4')], await workplace())
    expect(code).toBe(0)
    expect(stdout).toMatch(/^ {2}numbers=3 +numbers to sort$/m)
    const found = [...stdout.matchAll(/^(\d+) (\d+) (\d+) =\n→ (.*)$/gm)]
    expect(found).toHaveLength(4)
    for (const [, a, b, c, answer] of found)
      expect(answer.split(' ').map(Number)).toEqual([a, b, c].map(Number).sort((x, y) => x - y))
  })

  it('gives the same examples again, others for another seed and another part', async () => {
    const shown = words(`task ${recall} --sample 2 --json`)
    const commands = [shown, shown, [...shown, '--seed', '2'], [...shown, '--part', 'test']]
    const [first, again, seed, part] = (await seqlabMany(commands, await workplace())).map(
      (outcome) => resultOf(outcome).samples,
    )
    expect(first).toHaveLength(2)
    expect(again).toEqual(first)
    expect(seed).not.toEqual(first)
    expect(part).not.toEqual(first)
  })

  it('shows a text by where it is, and what there is to know of a task whose corpus is missing', async () => {
    process.env.SEQLAB_HOME = '/nowhere'
    const commands = [words('task tinyshakespeare --json'), ['task', 'scan']]
    const [text, missing] = await seqlabMany(commands, await workplace())
    expect(resultOf(text).samples[0].input).toMatch(/tinyshakespeare/)
    expect(missing.stdout).toMatch(/^SCAN \(scan\)[\s\S]*split=simple/)
    expectRefusal({ ...missing, stdout: '' }, 'corpus scan', 'seqlab data add scan PATH')
  })
})

describe('train --task and eval', () => {
  it('a task: the score on the validation part, then on the test part and on harder ones', async () => {
    const training = train(`--task ${recall} --model gla --steps 12 --out trained`)
    const evaluate = words('eval --run trained --examples 40 --difficulty 32,64 --threads 1 --json')
    const commands = [training, [...training, '--resume'], evaluate, [...evaluate, '--task', recall]]
    const [result, again, found, named] = (await seqlabMany(commands, await workplace())).map(resultOf)
    expect(result).toMatchObject({ event: 'done', steps: 12, score: expect.any(Number) })
    expect(again).toEqual(result)
    expect(found).toMatchObject({ metric: 'accuracy', examples: 40, chance: 1 / 16 })
    expect(found.task).toMatch(/^mqar:.*length=16:pairs=2/)
    expect(found.score.low).toBeLessThanOrEqual(found.score.mean)
    expect(found.byDifficulty.map(({ length }: { length: number }) => length)).toEqual([32, 64])
    expect(named).toEqual(found)
  })

  it('a text as a task: its own tokens, its loss by position', async () => {
    const training = train('--task tinyshakespeare --model lstm --steps 2 --context 32 --out trained')
    const evaluate = words('eval --run trained --batch 64 --threads 1 --json')
    const [result, found] = (await seqlabMany([training, evaluate], await workplace())).map(resultOf)
    expect(result).not.toHaveProperty('score')
    expect(found.task).toBe('tinyshakespeare:unit=char')
    expect(found.loss).toBeCloseTo(result.validLoss, 4)
    expect(found.bitsPerByte).toBeCloseTo(found.loss / Math.LN2, 6)
    expect(found.byPosition).toHaveLength(32)
  })

  it('a probe, of a run on text alone', async () => {
    const cwd = await workplace()
    process.env.SEQLAB_HOME = join(cwd, 'home')
    await mkdir(join(cwd, 'passages'))
    const passages = ['to be or not to be', 'all the world is a stage'].map((text) => JSON.stringify({ text }))
    await writeFile(join(cwd, 'passages/lambada_test.jsonl'), passages.join('\n'))
    const [added, , found, , refused] = await seqlabMany(
      [
        words('data add lambada passages'),
        train('--data text.txt --model lstm --steps 2 --context 16 --out text'),
        words('eval --run text --task lambada --threads 1 --json'),
        train(`--task ${recall} --model lstm --steps 1 --out task`),
        words('eval --run task --task lambada'),
      ],
      cwd,
    )
    expect(added.code).toBe(0)
    expect(resultOf(found).task).toBe('lambada:version=test')
    expectRefusal(refused, 'task: learned the task mqar', 'run on a text')
  })

  it('a task of one’s own, until it is solved', async () => {
    const cwd = await workplace()
    await writeOwnTask(cwd)
    const options = '--steps 400 --lr 0.02 --evaluate-every 10 --solved-at 0.5'
    const training = train(`--model gla --out trained --task own.mjs:numbers=4 ${options}`)
    const [result] = (await seqlabMany([training], cwd)).map(resultOf)
    expect(result).toMatchObject({ event: 'done', stopped: 'solved' })
    expect(result.score).toBeGreaterThan(0.3)
    expect(result.steps).toBeLessThan(400)
  })

  it('a task of one’s own, which the run remembers by its file and content', async () => {
    const cwd = await workplace()
    await writeOwnTask(cwd)
    const training = train('--task own.mjs:length=3 --model lstm --steps 2 --out trained')
    const commands = [
      words('task own.mjs:length=3 --sample 2 --json'),
      training,
      words('eval --run trained --examples 20 --difficulty 5 --threads 1 --json'),
    ]
    const [{ task, samples }, , found] = (await seqlabMany(commands, cwd)).map(resultOf)
    expect(task).toBe('larger:length=3:numbers=16')
    for (const { input, answer } of samples) expect(Number(answer)).toBe(Math.max(...input.split(' ').map(Number)))
    expect(found).toMatchObject({ task: 'larger:length=3:numbers=16', byDifficulty: [{ length: 5 }] })

    await writeOwnTask(cwd, (text) => text.replace('Math.max', 'Math.min'))
    const [resumed, evaluated] = await seqlabMany([[...training, '--resume'], words('eval --run trained')], cwd)
    expectRefusal(resumed, 'trained', 'other settings', 'own.mjs')
    expectRefusal(evaluated, 'task own.mjs', 'was changed')
  })
})
