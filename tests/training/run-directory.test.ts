import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { UserError } from '#seqlab/platform/errors.js'
import { createRun, openRun, resumeRun } from '#seqlab/training/run-directory.js'
import { temporaryFolder } from './temporary-folder.js'

const configuration = { model: { preset: 'gla', layers: 4, pattern: ['gla', 'softmax'] }, seed: 1, threads: 2 }

async function refused(action: Promise<unknown>): Promise<string> {
  const error = await action.then(
    () => undefined,
    (reason) => reason,
  )
  expect(error).toBeInstanceOf(UserError)
  return error.message
}

async function madeRun(): Promise<string> {
  const path = join(await temporaryFolder(), 'runs', 'a')
  await (await createRun(path, configuration)).release()
  return path
}

describe('creating a run', () => {
  it('makes the folder, writes its configuration, and says where everything lies', async () => {
    const path = await madeRun()
    const run = await openRun(path)
    expect(run.configuration).toEqual(configuration)
    expect(run.files.metrics).toBe(join(path, 'metrics.jsonl'))
    expect(await readdir(path)).toEqual(['config.json'])
    expect(JSON.parse(await readFile(run.files.config, 'utf8'))).toEqual({
      format: 'seqlab-run',
      version: 1,
      configuration,
    })
  })

  it('refuses a folder that holds a run, pointing at --resume', async () => {
    const path = await madeRun()
    expect(await refused(createRun(path, configuration))).toBe(
      `${path}: already holds a run – add --resume to continue it, or choose another --out`,
    )
  })

  it('refuses a folder with other content and leaves it as it was', async () => {
    const path = await temporaryFolder()
    await writeFile(join(path, 'thesis.tex'), 'important')
    const message = `${path}: not empty and not a run – choose a new or empty folder for --out`
    expect(await refused(createRun(path, configuration))).toBe(message)
    expect(await refused(resumeRun(path, configuration))).toBe(message)
    expect(await readdir(path)).toEqual(['thesis.tex'])
  })

  it('refuses a path that is a file, or below one', async () => {
    const file = join(await temporaryFolder(), 'file')
    await writeFile(file, '')
    expect(await refused(createRun(file, configuration))).toContain('a file of this name exists')
    expect(await refused(createRun(join(file, 'run'), configuration))).toContain('a part of this path is a file')
  })

  it('goes on where an earlier one was killed before its configuration was written', async () => {
    const path = await temporaryFolder()
    await writeFile(join(path, '.config.json.0.tmp'), '{"for')
    await writeFile(join(path, '.lock.elsewhere'), '')
    await (await resumeRun(path, configuration)).release()
    expect((await openRun(path)).configuration).toEqual(configuration)
  })
})

describe('resuming a run', () => {
  it('takes the same settings in any order, makes a run where there is none, and clears torn temporary files', async () => {
    const path = join(await temporaryFolder(), 'new')
    await (await resumeRun(path, configuration)).release()
    await writeFile(join(path, '.result.json.1.tmp'), '{')
    const run = await resumeRun(path, Object.fromEntries(Object.entries(configuration).reverse()))
    expect(run.differences).toEqual([])
    await run.release()
    expect(await readdir(path)).toEqual(['config.json'])
  })

  it('refuses other settings and names each one', async () => {
    const path = await madeRun()
    const other = { model: { preset: 'gla', layers: 6, pattern: ['gla'] }, threads: 2, decay: { rate: 0.1 } }
    const all = { ...other, extra: 1 }
    expect(await refused(resumeRun(path, other))).toBe(
      `${path}: made with other settings: decay.rate not set, now 0.1; model.layers 4, now 6; ` +
        'model.pattern ["gla","softmax"], now ["gla"] and 1 more – use the same, or choose another --out',
    )
    expect(await refused(resumeRun(path, all))).toContain('and 2 more')
    await (await resumeRun(path, configuration)).release()
  })

  it('allows the settings it is told may differ, and says which did', async () => {
    const path = await madeRun()
    const run = await resumeRun(path, { ...configuration, threads: 1 }, { mayDiffer: ['threads', 'seed'] })
    expect(run.differences).toEqual([{ setting: 'threads', before: 2, now: 1 }])
    expect(run.configuration.threads).toBe(2)
    await run.release()
  })

  it('goes on with changed settings of training as its own, and tells from which step on', async () => {
    const path = join(await temporaryFolder(), 'run')
    const at = (rate: number) => ({ ...configuration, settings: { rate, steps: 9 } })
    await (await createRun(path, at(1e-3))).release()
    for (const rate of [1e-2, 1e-2, 1e-4])
      await (await resumeRun(path, at(rate), { mayDiffer: ['settings.rate'] })).release()
    const run = await openRun(path)
    expect(run.configuration).toEqual(at(1e-4))
    expect(run.changes).toEqual([
      { step: 0, setting: 'settings.rate', before: 1e-3, now: 1e-2 },
      { step: 0, setting: 'settings.rate', before: 1e-2, now: 1e-4 },
    ])
    expect(await refused(resumeRun(path, at(1e-3)))).toContain('settings.rate 0.0001, now 0.001')
  })

  it('refuses while the run is in use, and only then', async () => {
    const path = await madeRun()
    const first = await resumeRun(path, configuration)
    expect(await refused(resumeRun(path, configuration))).toContain('is already using it')
    expect((await openRun(path)).configuration).toEqual(configuration)
    await first.release()
    await (await resumeRun(path, configuration)).release()
  })
})

describe('opening a run', () => {
  it.each([
    ['no folder', undefined, 'not a run, there is no such folder'],
    ['no config.json', {}, 'not a run, the folder has no config.json'],
    ['a config.json of another program', { 'config.json': '{"model_type":"gpt2"}' }, 'not the config.json of a run'],
    ['a broken config.json', { 'config.json': '{"format"' }, 'expected a JSON object'],
    [
      'a config.json without a configuration',
      { 'config.json': '{"format":"seqlab-run","version":1}' },
      'has no configuration',
    ],
    ['a later version', { 'config.json': '{"format":"seqlab-run","version":9}' }, 'expected version 1, got 9'],
  ])('refuses %s', async (_, content, message) => {
    const path = join(await temporaryFolder(), 'run')
    if (content) await mkdir(path)
    for (const [name, text] of Object.entries<string>(content ?? {})) await writeFile(join(path, name), text)
    const opened = await refused(openRun(path))
    expect(opened.startsWith(path)).toBe(true)
    expect(opened).toContain(message)
    if (content && 'config.json' in content) expect(await refused(createRun(path, {}))).toContain(message)
  })
})
