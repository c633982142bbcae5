/** Driving the command line as a user does: `node bin/seqlab.js …` in a process of its own. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished } from 'vitest'

export const bin = join(import.meta.dirname, '../../bin/seqlab.js')
const shakespeare = join(import.meta.dirname, '../../data/tinyshakespeare/input.txt')

/** Options that make a training run a matter of milliseconds. */
export const tiny = words('--set layers=1 --set dim=16 --set heads=2 --context 16 --batch 4 --threads 1 --json')

export function words(text: string): string[] {
  return text.split(' ').filter((word) => word !== '')
}

export interface Outcome {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
}

export interface Running {
  readonly process: ChildProcess
  readonly outcome: Promise<Outcome>
}

export function start(
  args: readonly string[],
  { cwd, env = {} }: { cwd?: string; env?: Record<string, string> } = {},
): Running {
  const child = spawn(process.execPath, [bin, ...args], {
    cwd,
    stdio: ['ignore', 'pipe', 'pipe'],
    // A test that gives up leaves nothing running.
    timeout: 150_000,
    killSignal: 'SIGKILL',
    env: { ...process.env, SEQLAB_DEBUG: '', ...env },
  })
  const said = { stdout: '', stderr: '' }
  for (const stream of ['stdout', 'stderr'] as const) {
    child[stream].setEncoding('utf8').on('data', (text: string) => {
      said[stream] += text
    })
  }
  const outcome = once(child, 'close').then(([code, signal]) => ({ code, signal, ...said }))
  return { process: child, outcome }
}

export function seqlab(args: readonly string[], options: { cwd?: string } = {}): Promise<Outcome> {
  return start(args, options).outcome
}

/** Runs a command that must succeed, and gives what it printed as JSON, line by line. */
export async function json(args: readonly string[], options: { cwd?: string } = {}): Promise<Record<string, any>[]> {
  const { code, stdout, stderr } = await seqlab(args, options)
  expect(stderr).toBe('')
  expect(code).toBe(0)
  return stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
}

export interface Refusal extends Outcome {
  /** What the command left in the folder `run`. */
  readonly left: string[]
}

/** The outcomes of many commands, run in one process in the same folder (many.mjs): for those that end at once. */
export async function seqlabMany(commands: readonly (readonly string[])[], cwd: string): Promise<Refusal[]> {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'many.mjs')], {
    cwd,
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  child.stdin.end(JSON.stringify(commands))
  let said = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    said += text
  })
  await once(child, 'close')
  return JSON.parse(said)
}

/** A folder that is removed after the test (or suite), with `text.txt`, the beginning of Tiny Shakespeare. */
export async function workplace({
  bytes = 20_000,
  whenOver = onTestFinished as (clean: () => Promise<void>) => void,
} = {}): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'seqlab-cli-'))
  whenOver(() => rm(folder, { recursive: true, force: true }))
  await writeFile(join(folder, 'text.txt'), (await readFile(shakespeare)).subarray(0, bytes))
  return folder
}

/** The bytes of every file of the newest checkpoint of a run, by name. */
export async function finalCheckpoint(run: string): Promise<Record<string, Buffer>> {
  const checkpoints = join(run, 'checkpoints')
  const newest = (await readdir(checkpoints))
    .filter((name) => name.startsWith('step-'))
    .sort()
    .at(-1)
  if (!newest) throw new Error(`${run} has no checkpoint`)
  const names = await readdir(join(checkpoints, newest))
  const files = names
    .sort()
    .map(async (name) => [`${newest}/${name}`, await readFile(join(checkpoints, newest, name))] as const)
  return Object.fromEntries(await Promise.all(files))
}

/** Whether two runs ended in the same bytes; named by file where they did not. */
export async function expectSameEnd(run: string, other: string): Promise<void> {
  const [a, b] = [await finalCheckpoint(run), await finalCheckpoint(other)]
  expect(Object.keys(b)).toEqual(Object.keys(a))
  for (const name of Object.keys(a)) expect(b[name].equals(a[name]), `${name} differs`).toBe(true)
}
