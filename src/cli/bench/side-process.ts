/** A side of a benchmark in a process of its own, told what to do line by line. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import type { Side } from '../../evaluation/bench/index.js'
import { lastWords } from '../last-words.js'

/**
 * Starts a process that says `{"firstStepSeconds":…}` once it is ready, answers each line with a number of steps by
 * their milliseconds `[…]`, and the end of its input by `{"peakRssMiB":…}`.
 */
export async function startProcess(
  command: string,
  args: readonly string[],
  environment: NodeJS.ProcessEnv = process.env,
): Promise<Side> {
  const child = spawn(command, args, { env: environment, stdio: ['pipe', 'pipe', 'pipe'] })
  const closed = once(child, 'close').catch(() => undefined)
  let complaint = ''
  child.on('error', (error) => {
    complaint = error.message
  })
  child.stderr.on('data', (text) => {
    complaint = `${complaint}${text}`.slice(-2000)
  })
  // A process that has ended is noticed by the answer it does not give.
  child.stdin.on('error', () => undefined)
  const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]()

  async function answer() {
    const { value, done } = await answers.next()
    if (!done) return JSON.parse(value)
    await closed
    throw new Error(
      `${command}: ended early – ${lastWords(complaint) || (child.signalCode ?? `exit code ${child.exitCode}`)}`,
    )
  }

  const { firstStepSeconds } = await answer()
  return {
    firstStepSeconds,
    run(steps) {
      child.stdin.write(`${steps}\n`)
      return answer()
    },
    async finish() {
      child.stdin.end()
      const ended = await answer()
      await closed
      return ended
    },
  }
}
