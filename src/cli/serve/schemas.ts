/** Bodies of requests and answers. What is not here is refused by name: nothing that was asked for is left out silently. */
import { z } from 'zod'

const flag = z.boolean().nullish()
const stop = z
  .union([z.string().min(1), z.array(z.string().min(1)).max(4)])
  .nullish()
  .describe('texts that end the answer')

const common = {
  model: z.string(),
  temperature: z.number().min(0).max(2).nullish(),
  top_p: z.number().gt(0).max(1).nullish(),
  n: z.int().min(1).max(64).nullish().describe('answers to each prompt'),
  stop,
  seed: z.int().min(0).nullish().describe('the same seed gives the same answer'),
  stream: flag,
  stream_options: z.strictObject({ include_usage: flag }).nullish(),
  presence_penalty: z.literal(0).nullish(),
  frequency_penalty: z.literal(0).nullish(),
  user: z.string().optional().describe('not used'),
  top_k: z.int().min(1).nullish().describe('choose among this many tokens; an extension'),
  repetition_penalty: z
    .number()
    .gt(0)
    .max(10)
    .nullish()
    .describe('above 1, tokens that came up become less likely; an extension'),
  session_id: z
    .string()
    .min(1)
    .max(256)
    .nullish()
    .describe('goes on from the state of this name and leaves its own there; only what is new is sent; an extension'),
}

const tokens = z.array(z.int().min(0)).min(1)

export const completionBody = z.strictObject({
  ...common,
  prompt: z.union([z.string(), z.array(z.string()).min(1).max(64), tokens, z.array(tokens).min(1).max(64)]),
  max_tokens: z.int().min(1).nullish().describe('16 by default'),
  logprobs: z.int().min(0).max(20).nullish(),
  echo: z.literal(false).nullish(),
  best_of: z.literal(1).nullish(),
})

const content = z.union([z.string(), z.array(z.strictObject({ type: z.literal('text'), text: z.string() }))])

export const chatBody = z.strictObject({
  ...common,
  messages: z.array(z.strictObject({ role: z.enum(['system', 'developer', 'user', 'assistant']), content })).min(1),
  max_tokens: z.int().min(1).nullish(),
  max_completion_tokens: z.int().min(1).nullish(),
  logprobs: flag,
  top_logprobs: z.int().min(0).max(20).nullish(),
})

export const embeddingBody = z.strictObject({
  model: z.string(),
  input: z.union([z.string(), z.array(z.string()).min(1).max(256), tokens, z.array(tokens).min(1).max(256)]),
  encoding_format: z.enum(['float', 'base64']).nullish(),
  dimensions: z.int().min(1).nullish().describe('must be the width of the model'),
  user: z.string().optional().describe('not used'),
})

export const usage = z.object({
  prompt_tokens: z.int(),
  completion_tokens: z.int(),
  total_tokens: z.int(),
  prompt_tokens_details: z.object({ cached_tokens: z.int() }),
})

const finish = z.enum(['stop', 'length'])

const completionLogprobs = z.object({
  tokens: z.array(z.string()),
  token_logprobs: z.array(z.number()),
  top_logprobs: z.array(z.record(z.string(), z.number())).nullable(),
  text_offset: z.array(z.int()),
})

export const completion = z.object({
  id: z.string(),
  object: z.literal('text_completion'),
  created: z.int(),
  model: z.string(),
  choices: z.array(
    z.object({ index: z.int(), text: z.string(), logprobs: completionLogprobs.nullable(), finish_reason: finish }),
  ),
  usage,
})

const likely = { token: z.string(), logprob: z.number(), bytes: z.array(z.int()) }
const chatLogprobs = z.object({
  content: z.array(z.object({ ...likely, top_logprobs: z.array(z.object(likely)) })),
  refusal: z.null(),
})

export const chatCompletion = z.object({
  id: z.string(),
  object: z.literal('chat.completion'),
  created: z.int(),
  model: z.string(),
  choices: z.array(
    z.object({
      index: z.int(),
      message: z.object({ role: z.literal('assistant'), content: z.string(), refusal: z.null() }),
      logprobs: chatLogprobs.nullable(),
      finish_reason: finish,
    }),
  ),
  usage,
})

export const embeddings = z.object({
  object: z.literal('list'),
  model: z.string(),
  data: z.array(
    z.object({ object: z.literal('embedding'), index: z.int(), embedding: z.union([z.array(z.number()), z.string()]) }),
  ),
  usage: z.object({ prompt_tokens: z.int(), total_tokens: z.int() }),
})

export const model = z.object({
  id: z.string(),
  object: z.literal('model'),
  created: z.int(),
  owned_by: z.string(),
})
export const models = z.object({ object: z.literal('list'), data: z.array(model) })

export const failure = z.object({
  error: z.object({ message: z.string(), type: z.string(), param: z.string().nullable(), code: z.string().nullable() }),
})

export type Usage = z.infer<typeof usage>
export type CompletionBody = z.infer<typeof completionBody>
export type ChatBody = z.infer<typeof chatBody>
