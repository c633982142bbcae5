/** A trained run, loaded to be looked into and to write. */
import { divide, sizeOf, type Tokenizer } from 'seqlab/data'
import { type Executor, onnxExecutor } from 'seqlab/engine'
import { openMaterial } from 'seqlab/evaluation'
import { platform, UserError } from 'seqlab/platform'
import { registeredTask } from 'seqlab/tasks'
import { type LoadedRun, loadRun } from 'seqlab/training'
import { textPath } from '../runs/places.js'
import { shakespeare } from '../runs/texts.js'
import type { Opened } from './protocol.js'

export interface LoadedSubject extends LoadedRun {
  readonly executor: Executor
  readonly opened: Opened
  encode(text: string): Int32Array
  /** Each token as it reads in its place. */
  pieces(ids: readonly number[]): string[]
  /** One token by itself. */
  piece(id: number): string
  /** Text as its tokens come; '' where a token is no whole character yet. */
  streaming(): (id: number) => string
}

type Reads = Pick<LoadedSubject, 'encode' | 'pieces' | 'piece' | 'streaming'>

export async function loadSubject(folder: string): Promise<LoadedSubject> {
  const loaded = await loadRun(folder)
  // One thread: programs of a few tokens gain nothing from two, and the times of two runs do not disturb each other.
  const executor = await onnxExecutor({ threads: 1, worker: false })
  const { tokenizer, model } = loaded
  const opened = {
    isText: tokenizer !== undefined,
    mixers: model.layers.map(({ mixer }) => mixer.id),
    sample: await sampleOf(loaded),
  }
  return { ...loaded, executor, opened, ...(tokenizer ? textTokens(tokenizer) : numberTokens) }
}

const textTokens = (tokenizer: Tokenizer): Reads => ({
  encode: (text) => tokenizer.encode(text),
  pieces(ids) {
    const decoder = tokenizer.decoder()
    return ids.map((id) => decoder.push(id) || `⟨${id}⟩`)
  },
  piece(id) {
    const text = tokenizer.decode([id])
    return text === '' || text.includes('\uFFFD') ? `⟨${id}⟩` : text
  },
  streaming() {
    const decoder = tokenizer.decoder()
    return (id) => decoder.push(id)
  },
})

const numberTokens: Reads = {
  encode(text) {
    const words = text.split(/[\s,]+/).filter((word) => word !== '')
    const wrong = words.find((word) => !/^\d+$/.test(word))
    if (wrong !== undefined)
      throw new UserError(
        `This run reads numbers, got “${wrong}” – write tokens as numbers with spaces between, such as 3 17 5.`,
      )
    return Int32Array.from(words, Number)
  },
  pieces: (ids) => ids.map((id) => `${id} `),
  piece: String,
  streaming: () => (id) => `${id} `,
}

const line = 'First Citizen:\nBefore we proceed any further, hear me speak.'

/** What this browser has of what the run validates on; else a line that any tokenizer of English reads. */
async function sampleOf({ run: { configuration }, settings, tokenizer, model }: LoadedRun): Promise<string> {
  const { task, data } = configuration
  try {
    if (typeof task === 'string' && !tokenizer) {
      const material = await openMaterial(await registeredTask(task), { corpora: { path: refuse } })
      if (material.kind !== 'examples') return '1 2 3'
      return [...material.source.example('validation', 0).inputs].slice(0, 128).join(' ')
    }
    const held = typeof data === 'string' && (await platform().files.exists(data)) ? data : textPath(shakespeare)
    return await firstLines(held, settings.validation, Math.min(120, model.longest))
  } catch {
    // The sample is a convenience: without the run's data there is still a line to begin with.
    return tokenizer ? line : '1 2 3'
  }
}

/** Whole lines of about so many characters from where validation begins. */
async function firstLines(path: string, validation: number, characters: number): Promise<string> {
  const [, { start }] = await divide(path, await sizeOf(path), [1 - validation])
  const file = await platform().files.open(path)
  const bytes = new Uint8Array(4 * characters)
  const count = await file.read(bytes, start)
  await file.close()
  const text = new TextDecoder().decode(bytes.subarray(0, count)).replaceAll('\uFFFD', '')
  const whole = text.slice(text.indexOf('\n') + 1).trimStart()
  const part = whole.slice(0, characters)
  return part.slice(0, part.lastIndexOf('\n')).trimEnd() || part || line
}

async function refuse(name: string): Promise<never> {
  throw new UserError(`The corpus ${name} is not in this browser.`)
}
