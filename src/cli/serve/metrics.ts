/** What a server tells Prometheus. */
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import type { Engine } from '../../serving/index.js'

export type Metrics = ReturnType<typeof createMetrics>

const seconds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300]

export function createMetrics(engine: Engine) {
  const registry = new Registry()
  const registers = [registry]
  collectDefaultMetrics({ register: registry })
  const gauge = (name: string, help: string, value: () => number) =>
    new Gauge({
      name,
      help,
      registers,
      collect() {
        this.set(value())
      },
    })
  gauge('seqlab_texts', 'Texts that are read or written, or wait', () =>
    engine.lanes.reduce((sum, lane) => sum + lane.jobs, 0),
  )
  gauge('seqlab_sessions', 'Sessions that are kept', () => engine.sessions.count)
  gauge('seqlab_session_bytes', 'Bytes of sessions that are kept', () => engine.sessions.bytes)
  gauge('seqlab_prefix_bytes', 'Bytes of states of prompts that are kept', () => engine.prefixes.bytes)
  return {
    registry,
    requests: new Counter({
      name: 'seqlab_requests_total',
      help: 'Requests by route and status',
      labelNames: ['route', 'status'] as const,
      registers,
    }),
    duration: new Histogram({
      name: 'seqlab_request_seconds',
      help: 'Time from a request to the end of its answer',
      labelNames: ['route'] as const,
      buckets: seconds,
      registers,
    }),
    firstToken: new Histogram({
      name: 'seqlab_first_token_seconds',
      help: 'Time from a request to the first token of its answer',
      buckets: seconds,
      registers,
    }),
    tokens: new Counter({
      name: 'seqlab_tokens_total',
      help: 'Tokens of prompts and of answers',
      labelNames: ['kind'] as const,
      registers,
    }),
  }
}
