import OpenAI from 'openai'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startServer } from './serving.js'

const model = 'small'
let server: Awaited<ReturnType<typeof startServer>>
let client: OpenAI
beforeAll(async () => {
  server = await startServer()
  client = new OpenAI({ baseURL: `${server.address}/v1`, apiKey: 'unused', maxRetries: 0 })
}, 60_000)
afterAll(() => server?.stop(), 60_000)

const prompt = 'To be, or not to be'

describe("OpenAI's client", () => {
  it('lists the model', async () => {
    expect((await client.models.list()).data.map(({ id }) => id)).toEqual([model])
    expect((await client.models.retrieve(model)).owned_by).toBe('seqlab')
  })

  it('completes: equal seeds give equal texts, streamed too, with usage', async () => {
    const asked = { model, prompt, max_tokens: 12, seed: 7 }
    const whole = await client.completions.create(asked)
    expect(whole.usage).toMatchObject({ prompt_tokens: 19, completion_tokens: 12, total_tokens: 31 })
    expect(whole.choices[0].finish_reason).toBe('length')
    let text = ''
    let usage: unknown
    const stream = await client.completions.create({ ...asked, stream: true, stream_options: { include_usage: true } })
    for await (const chunk of stream) {
      text += chunk.choices[0]?.text ?? ''
      usage = chunk.usage ?? usage
    }
    expect(text).toBe(whole.choices[0].text)
    expect(usage).toEqual(whole.usage)
    expect((await client.completions.create({ ...asked, seed: 8 })).choices[0].text).not.toBe(text)
  })

  it('gets n choices of each prompt; the first is what one choice is', async () => {
    const asked = { model, max_tokens: 6, seed: 5 }
    const both = await client.completions.create({ ...asked, prompt: [prompt, 'Another one'], n: 3 })
    expect(both.choices.map(({ index }) => index)).toEqual([0, 1, 2, 3, 4, 5])
    const texts = both.choices.map(({ text }) => text)
    expect(new Set(texts).size).toBe(6)
    expect((await client.completions.create({ ...asked, prompt })).choices[0].text).toBe(texts[0])
    expect((await client.completions.create({ ...asked, prompt, seed: 6 })).choices[0].text).toBe(texts[1])
  })

  it('stops at a text, of which nothing is given out', async () => {
    const asked = { model, prompt, max_tokens: 40, seed: 1 }
    const { text } = (await client.completions.create(asked)).choices[0]
    const stop = text.slice(6, 8)
    const stopped = (await client.completions.create({ ...asked, stop })).choices[0]
    expect(stopped).toMatchObject({ text: text.slice(0, text.indexOf(stop)), finish_reason: 'stop' })
  })

  it('gets log-probabilities of both kinds', async () => {
    const { logprobs } = (await client.completions.create({ model, prompt, max_tokens: 3, logprobs: 2 })).choices[0]
    expect(logprobs?.token_logprobs?.length).toBe(3)
    for (const value of logprobs?.token_logprobs ?? []) expect(value).toBeLessThan(0)
    const messages = [{ role: 'user', content: 'Who?' } as const]
    const chat = await client.chat.completions.create({
      model,
      messages,
      max_tokens: 2,
      logprobs: true,
      top_logprobs: 3,
    })
    const content = chat.choices[0].logprobs?.content ?? []
    for (const { logprob, top_logprobs } of content) {
      expect(top_logprobs.length).toBe(3)
      expect(top_logprobs[0].logprob).toBeGreaterThanOrEqual(logprob)
    }
  })

  it('chats, streamed and whole', async () => {
    const asked = {
      model,
      messages: [
        { role: 'system', content: 'Be brief.' },
        { role: 'user', content: [{ type: 'text', text: 'Who are you?' }] },
      ] as OpenAI.ChatCompletionMessageParam[],
      max_completion_tokens: 10,
      seed: 2,
    }
    const whole = await client.chat.completions.create(asked)
    let text = ''
    for await (const chunk of await client.chat.completions.create({ ...asked, stream: true }))
      text += chunk.choices[0]?.delta.content ?? ''
    expect(text).toBe(whole.choices[0].message.content)
    expect(whole.object).toBe('chat.completion')
  })

  it('embeds texts as vectors of length 1', async () => {
    const { data, usage } = await client.embeddings.create({ model, input: ['one', 'another', 'one'] })
    expect(usage.prompt_tokens).toBe(13)
    for (const { embedding } of data) expect(Math.hypot(...embedding)).toBeCloseTo(1, 5)
    expect(data[0].embedding).toEqual(data[2].embedding)
    expect(data[0].embedding).not.toEqual(data[1].embedding)
  })
})

it('64 streams of mixed lengths each are what they are alone', async () => {
  const requests = Array.from({ length: 64 }, (_, index) => ({
    model,
    prompt: `${index} ${'All the world is a stage. '.repeat(8)}`.slice(0, 3 + 3 * index),
    max_tokens: 4 + ((index * 7) % 23),
    seed: index,
  }))
  const alone: string[] = []
  for (const request of requests) alone.push((await client.completions.create(request)).choices[0].text)
  const together = await Promise.all(
    requests.map(async (request) => {
      let text = ''
      for await (const chunk of await client.completions.create({ ...request, stream: true }))
        text += chunk.choices[0]?.text ?? ''
      return text
    }),
  )
  expect(together).toEqual(alone)
  // What was read before is not read again.
  const again = await client.completions.create(requests[63])
  expect(again.usage?.prompt_tokens_details?.cached_tokens).toBe(128)
  expect(again.choices[0].text).toBe(alone[63])
}, 240_000)
