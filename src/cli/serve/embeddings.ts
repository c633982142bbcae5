/** POST /v1/embeddings */
import type { FastifyReply } from 'fastify'
import type { z } from 'zod'
import { patience, type Service } from './answering.js'
import { badValue } from './errors.js'
import { tokensOf } from './prompts.js'
import type { embeddingBody } from './schemas.js'

export async function embed(service: Service, reply: FastifyReply, body: z.infer<typeof embeddingBody>) {
  const { engine, metrics } = service
  const { model, tokenizer, id } = engine.served
  const { dim } = model.config
  if (body.dimensions != null && body.dimensions !== dim)
    throw badValue('dimensions', `dimensions: the model's features have ${dim}, got ${body.dimensions}.`)
  const inputs = tokensOf(body.input, tokenizer, 'input')
  for (const { length } of inputs) {
    if (length === 0) throw badValue('input', 'input: must hold at least one token, got an empty text.')
    if (length > model.longest)
      throw badValue('input', `input: the model has ${model.longest} positions, got ${length} tokens.`)
  }
  const { signal, done } = patience(reply, service)
  try {
    const vectors: Float32Array[] = []
    for (const input of inputs) vectors.push(await engine.embed(input, signal))
    if (signal.aborted) throw signal.reason
    const tokens = inputs.reduce((sum, { length }) => sum + length, 0)
    metrics.tokens.inc({ kind: 'prompt' }, tokens)
    return {
      object: 'list' as const,
      model: id,
      data: vectors.map((vector, index) => ({
        object: 'embedding' as const,
        index,
        embedding: body.encoding_format === 'base64' ? base64(vector) : Array.from(vector),
      })),
      usage: { prompt_tokens: tokens, total_tokens: tokens },
    }
  } finally {
    done()
  }
}

const base64 = ({ buffer, byteOffset, byteLength }: Float32Array) =>
  Buffer.from(buffer, byteOffset, byteLength).toString('base64')
