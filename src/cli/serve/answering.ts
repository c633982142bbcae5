/** From a request to answers, and from answers to one body or a stream of events. */
import { randomInt } from 'node:crypto'
import { Readable } from 'node:stream'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Sampling } from '../../inference/index.js'
import type { Answer, AnswerRequest, Engine, WrittenToken } from '../../serving/index.js'
import { ApiError, asApiError, badValue, tooLong } from './errors.js'
import type { Metrics } from './metrics.js'
import type { CompletionBody, Usage } from './schemas.js'

export interface Limits {
  /** Bytes of a body. */
  readonly body: number
  /** Tokens that a request may write, of each choice. */
  readonly tokens: number
  /** Seconds that an answer may take. */
  readonly seconds: number
}

export interface Service {
  readonly engine: Engine
  readonly limits: Limits
  readonly metrics: Metrics
  readonly logPrompts: boolean
  /** Seconds since 1970. */
  readonly created: number
}

export interface ChoiceText {
  text: string
  readonly tokens: WrittenToken[]
  finish: 'stop' | 'length'
}

/** How an endpoint writes its answers. */
export interface Format {
  /** Before the first event of a choice in a stream. */
  opening?(choice: number): object
  piece(choice: number, text: string, token: WrittenToken | undefined, offset: number): object
  last(choice: number, finish: 'stop' | 'length'): object
  usage(usage: Usage): object
  whole(choices: readonly ChoiceText[], usage: Usage): object
}

type Common = Pick<
  CompletionBody,
  'temperature' | 'top_p' | 'top_k' | 'repetition_penalty' | 'seed' | 'stop' | 'n' | 'stream' | 'stream_options'
>

export function samplingOf(body: Common): Sampling {
  return {
    temperature: body.temperature ?? 1,
    topP: body.top_p ?? 1,
    topK: body.top_k ?? undefined,
    repetitionPenalty: body.repetition_penalty ?? 1,
    repetitionWindow: 64,
    seed: body.seed ?? randomInt(2 ** 47),
  }
}

export const stopsOf = ({ stop }: Common): string[] => (typeof stop === 'string' ? [stop] : (stop ?? []))

/** The tokens that may be written: what was asked for, or else as many as there is room for. */
export function limitOf(
  { engine, limits }: Service,
  prompt: number,
  asked: number | null | undefined,
  usual: number,
): number {
  if (asked == null) return Math.max(1, Math.min(usual, limits.tokens, engine.served.model.longest - prompt))
  if (asked <= limits.tokens) return asked
  throw badValue('max_tokens', `max_tokens: this server writes at most ${limits.tokens} tokens, got ${asked}.`)
}

/** The name of the session that a request goes on with, in its body or its header. */
export function sessionOf(request: FastifyRequest, body: { session_id?: string | null; n?: number | null }) {
  const header = request.headers['x-session-id']
  const name = body.session_id ?? (typeof header === 'string' && header !== '' ? header : undefined)
  if (name !== undefined && (body.n ?? 1) > 1) throw badValue('n', 'n: a session goes on with one answer.')
  return name
}

/**
 * A signal for when nobody waits for the answer any more: the client is gone, or the time is over. The connection of a
 * client that then still does not read is cut.
 */
export function patience(reply: FastifyReply, { limits }: Service): { signal: AbortSignal; done(): void } {
  const controller = new AbortController()
  const late = setTimeout(() => {
    controller.abort(tooLong(limits.seconds))
    cut.refresh()
  }, limits.seconds * 1000)
  const cut = setTimeout(() => reply.raw.destroy(), (limits.seconds + 5) * 1000)
  const done = () => {
    clearTimeout(late)
    clearTimeout(cut)
  }
  reply.raw.once('close', () => {
    done()
    controller.abort()
  })
  return { signal: controller.signal, done }
}

/** Begins an answer to each prompt, and gives all up where one is refused. */
export async function begin(
  { engine }: Service,
  requests: readonly Omit<AnswerRequest, 'signal'>[],
  signal: AbortSignal,
): Promise<Answer[]> {
  const controller = new AbortController()
  signal.addEventListener('abort', () => controller.abort(signal.reason), { once: true })
  const answers: Answer[] = []
  try {
    for (const request of requests) answers.push(await engine.answer({ ...request, signal: controller.signal }))
    return answers
  } catch (error) {
    controller.abort()
    throw error
  }
}

export interface Asked {
  readonly requests: readonly Omit<AnswerRequest, 'signal'>[]
  readonly stream: boolean
  readonly includeUsage: boolean
  readonly format: Format
}

export async function respond(service: Service, request: FastifyRequest, reply: FastifyReply, asked: Asked) {
  const started = performance.now()
  const { signal, done } = patience(reply, service)
  const answers = await begin(service, asked.requests, signal)
  const each = asked.requests[0].choices
  const [{ sessionTokens }] = answers
  if (sessionTokens !== undefined) reply.header('x-session-tokens', sessionTokens)
  let written = 0
  let first = true
  const count = () => {
    if (first) service.metrics.firstToken.observe((performance.now() - started) / 1000)
    first = false
  }
  const usage = (): Usage => {
    const prompt = answers.reduce((sum, { promptTokens }) => sum + promptTokens, 0)
    const cached = answers.reduce((sum, { cachedTokens }) => sum + cachedTokens, 0)
    return {
      prompt_tokens: prompt,
      completion_tokens: written,
      total_tokens: prompt + written,
      prompt_tokens_details: { cached_tokens: cached },
    }
  }
  const finished = () => {
    done()
    const { prompt_tokens, completion_tokens } = usage()
    service.metrics.tokens.inc({ kind: 'prompt' }, prompt_tokens)
    service.metrics.tokens.inc({ kind: 'completion' }, completion_tokens)
    request.log.info({ promptTokens: prompt_tokens, completionTokens: completion_tokens }, 'answered')
  }

  const choices = Array.from(
    { length: answers.length * each },
    (): ChoiceText => ({ text: '', tokens: [], finish: 'length' }),
  )
  async function* events(): AsyncGenerator<object | undefined> {
    const { format } = asked
    if (format.opening) for (const index of choices.keys()) yield format.opening(index)
    for await (const { from, value } of merged(answers.map(({ events }) => events))) {
      const index = from * each + value.choice
      const choice = choices[index]
      if ('finish' in value) {
        choice.finish = value.finish
        written += value.tokens
        yield format.last(index, value.finish)
        continue
      }
      count()
      const { text, token } = value
      if (token) choice.tokens.push(token)
      const offset = choice.text.length
      choice.text += text
      if (text !== '' || token) yield format.piece(index, text, token, offset)
    }
    if (signal.aborted)
      throw signal.reason instanceof ApiError
        ? signal.reason
        : new ApiError(499, 'client_error', null, 'The client is gone.')
    if (asked.includeUsage) yield format.usage(usage())
  }

  if (!asked.stream) {
    try {
      for await (const _ of events());
      return await reply.send(asked.format.whole(choices, usage()))
    } finally {
      finished()
    }
  }
  async function* stream() {
    try {
      for await (const event of events()) yield `data: ${JSON.stringify(event)}\n\n`
      yield 'data: [DONE]\n\n'
    } catch (error) {
      const known = asApiError(error)
      if (known.status === 500) request.log.error({ err: error })
      yield `data: ${JSON.stringify(known.body())}\n\n`
    } finally {
      finished()
    }
  }
  return reply
    .header('content-type', 'text/event-stream; charset=utf-8')
    .header('cache-control', 'no-cache')
    .send(Readable.from(stream(), { objectMode: false, highWaterMark: 1 << 14 }))
}

/** Values of several sources as they come. */
async function* merged<T>(sources: readonly AsyncIterable<T>[]): AsyncGenerator<{ from: number; value: T }> {
  const iterators = sources.map((source) => source[Symbol.asyncIterator]())
  const next = async (from: number) => ({ from, result: await iterators[from].next() })
  const pending = new Map(iterators.map((_, from) => [from, next(from)]))
  while (pending.size > 0) {
    const { from, result } = await Promise.race(pending.values())
    if (result.done) pending.delete(from)
    else {
      pending.set(from, next(from))
      yield { from, value: result.value }
    }
  }
}
