/**
 * Requests drawn from a seed: bodies cut off, bytes changed, values of other types and sizes, many sessions, connections
 * that end anywhere. Each gets a status of its own and a sentence, and the server goes on answering as before.
 */
import { request } from 'node:http'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { seeded } from '../training/seeded.js'
import { jobsOf, startServer } from './serving.js'

let server: Awaited<ReturnType<typeof startServer>>
beforeAll(async () => {
  server = await startServer({ rows: 16, queue: 64, sessionBudget: 2 ** 16, logLevel: 'silent' })
}, 60_000)
afterAll(() => server?.stop(), 60_000)

interface Reply {
  readonly status: number
  readonly text: string
}

/** Sends bytes, all or the first `cut` of what was announced, and gives the reply; undefined where the connection ended. */
function send(
  path: string,
  bytes: Buffer,
  cut = bytes.length,
  headers: Record<string, string> = {},
): Promise<Reply | undefined> {
  return new Promise((resolve) => {
    const { hostname, port } = new URL(server.address)
    const sent = request(
      {
        hostname,
        port,
        path,
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers, 'content-length': bytes.length },
      },
      (response) => {
        let text = ''
        response.setEncoding('utf8').on('data', (part: string) => {
          text += part
        })
        response.on('close', () => resolve({ status: response.statusCode ?? 0, text }))
      },
    )
    sent.on('error', () => resolve(undefined))
    sent.write(bytes.subarray(0, cut))
    if (cut === bytes.length) sent.end()
    else setTimeout(() => sent.destroy(), 5)
  })
}

const good = { model: 'small', prompt: 'A prompt', max_tokens: 3, seed: 1 }
const paths = ['/v1/completions', '/v1/chat/completions', '/v1/embeddings'] as const
const bodies: Record<(typeof paths)[number], Record<string, unknown>> = {
  '/v1/completions': { ...good, temperature: 0.5, n: 2, stop: ['x'], logprobs: 2, stream: false, top_p: 0.9 },
  '/v1/chat/completions': {
    ...{ model: 'small', messages: [{ role: 'user', content: 'Who?' }], max_tokens: 3, seed: 1 },
    ...{ logprobs: true, top_logprobs: 2, stream: true, stream_options: { include_usage: true } },
  },
  '/v1/embeddings': { model: 'small', input: ['one', 'two'], encoding_format: 'float' },
}
const strange = [
  ...[null, true, -1, 0, 1.5, 1e300, -1e300, 2 ** 53, '', 'x'.repeat(5000), '\ud800', '\u0000', [], {}, [[]], [null]],
  ...[[-1], [1e9], [[1, 2], [300]], [1, 'a'], { a: { b: [] } }, ['', ''], Array(70).fill('x'), [[1], []]],
]

/** Every answer is JSON of a known shape or a stream; an error has its status, its type and a sentence. */
function check({ status, text }: Reply): void {
  expect([200, 400, 404, 409, 410, 413, 415, 429]).toContain(status)
  if (status === 200) return
  const { error } = JSON.parse(text)
  expect(error.message).toMatch(/\w+ \w+/)
  expect(error.message).not.toMatch(/\n\s+at |node:|\.js:/)
  expect(error.type).toMatch(/_error$/)
}

it('values of any type and size in any place get a status and a sentence', async () => {
  const random = seeded(1)
  const seen = new Map<number, number>()
  for (let round = 0; round < 40; round++) {
    const replies = await Promise.all(
      Array.from({ length: 16 }, () => {
        const path = paths[random(paths.length)]
        const keys = Object.keys(bodies[path])
        const body = { ...bodies[path], [keys[random(keys.length)]]: strange[random(strange.length)] }
        if (random(8) === 0) body[`odd${random(9)}`] = strange[random(strange.length)]
        return send(path, Buffer.from(JSON.stringify(body)))
      }),
    )
    for (const reply of replies) {
      check(reply as Reply)
      seen.set((reply as Reply).status, (seen.get((reply as Reply).status) ?? 0) + 1)
    }
  }
  for (const status of [200, 400, 404]) expect(seen.get(status)).toBeGreaterThan(10)
}, 120_000)

it('bytes that are changed or cut off get a status and a sentence', async () => {
  const random = seeded(2)
  for (let round = 0; round < 300; round++) {
    const path = paths[random(paths.length)]
    const bytes = Buffer.from(JSON.stringify(bodies[path]))
    if (random(2) === 0) for (let change = 0; change <= random(6); change++) bytes[random(bytes.length)] = random(256)
    const whole = random(2) === 0 ? bytes.subarray(0, 1 + random(bytes.length)) : bytes
    check((await send(path, whole)) as Reply)
  }
  const deep = Buffer.from(`{"prompt":${'['.repeat(100_000)}${']'.repeat(100_000)}}`)
  check((await send('/v1/completions', deep)) as Reply)
  expect((await send('/v1/completions', Buffer.from('a=b'), 3, { 'content-type': 'text/html' }))?.status).toBe(415)
  expect((await send('/v1/completions', Buffer.from('{"__proto__":{}}')))?.status).toBe(400)
}, 120_000)

it('a body of 100 MB is refused before it is read', async () => {
  const before = process.memoryUsage.rss()
  const { hostname, port } = new URL(server.address)
  const status = await new Promise((resolve) => {
    const headers = { 'content-type': 'application/json', 'content-length': 100_000_000 }
    const sent = request({ hostname, port, path: '/v1/completions', method: 'POST', headers }, (response) => {
      response.resume()
      resolve(response.statusCode)
      sent.destroy()
    })
    sent.on('error', () => undefined)
    sent.write(Buffer.alloc(1000, 32))
  })
  expect(status).toBe(413)
  expect(process.memoryUsage.rss() - before).toBeLessThan(64 * 2 ** 20)
})

it('connections that end anywhere leave nothing running', async () => {
  const random = seeded(3)
  for (let round = 0; round < 20; round++)
    await Promise.all(
      Array.from({ length: 8 }, () => {
        const path = paths[random(paths.length)]
        const bytes = Buffer.from(
          JSON.stringify({ ...bodies[path], ...(random(2) === 0 && path !== paths[2] && { max_tokens: 500 }) }),
        )
        return send(
          path,
          Buffer.concat([bytes, Buffer.from(' ')]),
          random(2) === 0 ? bytes.length : random(bytes.length),
        )
      }),
    )
  for (let tries = 0; jobsOf(server.engine) > 0 && tries < 400; tries++)
    await new Promise((resolve) => setTimeout(resolve, 25))
  expect(jobsOf(server.engine)).toBe(0)
}, 120_000)

it('many sessions at once keep their own conversations, or are refused as busy, dropped or too many', async () => {
  const random = seeded(4)
  const seen = new Set<number>()
  await Promise.all(
    Array.from({ length: 300 }, async () => {
      const body = { ...good, prompt: `${random(1000)}`, session_id: `session ${random(60)}` }
      const reply = (await send('/v1/completions', Buffer.from(JSON.stringify(body)))) as Reply
      check(reply)
      seen.add(reply.status)
    }),
  )
  expect(seen).toContain(200)
  expect(seen).toContain(409)
  expect(server.engine.sessions.bytes).toBeLessThanOrEqual(2 ** 16)
}, 120_000)

it('after all that, the server answers as it did', async () => {
  const ask = async () =>
    JSON.parse((await send('/v1/completions', Buffer.from(JSON.stringify(good))))?.text ?? '').choices[0].text
  const fresh = await startServer()
  const old = server
  const answer = await ask()
  server = fresh
  expect(await ask()).toBe(answer)
  server = old
  await fresh.stop()
}, 60_000)
