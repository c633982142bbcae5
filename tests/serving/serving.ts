import { createServer, type ServerOptions } from '#seqlab/cli/serve/server.js'
import { byteTokenizer } from '#seqlab/data/index.js'
import { onnxExecutor } from '#seqlab/engine/index.js'
import '#seqlab/index.js'
import { createModel } from '#seqlab/models/index.js'
import { createEngine, openSessions, type ServedModel } from '#seqlab/serving/index.js'

/** A small model of random weights over bytes. */
export function smallModel(
  mixers: readonly { id: string }[],
  chat: ServedModel['chat'] = { specials: {} },
): ServedModel {
  const model = createModel({ dim: 32, layers: 2, heads: 2, mixers, input: { kind: 'tokens', vocabulary: 256 } })
  const parameters = model.initialParameters(3)
  return { id: 'small', model, parameters, tokenizer: byteTokenizer(), begin: [], ends: [], chat }
}

interface Settings extends Partial<Omit<ServerOptions, 'engine'>> {
  readonly served?: ServedModel
  readonly sessions?: string
  readonly sessionBudget?: number
  readonly rows?: number
  readonly queue?: number
}

/** A server of its own port. */
export async function startServer(settings: Settings = {}) {
  const served = settings.served ?? smallModel([{ id: 'gla' }])
  const executors = await Promise.all([0, 1].map(() => onnxExecutor({ threads: 1, cacheSize: 64 })))
  const sessions = await openSessions({
    budget: settings.sessionBudget ?? 2 ** 24,
    model: 'f'.repeat(64),
    folder: settings.sessions,
  })
  const engine = await createEngine(served, {
    executors,
    rows: settings.rows ?? 64,
    queue: settings.queue ?? 64,
    prefixBytes: 2 ** 22,
    sessions,
  })
  const app = await createServer({
    engine,
    limits: { body: 2 ** 20, tokens: 512, seconds: 60 },
    keys: [],
    logLevel: 'silent',
    logPrompts: false,
    ...settings,
  })
  const address = await app.listen({ port: 0, host: '127.0.0.1' })
  return {
    address,
    engine,
    http: app.server,
    async stop(grace = 0) {
      const closed = app.close()
      await engine.stop(grace)
      await closed
      await Promise.all(executors.map((executor) => executor.close()))
    },
  }
}

export const jobsOf = ({ lanes }: Awaited<ReturnType<typeof createEngine>>) =>
  lanes.reduce((sum, { jobs }) => sum + jobs, 0)
