import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { lockFolder } from '#seqlab/platform/node-lock.js'

let folder: string
let children: ChildProcess[]

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'seqlab-lock-'))
  children = []
})
afterEach(async () => {
  for (const child of children) child.kill('SIGKILL')
  await rm(folder, { recursive: true, force: true })
})

/** A process that tries to take the lock and says `held` or the error's message; it then lives until it is killed. */
function contender(): { child: ChildProcess; said: Promise<string> } {
  const module = pathToFileURL(join(import.meta.dirname, '../../dist/platform/node-lock.js'))
  const script = `
    import { lockFolder } from '${module}'
    await lockFolder(${JSON.stringify(folder)}).then(() => console.log('held'), (error) => console.log(error.message))
    setInterval(() => {}, 1000)`
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: ['ignore', 'pipe', 'inherit'] })
  children.push(child)
  return { child, said: once(child.stdout!, 'data').then(([data]) => String(data).trim()) }
}

it('refuses a second holder, in this process or another, and names the first', async () => {
  const lock = await lockFolder(folder)
  await expect(lockFolder(folder)).rejects.toThrow(`${folder}: this process is already using it`)
  expect(await contender().said).toBe(
    `${folder}: process ${process.pid} on ${hostname()} is using it – wait for it, stop it, or choose another folder`,
  )
  await lock.release()
  expect(await readdir(folder)).toEqual([])
  await (await lockFolder(folder)).release()
})

it('is free again as soon as its holder was killed', async () => {
  const { child, said } = contender()
  expect(await said).toBe('held')
  await expect(lockFolder(folder)).rejects.toThrow(`process ${child.pid}`)
  child.kill('SIGKILL')
  await once(child, 'exit')
  const lock = await lockFolder(folder)
  expect(await readdir(folder)).toHaveLength(1)
  await lock.release()
})

it.skipIf(process.platform !== 'linux')(
  'sees through a living process that reuses a dead holder’s number',
  async () => {
    await writeFile(join(folder, `.lock.${hostname()}.${process.ppid}.1-00000000`), '')
    await writeFile(join(folder, `.lock.${hostname()}.${process.pid}.1-00000000`), '')
    await (await lockFolder(folder)).release()
    expect(await readdir(folder)).toEqual([])
  },
)

it('does not judge a process on another machine, and says which file to delete', async () => {
  const foreign = '.lock.other.example.1.2-abc'
  await writeFile(join(folder, foreign), '')
  await expect(lockFolder(folder)).rejects.toThrow(`if it is gone, delete ${foreign} in that folder`)
  expect(await readdir(folder)).toEqual([foreign])
})

it('lets at most one of many that start at once in, dead holders or not', async () => {
  await writeFile(join(folder, `.lock.${hostname()}.999999999.1-00000000`), '')
  const answers = await Promise.all(Array.from({ length: 6 }, () => contender().said))
  expect(answers.filter((answer) => answer === 'held').length).toBeLessThanOrEqual(1)
  expect(await readdir(folder)).toHaveLength(answers.filter((answer) => answer === 'held').length)
})
