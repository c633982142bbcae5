/**
 * Continuous batching: texts of any length come, are read and written side by side, and leave when they are done. A turn
 * reads a few pieces of the prompts that are waiting, then one token of every text that is being written. So a long prompt
 * holds nobody up for longer than its pieces take, and a text never waits for another one to end.
 */
import { drawAt, type Sampling, sampleToken, type TextState, type Texts } from '../inference/index.js'

export interface Job {
  /** Tokens to read, at least one. */
  readonly prompt: ArrayLike<number>
  /** What the prompt follows; nothing by default. */
  readonly from?: TextState
  /** Tokens to write at most; with 0 the prompt is read alone. */
  readonly limit: number
  readonly sampling: Sampling
  /** Tokens before the prompt that a repetition penalty looks at. */
  readonly recent?: readonly number[]
  /** Takes each token that is written, with what it was drawn from; says whether the text goes on. */
  accept(token: number, logits: Float32Array): boolean
  /** Whether the text should wait, because what was written has not been taken yet. */
  paused?(): boolean
  /** Ends the text before the next token. */
  readonly signal?: AbortSignal
  /** Whether the state after the text is wanted. */
  readonly keep?: boolean
  /** Told of the state after some first tokens of the prompt where `wanted` says so; with no `from` or one it gave. */
  readonly landmarks?: { wanted(read: number): boolean; give(read: number, state: TextState): void }
}

export interface Outcome {
  /** Why no more was written: it was enough, what takes it ended it, or the lane was stopped or the job given up. */
  readonly reason: 'limit' | 'ended' | 'interrupted'
  /** With `keep`: the state after all tokens but `unread`. */
  readonly state?: TextState
  readonly unread: readonly number[]
}

export interface Lane {
  /** Jobs that wait or run. */
  readonly jobs: number
  /** Tokens that were read as a prompt, and written. */
  readonly counts: { readonly read: number; readonly written: number }
  run(job: Job): Promise<Outcome>
  /** Does something between two runs of the model. */
  between<R>(action: (texts: Texts) => Promise<R>): Promise<R>
  /** Looks again whether paused texts may go on. */
  wake(): void
  /** Ends all jobs at their next token. */
  stop(): void
  dispose(): Promise<void>
}

/** Pieces that prompts are read in; what is left of one is read token by token, together with what others write. */
const pieces = [64, 8]
/** Pieces read between two steps: enough to fill the rows soon, few enough that what is written keeps flowing. */
const piecesPerTurn = 4

interface Running {
  readonly job: Job
  readonly text: number
  /** Tokens of the prompt that were read. */
  read: number
  written: number
  /** The newest token, while it was not read. */
  newest?: number
  readonly recent: number[]
}

interface Waiting {
  readonly job: Job
  resolve(outcome: Outcome): void
  reject(error: unknown): void
}

/** @param rows texts that are read and written at once; others wait for one to end */
export function createLane(texts: Texts, { rows }: { rows: number }): Lane {
  const waiting: Waiting[] = []
  const running = new Map<Running, Waiting>()
  const counts = { read: 0, written: 0 }
  let stopped = false
  let turning: Promise<void> | undefined
  let wake: (() => void) | undefined

  const left = ({ job, read }: Running) => job.prompt.length - read
  const over = ({ job }: { job: Job }) => stopped || job.signal?.aborted === true

  async function finish(it: Running, reason: Outcome['reason']): Promise<void> {
    const { resolve, reject } = running.get(it) as Waiting
    running.delete(it)
    try {
      const { job, text, newest } = it
      // Of an interrupted prompt the rest is unread.
      const unread = newest === undefined ? Array.from(job.prompt).slice(it.read) : [newest]
      const state = job.keep ? await texts.save(text) : undefined
      await texts.close(text)
      resolve({ reason, state, unread })
    } catch (error) {
      reject(error)
    }
  }

  async function fail(it: Running, error: unknown): Promise<void> {
    running.get(it)?.reject(error)
    running.delete(it)
    await texts.close(it.text).catch(() => undefined)
  }

  async function admit(): Promise<void> {
    for (const given of waiting.filter(over)) {
      waiting.splice(waiting.indexOf(given), 1)
      given.resolve({ reason: 'interrupted', state: given.job.from, unread: Array.from(given.job.prompt) })
    }
    while (running.size < rows && waiting.length > 0) {
      const next = waiting.shift() as Waiting
      const { job } = next
      try {
        const text = await texts.open(job.from)
        running.set({ job, text, read: 0, written: 0, recent: [...(job.recent ?? [])] }, next)
      } catch (error) {
        next.reject(error)
      }
    }
  }

  /** Draws the next token after the whole prompt, or after the newest token, was read. */
  async function write(it: Running, logits: Float32Array): Promise<void> {
    const { job, recent } = it
    if (job.limit === 0) return finish(it, 'limit')
    try {
      const token = sampleToken(logits, job.sampling, recent, drawAt(job.sampling.seed, it.written))
      it.newest = token
      it.written++
      counts.written++
      remember(it, [token])
      if (!job.accept(token, logits)) return finish(it, 'ended')
      if (it.written >= job.limit) return finish(it, 'limit')
    } catch (error) {
      return fail(it, error)
    }
  }

  function remember({ recent, job }: Running, tokens: ArrayLike<number>): void {
    recent.push(...Array.from(tokens).slice(-job.sampling.repetitionWindow - 1))
    if (recent.length > job.sampling.repetitionWindow) recent.splice(0, recent.length - job.sampling.repetitionWindow)
  }

  async function readPiece(it: Running): Promise<void> {
    const { job, text } = it
    const length = pieces.find((size) => size <= left(it)) as number
    const tokens = Array.from(job.prompt).slice(it.read, it.read + length)
    try {
      const logits = await texts.read(text, tokens)
      counts.read += length
      it.read += length
      remember(it, tokens)
      if (job.landmarks?.wanted(it.read)) job.landmarks.give(it.read, await texts.save(text))
      if (left(it) === 0) await write(it, logits)
    } catch (error) {
      await fail(it, error)
    }
  }

  async function step(ready: readonly Running[]): Promise<void> {
    const tokens = ready.map((it) => (left(it) > 0 ? it.job.prompt[it.read] : (it.newest as number)))
    try {
      const logits = await texts.step(
        ready.map(({ text }) => text),
        tokens,
      )
      for (const [index, it] of ready.entries()) {
        if (left(it) > 0) {
          it.read++
          counts.read++
          remember(it, [tokens[index]])
        }
        if (left(it) === 0) await write(it, logits[index])
      }
    } catch (error) {
      for (const it of ready) await fail(it, error)
    }
  }

  async function turn(): Promise<void> {
    for (const it of [...running.keys()]) if (over(it)) await finish(it, 'interrupted')
    await admit()
    const inPieces = [...running.keys()].filter((it) => left(it) >= pieces[pieces.length - 1])
    for (const it of inPieces.slice(0, piecesPerTurn)) await readPiece(it)
    const ready = [...running.keys()].filter((it) => left(it) < pieces[pieces.length - 1] && !it.job.paused?.())
    if (ready.length > 0) await step(ready)
    else if (inPieces.length === 0 && running.size > 0 && ![...running.keys()].some(over)) {
      await new Promise<void>((resolve) => {
        wake = resolve
      })
    }
  }

  async function turns(): Promise<void> {
    while (running.size > 0 || waiting.length > 0) await turn()
    turning = undefined
  }

  const lane: Lane = {
    get jobs() {
      return running.size + waiting.length
    },
    counts,
    run(job) {
      return new Promise((resolve, reject) => {
        waiting.push({ job, resolve, reject })
        job.signal?.addEventListener('abort', lane.wake, { once: true })
        lane.wake()
        turning ??= turns()
      })
    },
    between: (action) => action(texts),
    wake() {
      wake?.()
      wake = undefined
    },
    stop() {
      stopped = true
      lane.wake()
    },
    async dispose() {
      lane.stop()
      await turning
      await texts.dispose()
    },
  }
  return lane
}
