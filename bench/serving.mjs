/**
 * What serving costs, over HTTP, with a model of random weights (4 layers, d = 256, gla; bytes as tokens):
 *
 *   node bench/serving.mjs streams    one stream, then 16 and 64 of mixed lengths: tokens a second, time to the first
 *   node bench/serving.mjs session    turns of a conversation of 100,000 tokens and of one of 1,000, one after the other
 *   node bench/serving.mjs requests   10,000 requests with prompts of their own, 10 to 299 bytes: the server's memory
 *
 * Needs a build (npm run build). The server has a process of its own. TOKENS, REQUESTS and LANES change the sizes, MIXER
 * the mechanism.
 */
import { fork } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { setFlagsFromString } from 'node:v8'
import { steadyHeap } from '../dist/cli/commands/serve.js'
import { byteTokenizer } from '../dist/data/index.js'
import { onnxExecutor } from '../dist/engine/index.js'
import '../dist/index.js'
import { createServer } from '../dist/cli/serve/server.js'
import { createModel } from '../dist/models/index.js'
import { createEngine, openSessions } from '../dist/serving/index.js'

const part = process.argv[2]
const setting = (name, usual) => Number(process.env[name] ?? usual)
async function server() {
  setFlagsFromString(steadyHeap)
  const model = createModel({
    dim: 256,
    layers: 4,
    norm: 'layer',
    channel: { id: 'mlp' },
    bias: false,
    mixers: [{ id: process.env.MIXER ?? 'gla' }],
    input: { kind: 'tokens', vocabulary: 256 },
  })
  const served = {
    id: 'gla',
    model,
    parameters: model.initialParameters(1),
    tokenizer: byteTokenizer(),
    begin: [],
    ends: [],
    chat: { specials: {} },
  }
  const lanes = setting('LANES', availableParallelism())
  const executors = await Promise.all(Array.from({ length: lanes }, () => onnxExecutor({ threads: 1, cacheSize: 64 })))
  const sessions = await openSessions({ budget: 2 ** 30, model: '0'.repeat(64), folder: process.env.SESSIONS })
  const engine = await createEngine(served, { executors, rows: 64, queue: 256, prefixBytes: 2 ** 24, sessions })
  const limits = { body: 2 ** 22, tokens: 4096, seconds: 3600 }
  const app = await createServer({ engine, limits, keys: [], logLevel: 'error', logPrompts: false })
  process.send(await app.listen({ port: 0, host: '127.0.0.1' }))
}

async function withServer(use) {
  const folder = mkdtempSync(join(tmpdir(), 'seqlab-serving-'))
  const child = fork(new URL(import.meta.url), ['server'], { env: { ...process.env, SESSIONS: folder } })
  try {
    const address = await new Promise((resolve, reject) => {
      child.once('message', resolve)
      child.once('exit', reject)
    })
    return await use(address)
  } finally {
    child.kill('SIGKILL')
    rmSync(folder, { recursive: true, force: true })
  }
}

async function post(address, body) {
  const response = await fetch(`${address}/v1/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'gla', ...body }),
  })
  if (!response.ok) throw new Error(`${response.status}: ${await response.text()}`)
  return response
}

/** A stream to its end: milliseconds to the first token, and tokens. */
async function stream(address, body) {
  const start = performance.now()
  const response = await post(address, { ...body, stream: true, stream_options: { include_usage: true } })
  let first
  let rest = ''
  let tokens = 0
  for await (const chunk of response.body.pipeThrough(new TextDecoderStream())) {
    rest += chunk
    const lines = rest.split('\n\n')
    rest = lines.pop()
    for (const line of lines) {
      if (line === 'data: [DONE]') continue
      const event = JSON.parse(line.slice(6))
      if (event.error) throw new Error(event.error.message)
      if (event.choices.length > 0) first ??= performance.now() - start
      tokens = event.usage?.completion_tokens ?? tokens
    }
  }
  return { first, tokens }
}

const quantile = (values, share) => values.sort((a, b) => a - b)[Math.ceil(share * values.length) - 1]
/** Of the server's process: memory, and processor time so far, which other programs disturb less than the clock. */
const processOf = async (address) => {
  const text = await (await fetch(`${address}/metrics`)).text()
  const figure = (name) => Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)[1])
  return { mib: figure('process_resident_memory_bytes') / 2 ** 20, cpuMs: figure('process_cpu_seconds_total') * 1000 }
}
const megabytes = async (address) => (await processOf(address)).mib
const rounded = (figures) =>
  Object.fromEntries(Object.entries(figures).map(([name, value]) => [name, Number(value.toPrecision(4))]))

async function streams() {
  await withServer(async (address) => {
    const tokens = setting('TOKENS', 128)
    const request = (index) => ({
      prompt: 'Now is the winter of our discontent. '.repeat(1 + (index % 7)).slice(0, 16 + 3 * index),
      max_tokens: tokens / 2 + ((index * 37) % tokens),
      seed: index,
    })
    const together = async (count) => {
      const start = performance.now()
      const results = await Promise.all(Array.from({ length: count }, (_, index) => stream(address, request(index))))
      const seconds = (performance.now() - start) / 1000
      return {
        rate: results.reduce((sum, result) => sum + result.tokens, 0) / seconds,
        first: results.map(({ first }) => first),
      }
    }
    // All programs are made before anything is timed. Rounds alternate, so that a machine's moods meet all of them.
    for (const count of [64, 16, 1]) await together(count)
    const rounds = []
    for (let round = 0; round < setting('ROUNDS', 3); round++)
      rounds.push({ one: await together(1), some: await together(16), many: await together(64) })
    const median = (of) => quantile(rounds.map(of), 0.5)
    const figures = {
      oneStream: median(({ one }) => one.rate),
      streams16: median(({ some }) => some.rate),
      streams64: median(({ many }) => many.rate),
      ratio16: median(({ one, some }) => some.rate / one.rate),
      ratio64: median(({ one, many }) => many.rate / one.rate),
      firstTokenP95Ms1: quantile(
        rounds.flatMap(({ one }) => one.first),
        0.95,
      ),
      firstTokenP95Ms16: median(({ some }) => quantile(some.first, 0.95)),
      firstTokenP95Ms64: median(({ many }) => quantile(many.first, 0.95)),
    }
    console.log(JSON.stringify(rounded(figures)))
  })
}

async function session() {
  await withServer(async (address) => {
    const total = setting('TOKENS', 100_000)
    const turn = { read: 400, written: 100 }
    const say = async (session_id, { read, written }) =>
      (await post(address, { prompt: 'x'.repeat(read), max_tokens: written, session_id, seed: read })).json()
    const memory = []
    const grow = async (name, tokens) => {
      const step = Math.min(2000, tokens)
      for (let read = 0; read < tokens; read += step) {
        await say(name, { read: step - 8, written: 8 })
        memory.push(await megabytes(address))
      }
    }
    await grow('young', 1000)
    await say('young', turn)
    memory.length = 0
    await grow('old', total)
    const cost = async (name) => {
      const [start, before] = [performance.now(), (await processOf(address)).cpuMs]
      await say(name, turn)
      const tokens = turn.read + turn.written
      return {
        ms: (performance.now() - start) / tokens,
        cpuMs: ((await processOf(address)).cpuMs - before) / tokens,
      }
    }
    // In turns, so that what else the machine does meets both.
    const rounds = []
    for (let round = 0; round < setting('ROUNDS', 15); round++)
      rounds.push({ young: await cost('young'), old: await cost('old') })
    const median = (of) => quantile(rounds.map(of), 0.5)
    const figures = {
      tokens: total,
      msYoung: median(({ young }) => young.ms),
      msOld: median(({ old }) => old.ms),
      ratio: median(({ young, old }) => old.ms / young.ms),
      cpuMsYoung: median(({ young }) => young.cpuMs),
      cpuMsOld: median(({ old }) => old.cpuMs),
      cpuRatio: median(({ young, old }) => old.cpuMs / young.cpuMs),
      mibEarly: memory[Math.floor(memory.length / 10)],
      mibLate: memory.at(-1),
    }
    console.log(JSON.stringify(rounded(figures)))
  })
}

async function requests() {
  await withServer(async (address) => {
    const total = setting('REQUESTS', 10_000)
    const atOnce = 32
    let sent = 0
    const memory = []
    const worker = async () => {
      while (sent < total) {
        const index = sent++
        const body = {
          prompt: `Request ${index} is one of many. `.repeat(10).slice(0, 10 + ((37 * index) % 290)),
          max_tokens: 4 + (index % 5),
          seed: index,
        }
        if (index % 2 === 0) await stream(address, body)
        else await (await post(address, body)).json()
        if (index === 100 || index % Math.ceil(total / 10) === 0) memory.push(await megabytes(address))
      }
    }
    await Promise.all(Array.from({ length: atOnce }, worker))
    memory.push(await megabytes(address))
    const [idle, early] = memory
    console.log(
      JSON.stringify({
        requests: total,
        mib: memory.map(Math.round),
        sinceIdleMiB: Math.round(memory.at(-1) - idle),
        sinceHundredthMiB: Math.round(memory.at(-1) - early),
      }),
    )
  })
}

const parts = { streams, session, requests, server }
if (!Object.hasOwn(parts, part)) throw new Error(`expected streams, session or requests, got ${part}`)
await parts[part]()
