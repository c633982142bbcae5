/** POST /v1/chat/completions */
import { randomUUID } from 'node:crypto'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Chat, LikelyToken, WrittenToken } from '../../serving/index.js'
import { type Format, limitOf, respond, type Service, samplingOf, sessionOf, stopsOf } from './answering.js'
import { encoded } from './prompts.js'
import type { ChatBody } from './schemas.js'

const usualTokens = 1024

export async function chatCompletions(
  service: Service,
  chat: Chat,
  request: FastifyRequest,
  reply: FastifyReply,
  body: ChatBody,
) {
  const { engine } = service
  const { tokenizer, ends } = engine.served
  const messages = body.messages.map(({ role, content }) => ({
    // The newer name of the same role, which templates do not know.
    role: role === 'developer' ? 'system' : role,
    content: typeof content === 'string' ? content : content.map(({ text }) => text).join(''),
  }))
  const session = sessionOf(request, body)
  const before = session === undefined ? undefined : await engine.session(session)
  const last = before?.unread.at(-1)
  const ended = last !== undefined && ends.includes(last) ? tokenizer.decode([last]) : undefined
  const text = before ? chat.continue(messages, ended) : chat.begin(messages)
  if (service.logPrompts) request.log.info({ prompt: text })
  const prompt = encoded(text, tokenizer, 'messages')
  const asked = body.max_completion_tokens ?? body.max_tokens
  return respond(service, request, reply, {
    requests: [
      {
        prompt,
        choices: body.n ?? 1,
        limit: limitOf(service, (before?.state.position ?? 0) + prompt.length, asked, usualTokens),
        sampling: samplingOf(body),
        stop: [...stopsOf(body), ...chat.stop],
        logprobs: body.logprobs ? (body.top_logprobs ?? 0) : undefined,
        session,
        begun: true,
      },
    ],
    stream: body.stream ?? false,
    includeUsage: body.stream_options?.include_usage ?? false,
    format: chatFormat(service),
  })
}

function chatFormat({ engine, created }: Service): Format {
  const id = `chatcmpl-${randomUUID()}`
  const frame = { id, object: 'chat.completion.chunk', created, model: engine.served.id }
  const chunk = (index: number, delta: object, rest: object = {}) => ({
    ...frame,
    choices: [{ index, delta, logprobs: null, finish_reason: null, ...rest }],
  })
  return {
    opening: (index) => chunk(index, { role: 'assistant', content: '' }),
    piece: (index, content, token) => chunk(index, { content }, { logprobs: token ? logprobs([token]) : null }),
    last: (index, finish_reason) => chunk(index, {}, { finish_reason }),
    usage: (usage) => ({ ...frame, choices: [], usage }),
    whole: (choices, usage) => ({
      ...frame,
      object: 'chat.completion',
      choices: choices.map(({ text, tokens, finish }, index) => ({
        index,
        message: { role: 'assistant', content: text, refusal: null },
        logprobs: tokens.length > 0 ? logprobs(tokens) : null,
        finish_reason: finish,
      })),
      usage,
    }),
  }
}

const likely = ({ text, logprob }: LikelyToken) => ({
  token: text,
  logprob,
  bytes: [...new TextEncoder().encode(text)],
})

function logprobs(tokens: readonly WrittenToken[]) {
  return {
    content: tokens.map((token) => ({ ...likely(token), top_logprobs: token.likeliest.map(likely) })),
    refusal: null,
  }
}
