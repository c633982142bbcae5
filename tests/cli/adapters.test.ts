/** Low-rank adapters from the command line: train on top of a run, merge, and go on with what came out. */
import '#seqlab/index.js'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { latestCheckpoint } from '#seqlab/training/checkpoint-folders.js'
import { decodeSafetensors } from '#seqlab/training/index.js'
import { json, seqlab, tiny, words, workplace } from './command.js'

const train = (more: string) => [...words(`train --model gla --data text.txt --steps 30 ${more}`), ...tiny]
const weights = async (run: string) => {
  const { path } = (await latestCheckpoint(run))!
  return decodeSafetensors(await readFile(join(path, 'weights.safetensors')), { name: run }).tensors
}

describe('adapters on top of a run', () => {
  let cwd: string
  beforeAll(async () => {
    cwd = await workplace({ whenOver: afterAll })
    await json(train('--out base'), { cwd })
    await json(train('--init-from base --set adapter.rank=4 --set adapter.on=["mixer"] --lr 0.01 --out tuned'), { cwd })
    await json(words('merge --run tuned --out merged --json'), { cwd })
  }, 60_000)

  it('train alone: every other parameter keeps its bits, and those of the mixer alone have adapters', async () => {
    const [before, after] = await Promise.all([weights(join(cwd, 'base')), weights(join(cwd, 'tuned'))])
    for (const [path, { data }] of Object.entries(before)) expect(after[path].data, path).toEqual(data)
    const added = Object.keys(after).filter((path) => !(path in before))
    expect(added.length).toBeGreaterThan(0)
    for (const path of added) expect(path).toMatch(/^adapters\.blocks\.\d+\.mixer\..+\.(down|up)$/)
    const ups = added.filter((path) => path.endsWith('.up'))
    expect(ups.filter((path) => after[path].data.every((value) => value === 0))).toEqual([])
  })

  it('are gone after merging, and the losses are the same to 1e-6', async () => {
    const [tuned, merged, base] = await Promise.all(
      ['tuned', 'merged', 'base'].map(
        async (run) => (await json(words(`eval --run ${run} --data text.txt --json`), { cwd })).at(-1)!,
      ),
    )
    expect(Object.keys(await weights(join(cwd, 'merged'))).filter((path) => path.startsWith('adapters.'))).toEqual([])
    expect(Math.abs(merged.loss - tuned.loss)).toBeLessThan(1e-6)
    expect(tuned.loss).toBeLessThan(base.loss)
  })

  it('generate the same text before and after', async () => {
    const [tuned, merged] = await Promise.all(
      ['tuned', 'merged'].map((run) => seqlab(words(`generate --run ${run} --tokens 40 --seed 3`), { cwd })),
    )
    expect(tuned.code).toBe(0)
    expect(merged.stdout).toBe(tuned.stdout)
  })

  it('are refused where no matrix has the name, and a run without them cannot be merged', async () => {
    const none = await seqlab(train('--set adapter.on=["nowhere"] --out none'), { cwd })
    expect(none).toMatchObject({ code: 2, stdout: '' })
    expect(none.stderr).toMatch(/^seqlab: model\.adapter\.on: no matrix has nowhere in its path – .*\n$/)
    const plain = await seqlab(words('merge --run base --out again'), { cwd })
    expect(plain.code).toBe(2)
    expect(plain.stderr).toMatch(/^seqlab: .*base: has no adapters – .*\n$/)
  })
})
