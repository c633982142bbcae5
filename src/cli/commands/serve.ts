/** seqlab serve */
import { readFile } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { setFlagsFromString } from 'node:v8'
import { type Command, Option } from 'commander'
import { onnxExecutor } from '../../engine/index.js'
import { UserError } from '../../platform/errors.js'
import { createEngine, modelDigest, openSessions } from '../../serving/index.js'
import { sessionsFolder } from '../home.js'
import { onInterrupt } from '../interrupt.js'
import { above, filePath, threadCount, whole } from '../options.js'
import { createOutput } from '../output.js'
import { servedModel } from '../serve/model.js'
import { sourceOptions } from '../text-model.js'

const usualPort = 8484
/** Garbage is collected when the heap has grown by a fifth, where V8 would let it grow several times over. */
export const steadyHeap = '--heap-growing-percent=20'
/** Milliseconds for clients to take the end of their answers. */
const leaving = 2000
const mebibyte = 2 ** 20
/** Programs for each number of rows and of tokens, and one for each size of a cache. */
const programsKept = 64

export function defineServe(program: Command): void {
  sourceOptions(program.command('serve').description('answer requests of OpenAI clients with a model'))
    .option('--name <id>', 'what requests call the model; by default as its folder')
    .option(
      '--chat-template <file>',
      'Jinja template of chats; by default the model’s own, or a plain transcript',
      filePath,
    )
    .option('--port <n>', 'port to listen on', whole(0, 65_535), usualPort)
    .option('--host <address>', 'address to listen on; another than this machine’s own needs an API key', '127.0.0.1')
    .option('--api-keys <file>', 'file of API keys, one a line; SEQLAB_API_KEY adds one', filePath)
    .option(
      '--lanes <n>',
      'threads that run the model beside each other',
      threadCount,
      Math.min(4, availableParallelism()),
    )
    .option('--rows <n>', 'texts that a lane reads and writes at once', whole(1, 1024), 64)
    .option('--queue <n>', 'texts that may wait beyond those', whole(0), 256)
    .option('--max-tokens <n>', 'tokens that a request may ask for', whole(1), 4096)
    .option('--max-body <mib>', 'MiB of a request', above(0), 4)
    .option('--max-seconds <s>', 'seconds that an answer may take', above(0), 600)
    .option('--grace <s>', 'seconds that what runs gets when the server is stopped', whole(0), 30)
    .option('--sessions <dir>', 'folder of sessions', filePath)
    .option('--session-budget <mib>', 'MiB of sessions; those left alone longest go', above(0), 1024)
    .option('--prefix-budget <mib>', 'MiB of states of prompts that are kept in memory', whole(0), 128)
    .addOption(
      new Option('--log <level>', 'what is logged')
        .choices(['debug', 'info', 'warn', 'error', 'silent'])
        .default('warn'),
    )
    .option('--log-prompts', 'log what is asked, too')
    .option('--json', 'print JSON lines only')
    .action(async (options) => {
      setFlagsFromString(steadyHeap)
      const output = createOutput(options.json)
      const keys = await apiKeys(options.apiKeys)
      requireKeyBeyond(options.host, keys)
      const served = await servedModel(options)
      const folder = options.sessions ?? sessionsFolder()
      const model = await modelDigest(served)
      const sessions = await openSessions({ budget: options.sessionBudget * mebibyte, model, folder })
      const executors = await Promise.all(
        // One thread each: a row's products are then the same bits however many rows there are.
        Array.from({ length: options.lanes }, () => onnxExecutor({ threads: 1, cacheSize: programsKept })),
      )
      const engine = await createEngine(served, {
        executors,
        rows: options.rows,
        queue: options.queue,
        prefixBytes: options.prefixBudget * mebibyte,
        sessions,
      })
      // HTTP is loaded by this command alone: it would double the start of every other.
      const { createServer } = await import('../serve/server.js')
      const app = await createServer({
        engine,
        limits: { body: options.maxBody * mebibyte, tokens: options.maxTokens, seconds: options.maxSeconds },
        keys,
        logLevel: options.log,
        logPrompts: options.logPrompts ?? false,
      })
      const address = await app.listen({ port: options.port, host: options.host }).catch((error) => {
        throw refused(error, options)
      })
      output.line(`${served.id} is served at ${address}/v1 – Ctrl-C ends it.`)
      output.event({ event: 'serving', address, model: served.id })
      await interrupted(() => output.line(`\nending: what runs has ${options.grace} s`))
      const closed = app.close()
      await engine.stop(options.grace * 1000)
      // Whoever does not take what is left would keep the server from ending.
      const late = setTimeout(() => app.server.closeAllConnections(), leaving)
      await closed
      clearTimeout(late)
      await Promise.all(executors.map((executor) => executor.close()))
      await served.close()
      output.event({ event: 'stopped' })
    })
}

const interrupted = (announce: () => void) =>
  new Promise<void>((resolve) => {
    onInterrupt(announce).signal.addEventListener('abort', () => resolve(), { once: true })
  })

async function apiKeys(file: string | undefined): Promise<string[]> {
  const given = process.env.SEQLAB_API_KEY
  const lines = file === undefined ? [] : (await readKeys(file)).split('\n')
  const keys = [...lines, given ?? ''].map((line) => line.trim()).filter((line) => line !== '')
  if (file === undefined || keys.length > 0) return keys
  throw new UserError(`--api-keys: ${file} holds no key – write one a line`)
}

async function readKeys(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    throw new UserError(
      `--api-keys: ${file} cannot be read (${(error as Error).message}) – name a file with a key a line`,
    )
  }
}

function requireKeyBeyond(host: string, keys: readonly string[]): void {
  if (keys.length > 0 || /^(127\.\d+\.\d+\.\d+|::1|localhost)$/.test(host)) return
  throw new UserError(
    `--host: ${host} can be reached from other machines, and no API key is set – ` +
      'set SEQLAB_API_KEY or --api-keys, or listen on 127.0.0.1',
  )
}

function refused(error: NodeJS.ErrnoException, { port, host }: { port: number; host: string }): Error {
  if (error.code === 'EADDRINUSE')
    return new UserError(`--port: ${port} is taken by another program – end that one, or choose another port`)
  if (error.code === 'EACCES')
    return new UserError(`--port: ${port} may not be used without more rights – choose one of 1024 or above`)
  if (error.code === 'EADDRNOTAVAIL' || error.code === 'ENOTFOUND')
    return new UserError(`--host: ${host} is no address of this machine – use 127.0.0.1`)
  return error
}
