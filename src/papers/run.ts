/** Running a demonstration. */
import type { Executor } from '../engine/index.js'
import { platform } from '../platform/index.js'
import { type Claim, type Demonstration, type DemonstrationResult, type Lab, verdictOf } from './demonstration.js'

export interface RunContext {
  /** Path of the plays that come with the package. */
  readonly text: string
  readonly signal?: AbortSignal
  makeExecutor(options: { threads: number }): Promise<Executor>
  onProgress(message: string): void
}

/** Executors that work at a time. */
const atOnce = 2

export const commandOf = (id: string) => `npx seqlab paper ${id} --run`

/** Runs a demonstration from its seed and says what was found. @throws what the signal was aborted with */
export async function runDemonstration(
  demonstration: Demonstration,
  { text, signal, makeExecutor, onProgress }: RunContext,
): Promise<DemonstrationResult> {
  const { id, seed, changed } = demonstration
  const { now } = platform()
  const began = now()
  const open = async () => stoppable(await makeExecutor({ threads: 1 }), signal)
  const makeLab = (executor: Executor): Lab => ({
    seed,
    text,
    signal,
    progress: onProgress,
    executor,
    async each(items, work) {
      const results = new Array(items.length)
      const waiting = [...items.keys()]
      const worker = async () => {
        const own = await open()
        try {
          for (let at = waiting.shift(); at !== undefined; at = waiting.shift())
            results[at] = await work(items[at], makeLab(own))
        } catch (error) {
          waiting.length = 0
          throw error
        } finally {
          await own.close()
        }
      }
      // Each closes its executor before the first failure is told.
      const ends = await Promise.allSettled(Array.from({ length: Math.min(atOnce, items.length) }, worker))
      const failure = ends.find((end) => end.status === 'rejected')
      if (failure) throw failure.reason
      return results
    },
  })
  const executor = await open()
  try {
    const { claims, sentence } = await demonstration.run(makeLab(executor))
    refuseBadFigures(id, claims)
    const verdict = verdictOf(claims)
    const seconds = Math.round((now() - began) / 100) / 10
    return { id, command: commandOf(id), seed, verdict, sentence, claims, ...(changed && { changed }), seconds }
  } finally {
    await executor.close()
  }
}

/** A figure is found again by its name, and JSON knows no other numbers. */
function refuseBadFigures(id: string, claims: readonly Claim[]): void {
  const names = new Set<string>()
  for (const { name, value } of claims.flatMap(({ figures }) => figures)) {
    if (names.has(name)) throw new Error(`paper ${id}: expected figures of different names, got "${name}" twice`)
    if (!Number.isFinite(value)) throw new Error(`paper ${id}: expected "${name}" to be finite, got ${value}`)
    names.add(name)
  }
}

/** The executor, which does nothing more once the signal is aborted. */
function stoppable(executor: Executor, signal?: AbortSignal): Executor {
  return {
    ...executor,
    async compile(program, options) {
      signal?.throwIfAborted()
      const executable = await executor.compile(program, options)
      return {
        ...executable,
        async run(feeds) {
          signal?.throwIfAborted()
          return executable.run(feeds)
        },
      }
    },
  }
}
