import { open, readdir, readFile, rm } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { UserError } from './errors.js'
import type { Lock } from './index.js'
import { errorCode, naming } from './node-errors.js'

/*
 * The lock of a folder is a file whose name says which process holds it: `.lock.HOST.PID.BIRTH`. A contender first makes
 * its own file and then looks for others, so two can never both get in, and the file of a dead process can be removed by
 * anyone without a race because no other process will ever have that name. Locks by age (proper-lockfile) would make a
 * resume wait after kill -9; Node has no locks of the operating system.
 */
const pattern = /^\.lock\.(.+)\.(\d+)\.([^.]+)$/
const attempts = 4

/** Keeps other processes out of a folder. Throws a `UserError` when a living process holds it. */
export async function lockFolder(folder: string): Promise<Lock> {
  const birth = (await birthOf(process.pid)) ?? `${performance.timeOrigin.toFixed(0)}`
  const own = `.lock.${hostname()}.${process.pid}.${birth}`
  const path = join(folder, own)
  for (let attempt = 1; ; attempt++) {
    if (!(await createNew(folder, path)))
      throw new UserError(`${folder}: this process is already using it – choose another folder`)
    const holder = await livingHolder(folder, own)
    if (!holder) return { release: () => rm(path, { force: true }) }
    await rm(path, { force: true })
    if (attempt === attempts) throw new UserError(heldBy(folder, holder))
    // Two processes that started together have seen each other: the one that waits less gets in.
    await pause(20 + 60 * Math.random())
  }
}

function heldBy(folder: string, holder: string): string {
  const [, host, pid] = pattern.exec(holder)!
  const elsewhere = host === hostname() ? '' : `; if it is gone, delete ${holder} in that folder`
  return `${folder}: process ${pid} on ${host} is using it – wait for it, stop it, or choose another folder${elsewhere}`
}

async function createNew(folder: string, path: string): Promise<boolean> {
  return naming(folder, async () => {
    try {
      await (await open(path, 'wx')).close()
      return true
    } catch (error) {
      if (errorCode(error) === 'EEXIST') return false
      throw error
    }
  })
}

/** The lock file of another process that may be alive. Removes those of dead ones. */
async function livingHolder(folder: string, own: string): Promise<string | undefined> {
  for (const name of await readdir(folder)) {
    const [, host, pid, birth] = pattern.exec(name) ?? []
    if (!host || name === own) continue
    if (host !== hostname() || (await isAlive(Number(pid), birth))) return name
    await rm(join(folder, name), { force: true })
  }
  return undefined
}

async function isAlive(pid: number, birth: string): Promise<boolean> {
  try {
    process.kill(pid, 0)
  } catch (error) {
    if (errorCode(error) === 'ESRCH') return false
  }
  const born = await birthOf(pid)
  return born === undefined || born === birth
}

/**
 * What tells a process from a later one with the same number: when it started, and in which boot of the machine; `dead`
 * for one that was killed and not yet collected by its parent; undefined where the system has no /proc.
 */
async function birthOf(pid: number): Promise<string | undefined> {
  try {
    const boot = await readFile('/proc/sys/kernel/random/boot_id', 'utf8')
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8')
    // The second field is the program's name in brackets, which may hold spaces and brackets itself.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    const [state, started] = [fields[0], fields[19]]
    return state === 'Z' || state === 'X' ? 'dead' : `${started}-${boot.slice(0, 8)}`
  } catch {
    return undefined
  }
}
