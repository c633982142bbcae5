/** A job in a process of its own: what it does to memory and to the process stays with it. */
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { JobProgress, JobResult } from '../../evaluation/jobs/job.js'
import { lastWords } from '../last-words.js'
import type { FromProcess, JobRequest, ToProcess } from './protocol.js'

export type ProcessOutcome =
  | { readonly kind: 'done'; readonly result: JobResult }
  /** The job cannot be done: it would fail again. */
  | { readonly kind: 'failed'; readonly message: string }
  /** The process ended without an answer: another may do better. */
  | { readonly kind: 'died'; readonly message: string }
  | { readonly kind: 'interrupted' }

export interface ProcessOptions {
  readonly signal: AbortSignal
  /** The module that the process runs; it calls `serveJob`. */
  readonly entry?: string
  onProgress?(progress: JobProgress): void
}

const jobProcess = fileURLToPath(new URL('./job-process.js', import.meta.url))
/** Milliseconds that an interrupted job has to save what it did. */
const grace = 10_000

export async function runInProcess(
  request: JobRequest,
  { signal, entry = jobProcess, onProgress }: ProcessOptions,
): Promise<ProcessOutcome> {
  if (signal.aborted) return { kind: 'interrupted' }
  const child = fork(entry, [], { execArgv: [], stdio: ['ignore', 'ignore', 'pipe', 'ipc'] })
  const closed = once(child, 'close').catch(() => undefined)
  let complaint = ''
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    complaint = `${complaint}${text}`.slice(-2000)
  })
  child.on('error', (error) => {
    complaint = error.message
  })
  let killing: NodeJS.Timeout | undefined
  const stop = () => {
    send(child, { kind: 'stop' })
    killing = setTimeout(() => child.kill('SIGKILL'), grace)
  }
  signal.addEventListener('abort', stop, { once: true })
  const answered = new Promise<ProcessOutcome>((resolve) => {
    child.on('message', (message: FromProcess) => {
      if (message.kind === 'progress') onProgress?.(message.progress)
      else resolve(message)
    })
  })
  send(child, { kind: 'run', request })
  try {
    const outcome = await Promise.race([answered, closed])
    if (outcome && 'kind' in outcome) return outcome
    if (signal.aborted) return { kind: 'interrupted' }
    const end = child.signalCode ? `was ended by ${child.signalCode}` : `ended with exit code ${child.exitCode}`
    const words = lastWords(complaint)
    return { kind: 'died', message: `its process ${end}${words ? ` (${words})` : ''}` }
  } finally {
    signal.removeEventListener('abort', stop)
    clearTimeout(killing)
    // At once: an orderly end would wait for the executor's threads.
    child.kill('SIGKILL')
    await closed
  }
}

/** A process that is ending takes no message; its end is noticed elsewhere. */
function send(child: ChildProcess, message: ToProcess): void {
  if (child.connected) child.send(message, () => undefined)
}
