/** Answers to requests: choices, sessions and prefixes over lanes that read and write texts side by side. */
import type { Executor } from '../engine/index.js'
import { createTexts, type Sampling, type TextState } from '../inference/index.js'
import { UserError } from '../platform/errors.js'
import { createChoice, type Piece } from './choice.js'
import { createLane, type Job, type Lane, type Outcome } from './lane.js'
import { createPrefixes, type Prefixes } from './prefixes.js'
import { createQueue, type Queue } from './queue.js'
import type { ServedModel } from './served-model.js'
import type { Session, Sessions } from './sessions.js'

export interface AnswerRequest {
  readonly prompt: Int32Array
  /** Whether the prompt holds what begins a text; else that is put before it where it begins one. */
  readonly begun: boolean
  /** Answers to the same prompt; the seed of each is one more. */
  readonly choices: number
  readonly limit: number
  readonly sampling: Sampling
  readonly stop: readonly string[]
  readonly logprobs?: number
  /** Goes on from the state of this name, and leaves its own there. */
  readonly session?: string
  /** Gives the request up. */
  readonly signal: AbortSignal
}

export type AnswerEvent =
  | ({ readonly choice: number } & Piece)
  /** The last one of a choice. */
  | { readonly choice: number; readonly finish: 'stop' | 'length'; readonly tokens: number }

export interface Answer {
  readonly events: AsyncIterable<AnswerEvent>
  /** Tokens of the prompt, and of these what needed no reading. */
  readonly promptTokens: number
  readonly cachedTokens: number
  /** Of a session: tokens that its state has read before, none where it begins. */
  readonly sessionTokens?: number
}

/** A request that cannot be taken now. */
export class BusyError extends Error {
  constructor(
    readonly reason: 'queue' | 'session' | 'stopping',
    message: string,
  ) {
    super(message)
  }
}

export interface Engine {
  readonly served: ServedModel
  readonly prefixes: Prefixes
  readonly sessions: Sessions
  readonly lanes: readonly Lane[]
  /** Whether a session of this name will be gone on with, and what it has not read yet. */
  session(name: string): Promise<Session | undefined>
  /** @throws BusyError, DroppedSessionError, or UserError for a prompt that the model cannot take */
  answer(request: AnswerRequest): Promise<Answer>
  /** The mean of the features of a text's tokens, of length 1. */
  embed(tokens: Int32Array, signal: AbortSignal): Promise<Float32Array>
  /** Takes no more requests; those that run end on their own, or after `grace` milliseconds with what they have. */
  stop(grace: number): Promise<void>
}

export interface EngineOptions {
  /** One for each lane; lanes work beside each other. */
  readonly executors: readonly Executor[]
  /** Texts of a lane that are read and written at once. */
  readonly rows: number
  /** Texts that may wait beyond those. */
  readonly queue: number
  readonly prefixBytes: number
  readonly sessions: Sessions
}

/** Pieces that may wait to be taken; a slower client holds its own text up, and no other. */
const mostUntaken = 64
const largePiece = 64
const smallPiece = 8

export async function createEngine(served: ServedModel, options: EngineOptions): Promise<Engine> {
  const { executors, rows, queue, prefixBytes, sessions } = options
  const { model, parameters, tokenizer } = served
  const lanes: Lane[] = []
  for (const executor of executors) lanes.push(createLane(await createTexts(model, parameters, { executor }), { rows }))
  const prefixes = createPrefixes(prefixBytes)
  const taken = new Set<string>()
  let stopping = false
  let running = 0
  /** Texts that are no jobs of a lane: embeddings, and sessions whose state is being read. */
  let elsewhere = 0
  let idle: (() => void) | undefined

  const leastBusy = () => lanes.reduce((least, lane) => (lane.jobs < least.jobs ? lane : least))
  const jobs = () => lanes.reduce((sum, lane) => sum + lane.jobs, 0)

  function requireRoom(texts: number): void {
    if (stopping) throw new BusyError('stopping', 'The server is stopping and takes no more requests.')
    if (jobs() + elsewhere + texts > lanes.length * rows + queue) {
      throw new BusyError('queue', `The server is busy with ${jobs()} texts – try again later.`)
    }
  }

  /** Reads what all choices share, up to where each reads alone: a whole number of small pieces, as one alone would. */
  async function readShared(lane: Lane, prompt: Int32Array, signal: AbortSignal) {
    const known = prefixes.find(prompt)
    const length = Math.floor((prompt.length - 1) / smallPiece) * smallPiece
    const start = known?.read ?? 0
    if (length <= start) return { state: known?.state, read: start }
    const { state } = await lane.run({
      prompt: prompt.subarray(start, length),
      from: known?.state,
      limit: 0,
      sampling: none,
      accept: () => false,
      signal,
      keep: true,
      landmarks: landmarks(prompt, start),
    })
    return { state, read: length }
  }

  const landmarks = (prompt: Int32Array, start: number): Job['landmarks'] => ({
    wanted: (read) => prefixes.wanted(start + read, prompt),
    give: (read, state) => prefixes.put(prompt.subarray(0, start + read), state),
  })

  async function write(
    lane: Lane,
    request: AnswerRequest,
    index: number,
    start: {
      prompt: Int32Array
      read: number
      state?: TextState
      recent: readonly number[]
      landmarks?: Job['landmarks']
    },
    events: Queue<AnswerEvent>,
  ): Promise<Outcome & { written: readonly number[] }> {
    const { sampling, stop, logprobs, limit, signal, session } = request
    const written: number[] = []
    const choice = createChoice({
      tokenizer,
      stop,
      ends: served.ends,
      logprobs,
      give: (piece) => events.push({ choice: index, ...piece }),
    })
    const outcome = await lane.run({
      prompt: start.prompt.subarray(start.read),
      from: start.state,
      limit,
      sampling: { ...sampling, seed: sampling.seed + index },
      recent: [...start.recent, ...start.prompt.subarray(0, start.read)].slice(-Math.max(1, sampling.repetitionWindow)),
      accept(token, logits) {
        written.push(token)
        return choice.accept(token, logits)
      },
      paused: () => events.length >= mostUntaken,
      signal,
      keep: session !== undefined,
      landmarks: start.landmarks,
    })
    choice.end()
    events.push({ choice: index, finish: outcome.reason === 'ended' ? 'stop' : 'length', tokens: choice.tokens })
    return { ...outcome, written }
  }

  async function writeAll(lane: Lane, request: AnswerRequest, prompt: Int32Array, events: Queue<AnswerEvent>) {
    const { choices, signal } = request
    const shared =
      choices > 1 ? await readShared(lane, prompt, signal) : (prefixes.find(prompt) ?? { read: 0, state: undefined })
    const start = { prompt, recent: [], ...shared, landmarks: choices > 1 ? undefined : landmarks(prompt, shared.read) }
    await Promise.all(Array.from({ length: choices }, (_, index) => write(lane, request, index, start, events)))
  }

  async function continueSession(
    lane: Lane,
    request: AnswerRequest,
    { name, before, prompt }: { name: string; before?: Session; prompt: Int32Array },
    events: Queue<AnswerEvent>,
  ) {
    const start = { prompt, read: 0, state: before?.state, recent: before?.recent ?? [] }
    const { state, unread, written } = await write(lane, request, 0, start, events)
    if (!state) return
    const recent = [...start.recent, ...prompt, ...written].slice(-largePiece)
    await sessions.put(name, { state, unread, recent })
  }

  const begin = ({ prompt, begun }: AnswerRequest) => (begun ? prompt : Int32Array.from([...served.begin, ...prompt]))

  function requirePrompt(prompt: Int32Array, position: number, limit: number): void {
    if (prompt.length === 0)
      throw new UserError('prompt: must hold at least one token, got none – begin with a line break')
    const end = position + prompt.length + limit
    if (end <= model.longest) return
    throw new UserError(
      `prompt: the model has ${model.longest} positions, got ${end - limit} tokens and ${limit} to write – ask for less`,
    )
  }

  async function counted(work: () => Promise<void>, events: Queue<AnswerEvent>): Promise<void> {
    running++
    try {
      await work()
      events.end()
    } catch (error) {
      events.fail(error)
    } finally {
      left()
    }
  }

  function left(): void {
    running--
    if (running === 0) idle?.()
  }

  return {
    served,
    prefixes,
    sessions,
    lanes,
    session: (name) => sessions.get(name),

    async answer(request) {
      requireRoom(request.choices)
      const lane = leastBusy()
      const events = createQueue<AnswerEvent>(lane.wake)
      const { session } = request
      if (session !== undefined) {
        if (taken.has(session)) {
          throw new BusyError(
            'session',
            `Session ${JSON.stringify(session)} is answering another request – wait for it.`,
          )
        }
        taken.add(session)
        running++
        elsewhere++
        try {
          const before = await sessions.get(session)
          const sessionTokens = before?.state.position ?? 0
          const prompt = before ? Int32Array.from([...before.unread, ...request.prompt]) : begin(request)
          requirePrompt(prompt, sessionTokens, request.limit)
          const work = () => continueSession(lane, request, { name: session, before, prompt }, events)
          void counted(work, events).finally(() => taken.delete(session))
          return { events, promptTokens: request.prompt.length, cachedTokens: 0, sessionTokens }
        } catch (error) {
          taken.delete(session)
          throw error
        } finally {
          elsewhere--
          left()
        }
      }
      const prompt = begin(request)
      requirePrompt(prompt, 0, request.limit)
      const cachedTokens = prefixes.find(prompt)?.read ?? 0
      void counted(() => writeAll(lane, request, prompt, events), events)
      return { events, promptTokens: prompt.length, cachedTokens }
    },

    async embed(tokens, signal) {
      requireRoom(1)
      const sums = new Float64Array(model.config.dim)
      const { between } = leastBusy()
      running++
      elsewhere++
      const text = await between((texts) => texts.open())
      try {
        for (let from = 0; from < tokens.length && !signal.aborted; ) {
          const length = [largePiece, smallPiece, 1].find((size) => size <= tokens.length - from) as number
          const features = await between((texts) => texts.readFeatures(text, tokens.subarray(from, from + length)))
          for (const [index, value] of features.entries()) sums[index % sums.length] += value
          from += length
        }
      } finally {
        await between((texts) => texts.close(text))
        elsewhere--
        left()
      }
      const norm = Math.hypot(...sums) || 1
      return Float32Array.from(sums, (sum) => sum / norm)
    },

    async stop(grace) {
      stopping = true
      if (running > 0) {
        const done = new Promise<void>((resolve) => {
          idle = resolve
        })
        const late = setTimeout(() => lanes.forEach((lane) => void lane.stop()), grace)
        await done
        clearTimeout(late)
      }
      for (const lane of lanes) await lane.dispose()
    },
  }
}

const none: Sampling = { temperature: 0, topP: 1, repetitionPenalty: 1, repetitionWindow: 0, seed: 0 }
