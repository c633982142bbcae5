/** The server: routes, keys, limits, errors, logs. */
import { createHash, timingSafeEqual } from 'node:crypto'
import swagger from '@fastify/swagger'
import fastify, { type FastifyInstance } from 'fastify'
import {
  jsonSchemaTransform,
  serializerCompiler,
  validatorCompiler,
  type ZodTypeProvider,
} from 'fastify-type-provider-zod'
import { z } from 'zod'
import { createChat, type Engine } from '../../serving/index.js'
import { packageVersion } from '../version.js'
import type { Limits, Service } from './answering.js'
import { chatCompletions } from './chat.js'
import { completions } from './completions.js'
import { embed } from './embeddings.js'
import { ApiError, badBody, noKey, sendError, unknownModel } from './errors.js'
import { createMetrics } from './metrics.js'
import * as schemas from './schemas.js'

export interface ServerOptions {
  readonly engine: Engine
  readonly limits: Limits
  /** Keys that requests must bring; none are asked for without any. */
  readonly keys: readonly string[]
  readonly logLevel: string
  /** Whether the log holds what was asked. */
  readonly logPrompts: boolean
}

/** Seconds in which a request must have arrived. */
const arrival = 30
/** Seconds without a request after which clients are told to close a connection. */
const idle = 60
const open = new Set(['/healthz', '/readyz'])

export async function createServer(options: ServerOptions): Promise<FastifyInstance> {
  const { engine, limits, keys, logLevel, logPrompts } = options
  const { served } = engine
  const metrics = createMetrics(engine)
  const service: Service = { engine, limits, metrics, logPrompts, created: Math.floor(Date.now() / 1000) }
  const chat = createChat(served.chat)
  let ready = true

  const app = fastify({
    logger: { level: logLevel, stream: process.stderr, serializers: { req: ({ method, url }) => ({ method, url }) } },
    bodyLimit: limits.body,
    requestTimeout: arrival * 1000,
    // Longer than clients are told: a busy server is late, and must not close what a client has just written to.
    keepAliveTimeout: 2 * idle * 1000,
    forceCloseConnections: 'idle',
    return503OnClosing: false,
  })
  app.setValidatorCompiler(validatorCompiler)
  app.setSerializerCompiler(serializerCompiler)
  app.setErrorHandler(sendError)
  app.setNotFoundHandler((request, reply) =>
    sendError(
      new ApiError(404, 'invalid_request_error', 'not_found', `There is no ${request.method} ${request.url} here.`),
      request,
      reply,
    ),
  )
  const parseJson = app.getDefaultJsonParser('error', 'error')
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (request, body, done) => {
    const text = utf8(body as Buffer)
    if (text === undefined) done(badBody('The body is not UTF-8.'))
    else parseJson(request, text, done)
  })
  const digests = keys.map(digest)
  app.addHook('onRequest', async (request) => {
    const { url } = request.routeOptions
    if (digests.length === 0 || (url !== undefined && open.has(url))) return
    const given = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1]
    const found = digest(given ?? '')
    if (given === undefined || !digests.some((known) => timingSafeEqual(known, found))) throw noKey(given !== undefined)
  })
  app.addHook('onSend', async (_, reply) => {
    reply.header('keep-alive', `timeout=${idle}`)
  })
  app.addHook('onResponse', async (request, reply) => {
    const route = request.routeOptions.url ?? 'unknown'
    metrics.requests.inc({ route, status: reply.statusCode })
    metrics.duration.observe({ route }, reply.elapsedTime / 1000)
  })
  app.addHook('preClose', async () => {
    ready = false
  })
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'seqlab serve',
        description: 'A model of seqlab behind the interface of OpenAI.',
        version: packageVersion(),
      },
      ...(keys.length > 0 && {
        components: { securitySchemes: { key: { type: 'http', scheme: 'bearer' } } },
        security: [{ key: [] }],
      }),
    },
    transform: jsonSchemaTransform,
  })

  app.after(() => {
    const routes = app.withTypeProvider<ZodTypeProvider>()
    const failures = { '4xx': schemas.failure, '5xx': schemas.failure }
    const requireModel = (asked: string) => {
      if (asked !== served.id) throw unknownModel(asked, served.id)
    }

    routes.get(
      '/healthz',
      { schema: { summary: 'Whether the process answers', response: { 200: status } } },
      async () => ({
        status: 'ok',
      }),
    )
    routes.get(
      '/readyz',
      { schema: { summary: 'Whether requests are taken', response: { 200: status, 503: status } } },
      async (_, reply) => (ready ? { status: 'ready' } : reply.code(503).send({ status: 'stopping' })),
    )
    routes.get('/metrics', { schema: { summary: 'Figures for Prometheus' } }, async (_, reply) =>
      reply.header('content-type', metrics.registry.contentType).send(await metrics.registry.metrics()),
    )
    routes.get('/openapi.json', { schema: { summary: 'This description' } }, async () => app.swagger())

    const described = { id: served.id, object: 'model' as const, created: service.created, owned_by: 'seqlab' }
    routes.get('/v1/models', { schema: { summary: 'The model', response: { 200: schemas.models } } }, async () => ({
      object: 'list' as const,
      data: [described],
    }))
    routes.get(
      '/v1/models/:model',
      {
        schema: {
          summary: 'One model',
          params: z.object({ model: z.string() }),
          response: { 200: schemas.model, ...failures },
        },
      },
      async ({ params }) => {
        requireModel(params.model)
        return described
      },
    )
    routes.post(
      '/v1/completions',
      {
        schema: {
          summary: 'Continues texts',
          body: schemas.completionBody,
          response: { 200: schemas.completion, ...failures },
        },
      },
      async (request, reply) => {
        requireModel(request.body.model)
        return completions(service, request, reply, request.body)
      },
    )
    routes.post(
      '/v1/chat/completions',
      {
        schema: {
          summary: 'Answers in a chat',
          body: schemas.chatBody,
          response: { 200: schemas.chatCompletion, ...failures },
        },
      },
      async (request, reply) => {
        requireModel(request.body.model)
        return chatCompletions(service, chat, request, reply, request.body)
      },
    )
    routes.post(
      '/v1/embeddings',
      {
        schema: {
          summary: 'Texts as vectors: the mean of the features of their tokens',
          body: schemas.embeddingBody,
          response: { 200: schemas.embeddings, ...failures },
        },
      },
      async (request, reply) => {
        requireModel(request.body.model)
        return embed(service, reply, request.body)
      },
    )
    routes.delete(
      '/v1/sessions/:session',
      {
        schema: {
          summary: 'Forgets a session',
          params: z.object({ session: z.string() }),
          response: { 200: z.object({ id: z.string(), deleted: z.boolean() }) },
        },
      },
      async ({ params }) => ({ id: params.session, deleted: await engine.sessions.remove(params.session) }),
    )
  })
  await app.ready()
  return app
}

const status = z.object({ status: z.string() })

function utf8(bytes: Buffer): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    return undefined
  }
}

const digest = (key: string) => createHash('sha256').update(key).digest()
