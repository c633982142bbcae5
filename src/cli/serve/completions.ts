/** POST /v1/completions */
import { randomUUID } from 'node:crypto'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { WrittenToken } from '../../serving/index.js'
import {
  type ChoiceText,
  type Format,
  limitOf,
  respond,
  type Service,
  samplingOf,
  sessionOf,
  stopsOf,
} from './answering.js'
import { badValue } from './errors.js'
import { tokensOf } from './prompts.js'
import type { CompletionBody } from './schemas.js'

/** OpenAI's. */
const usualTokens = 16

export async function completions(
  service: Service,
  request: FastifyRequest,
  reply: FastifyReply,
  body: CompletionBody,
) {
  const { tokenizer } = service.engine.served
  const prompts = tokensOf(body.prompt, tokenizer, 'prompt')
  const session = sessionOf(request, body)
  if (session !== undefined && prompts.length > 1)
    throw badValue('prompt', 'prompt: a session goes on with one prompt.')
  if (service.logPrompts) request.log.info({ prompt: body.prompt })
  const sampling = samplingOf(body)
  const requests = prompts.map((prompt) => ({
    prompt,
    begun: false,
    choices: body.n ?? 1,
    limit: limitOf(service, prompt.length, body.max_tokens, usualTokens),
    sampling,
    stop: stopsOf(body),
    logprobs: body.logprobs ?? undefined,
    session,
  }))
  return respond(service, request, reply, {
    requests,
    stream: body.stream ?? false,
    includeUsage: body.stream_options?.include_usage ?? false,
    format: completionFormat(service, body.logprobs ?? 0),
  })
}

function completionFormat({ engine, created }: Service, top: number): Format {
  const frame = { id: `cmpl-${randomUUID()}`, object: 'text_completion', created, model: engine.served.id }
  const chunk = (choice: object) => ({ ...frame, choices: [choice] })
  return {
    piece: (index, text, token, offset) =>
      chunk({ index, text, logprobs: token ? logprobs([token], top, offset) : null, finish_reason: null }),
    last: (index, finish_reason) => chunk({ index, text: '', logprobs: null, finish_reason }),
    usage: (usage) => ({ ...frame, choices: [], usage }),
    whole: (choices, usage) => ({
      ...frame,
      choices: choices.map(({ text, tokens, finish }: ChoiceText, index) => {
        return { index, text, logprobs: tokens.length > 0 ? logprobs(tokens, top, 0) : null, finish_reason: finish }
      }),
      usage,
    }),
  }
}

function logprobs(tokens: readonly WrittenToken[], top: number, start: number) {
  let offset = start
  return {
    tokens: tokens.map(({ text }) => text),
    token_logprobs: tokens.map(({ logprob }) => logprob),
    top_logprobs:
      top === 0
        ? null
        : tokens.map(({ likeliest }) => Object.fromEntries(likeliest.map(({ text, logprob }) => [text, logprob]))),
    text_offset: tokens.map(({ text }) => {
      const at = offset
      offset += text.length
      return at
    }),
  }
}
