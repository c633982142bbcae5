/**
 * The smoke sweep under fire, with real jobs: kill -9 of jobs and of the coordinator at random moments, then to the end, then
 * once more. `node tests/cli/sweep-smoke.mjs [seed]`; for Linux, which tells the processes that a process has started.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'

const [jobs, coordinators, limit] = [48, 3, 240]
const root = join(import.meta.dirname, '../..')
const out = mkdtempSync(join(tmpdir(), 'seqlab-smoke-'))
let state = Number(process.argv[2] ?? 1)
/** Mulberry32: the moments can be had again. */
function random() {
  state = (state + 0x6d2b79f5) | 0
  let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
  mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
  return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
}

function startSweep() {
  const args = ['bin/seqlab.js', 'sweep', 'examples/sweeps/smoke.yaml', '--out', out, '--workers', '2', '--json']
  const child = spawn(process.execPath, args, { cwd: root, stdio: ['ignore', 'pipe', 'inherit'] })
  let said = ''
  child.stdout.on('data', (text) => {
    said += text
  })
  const end = once(child, 'close').then(([code]) => ({ code, last: said.trim().split('\n').at(-1) }))
  return { child, end }
}

const childrenOf = ({ pid }) => readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean)
const isAlive = (pid) => {
  try {
    return !/\) [ZX]/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))
  } catch {
    return false
  }
}

/** Every file of that name must be a whole result. */
function results() {
  let found = 0
  for (const id of readdirSync(join(out, 'jobs')))
    for (const name of readdirSync(join(out, 'jobs', id)))
      if (name === 'result.json') found += JSON.parse(readFileSync(join(out, 'jobs', id, name), 'utf8')).id === id
  return found
}

function check(condition, text) {
  console.log(`${condition ? 'yes' : 'NO '}  ${text}`)
  if (!condition) process.exitCode = 1
}

const began = performance.now()
for (let count = 0; count < coordinators; count++) {
  const { child, end } = startSweep()
  for (let kills = 0; kills < 2; kills++) {
    await pause(2000 + 6000 * random())
    const [victim] = childrenOf(child)
    if (victim) process.kill(Number(victim), 'SIGKILL')
  }
  await pause(3000 * random())
  const children = childrenOf(child)
  child.kill('SIGKILL')
  await end
  await pause(2000)
  check(!children.some(isAlive), `the workers ended with coordinator ${count + 1}; ${results()} results`)
}
const before = results()
const finished = await startSweep().end
const seconds = (performance.now() - began) / 1000
const expected = (ran) => JSON.stringify({ event: 'done', total: jobs, done: jobs, failed: 0, ran })
check(finished.code === 0 && finished.last === expected(jobs - before), `the sweep ends: ${finished.last}`)
check(results() === jobs, `${results()} results`)
const again = await startSweep().end
check(again.code === 0 && again.last === expected(0), `running it again runs none: ${again.last}`)
check(seconds < limit, `${seconds.toFixed(0)} s in all`)
rmSync(out, { recursive: true })
