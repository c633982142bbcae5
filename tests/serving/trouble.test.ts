import { connect } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { jobsOf, startServer } from './serving.js'

let server: Awaited<ReturnType<typeof startServer>>
beforeAll(async () => {
  server = await startServer({ rows: 2, queue: 2 })
}, 60_000)
afterAll(() => server?.stop(), 60_000)

const good = { model: 'small', prompt: 'A prompt', max_tokens: 4, seed: 1 }

async function post(body: unknown, path = '/v1/completions', headers: Record<string, string> = {}) {
  const response = await fetch(server.address + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' || body instanceof Uint8Array ? (body as BodyInit) : JSON.stringify(body),
  })
  return { status: response.status, body: await response.json() }
}

const serves = async () => expect((await post(good)).status).toBe(200)

async function until(condition: () => boolean): Promise<void> {
  for (let tries = 0; !condition() && tries < 400; tries++) await new Promise((resolve) => setTimeout(resolve, 25))
  expect(condition()).toBe(true)
}

describe('a request that cannot be answered', () => {
  it.each([
    ['broken JSON', '{"model": ', 400, null],
    ['bytes that are no UTF-8', new Uint8Array([123, 34, 0xff, 34, 58, 49, 125]), 400, null],
    ['no object', '[]', 400, null],
    ['a prompt of the wrong type', { ...good, prompt: 7 }, 400, 'prompt'],
    ['an empty prompt', { ...good, prompt: '' }, 400, null],
    ['half a character', { ...good, prompt: '\ud800' }, 400, 'prompt'],
    ['a token outside the vocabulary', { ...good, prompt: [1, 256] }, 400, 'prompt'],
    ['a negative count', { ...good, max_tokens: -4 }, 400, 'max_tokens'],
    ['a huge count', { ...good, max_tokens: 1e300 }, 400, 'max_tokens'],
    ['more tokens than the limit', { ...good, max_tokens: 513 }, 400, 'max_tokens'],
    ['a negative temperature', { ...good, temperature: -1 }, 400, 'temperature'],
    ['a negative seed', { ...good, seed: -1 }, 400, 'seed'],
    ['too many choices', { ...good, n: 1e6 }, 400, 'n'],
    ['a session with two choices', { ...good, n: 2, session_id: 's' }, 400, 'n'],
    ['an unknown model', { ...good, model: 'gpt-9' }, 404, 'model'],
    ['a setting that is not there', { ...good, tools: [] }, 400, null],
    ['a body that is too large', 'x'.repeat(2 ** 20 + 1), 413, null],
  ])('gets its status and a sentence: %s', async (_, body, status, param) => {
    const answer = await post(body)
    expect(answer.status).toBe(status)
    expect(answer.body.error).toMatchObject({ type: 'invalid_request_error', param })
    expect(answer.body.error.message).toMatch(/\w/)
    await serves()
  })

  it('names what is not there', async () => {
    expect((await post({}, '/v1/images')).status).toBe(404)
  })

  it('waits in a queue with an end', async () => {
    const many = await Promise.all(
      Array.from({ length: 24 }, (_, seed) => post({ ...good, seed, max_tokens: 64 }).then(({ status }) => status)),
    )
    expect(new Set(many)).toEqual(new Set([200, 429]))
    await serves()
  })
})

describe('a client that goes away', () => {
  it('stops what was computed for it', async () => {
    const controller = new AbortController()
    const asked = { ...good, max_tokens: 512, stream: true }
    const response = await fetch(`${server.address}/v1/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(asked),
      signal: controller.signal,
    })
    await response.body?.getReader().read()
    const written = () => server.engine.lanes.reduce((sum, { counts }) => sum + counts.written, 0)
    expect(jobsOf(server.engine)).toBe(1)
    controller.abort()
    const before = written()
    await until(() => jobsOf(server.engine) === 0)
    expect(written() - before).toBeLessThan(400)
    await serves()
  })

  it('holds nobody up when it does not read', async () => {
    const { port } = new URL(server.address)
    const socket = connect(Number(port), '127.0.0.1')
    const body = JSON.stringify({ ...good, max_tokens: 512, stream: true })
    socket.write(
      `POST /v1/completions HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
    )
    socket.pause()
    await until(() => jobsOf(server.engine) > 0)
    await serves()
    socket.destroy()
    await until(() => jobsOf(server.engine) === 0)
  })

  it('half a request holds nobody up either', async () => {
    const { port } = new URL(server.address)
    const socket = connect(Number(port), '127.0.0.1')
    socket.write('POST /v1/completions HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{"mod')
    await serves()
    socket.destroy()
  })
})

it('tells clients to leave a connection long before it does', async () => {
  const response = await fetch(`${server.address}/healthz`)
  const told = Number(/^timeout=(\d+)$/.exec(response.headers.get('keep-alive') ?? '')?.[1])
  expect(told).toBeGreaterThan(0)
  expect(server.http.keepAliveTimeout).toBeGreaterThanOrEqual(2 * 1000 * told)
})

it('tells how it is', async () => {
  const get = (path: string) => fetch(server.address + path)
  expect((await get('/healthz')).status).toBe(200)
  expect((await get('/readyz')).status).toBe(200)
  const figures = await (await get('/metrics')).text()
  expect(figures).toMatch(/seqlab_requests_total\{route="\/v1\/completions",status="413"\} 1/)
  const { openapi, paths } = await (await get('/openapi.json')).json()
  expect(openapi).toBe('3.1.0')
  expect(paths['/v1/chat/completions'].post.requestBody).toBeDefined()
})

it('asks for a key where it has one', async () => {
  const guarded = await startServer({ keys: ['open-sesame'] })
  const get = (headers: Record<string, string>) => fetch(`${guarded.address}/v1/models`, { headers })
  expect((await get({})).status).toBe(401)
  expect((await get({ authorization: 'Bearer wrong' })).status).toBe(401)
  expect((await get({ authorization: 'Bearer open-sesame' })).status).toBe(200)
  expect((await fetch(`${guarded.address}/healthz`)).status).toBe(200)
  await guarded.stop()
})
