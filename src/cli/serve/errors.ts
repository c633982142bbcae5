/** What went wrong, as OpenAI's clients read it: a status, a type, a code, a sentence. */
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify'
import { UserError } from '../../platform/errors.js'
import { BusyError, DroppedSessionError } from '../../serving/index.js'

export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly type: string,
    readonly code: string | null,
    message: string,
    readonly param: string | null = null,
  ) {
    super(message)
  }

  body() {
    const { message, type, param, code } = this
    return { error: { message, type, param, code } }
  }
}

const invalid = (message: string, code: string | null, param: string | null = null, status = 400) =>
  new ApiError(status, 'invalid_request_error', code, message, param)

export const unknownModel = (asked: string, served: string) =>
  invalid(
    `There is no model ${JSON.stringify(asked)} here – ask for ${JSON.stringify(served)}.`,
    'model_not_found',
    'model',
    404,
  )

export const badValue = (param: string, message: string) => invalid(message, 'invalid_value', param)

export const badBody = (message: string) => invalid(message, 'invalid_body')

export const noKey = (given: boolean) =>
  invalid(
    given ? 'The API key is not one of this server.' : 'This server wants an API key: Authorization: Bearer KEY.',
    'invalid_api_key',
    null,
    401,
  )

export const tooLong = (seconds: number) =>
  new ApiError(504, 'timeout_error', 'timeout', `The answer took more than ${seconds} s – ask for fewer tokens.`)

/** Anything that was thrown, as an error of the interface. */
export function asApiError(error: unknown): ApiError {
  if (error instanceof ApiError) return error
  if (error instanceof UserError) return invalid(error.message, 'invalid_value')
  if (error instanceof BusyError) return fromBusy(error)
  if (error instanceof DroppedSessionError) return invalid(error.message, 'session_dropped', 'session_id', 410)
  const { statusCode, code, validation, message } = error as FastifyError
  if (validation?.[0]) {
    const { instancePath, message: reason } = validation[0]
    const param = instancePath.replace(/^\//, '').replaceAll('/', '.')
    return invalid(`${param || 'body'}: ${reason}`, 'invalid_value', param || null)
  }
  if (code === 'FST_ERR_CTP_BODY_TOO_LARGE')
    return invalid('The body is larger than this server takes.', 'request_too_large', null, 413)
  if (statusCode === 408) return invalid('The request did not arrive in time.', 'timeout', null, 408)
  if (statusCode && statusCode >= 400 && statusCode < 500) return invalid(message, null, null, statusCode)
  return new ApiError(500, 'server_error', null, 'Something went wrong in the server; its log says what.')
}

function fromBusy({ reason, message }: BusyError): ApiError {
  if (reason === 'queue') return new ApiError(429, 'rate_limit_error', 'overloaded', message)
  if (reason === 'session') return new ApiError(409, 'invalid_request_error', 'session_busy', message, 'session_id')
  return new ApiError(503, 'server_error', 'stopping', message)
}

export function sendError(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const known = asApiError(error)
  if (known.status >= 500 && known.status !== 503 && known.status !== 504) request.log.error({ err: error })
  if (known.status === 429 || known.status === 503) reply.header('retry-after', '1')
  return reply.code(known.status).send(known.body())
}
