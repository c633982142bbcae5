/** Loading what a user wrote in a file of their own, in TypeScript or JavaScript. */
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { ChannelMixer, Mixer } from '../mechanisms/index.js'
import type { Network } from '../models/index.js'
import { UserError } from '../platform/errors.js'
import type { Task } from '../tasks/index.js'

/** The mechanism or network that a module exports, whatever the export is called. */
export const loadMechanism = (path: string): Promise<Mixer | ChannelMixer | Network> =>
  loadExport(path, {
    has: (value): value is Mixer | ChannelMixer | Network =>
      hasKeys(value, 'id', 'parameters') && hasOneOf(value, 'parallel', 'forward'),
    made: 'defineMixer, defineChannelMixer or defineNetwork',
    guide: 'docs/mechanisms.md for how to write a mechanism',
  })

/** The task that a module exports, whatever the export is called. */
export const loadTask = (path: string): Promise<Task> =>
  loadExport(path, {
    has: (value): value is Task => hasKeys(value, 'id', 'kind', 'config', 'open'),
    made: 'defineTask, defineText or defineProbe',
    guide: 'docs/tasks.md for how to write a task',
  })

interface Wanted<T> {
  has(value: unknown): value is T
  readonly made: string
  readonly guide: string
}

async function loadExport<T>(path: string, { has, made, guide }: Wanted<T>): Promise<T> {
  // Loaded here because every other command would wait for it too.
  const { register } = await import('tsx/esm/api')
  // The module shares this process's copy of seqlab: tensors and the graph being traced are its own.
  const unregister = register()
  try {
    const module: Record<string, unknown> = await import(pathToFileURL(resolve(path)).href)
    const found = Object.values(module).filter(has)
    if (found.length === 1) return found[0]
    throw new UserError(`${path}: expected one export made by ${made}, got ${found.length}`)
  } catch (error) {
    if (error instanceof UserError) throw error
    throw new UserError(`${path}: cannot be loaded (${(error as Error).message.split('\n')[0]}) – see ${guide}`)
  } finally {
    await unregister()
  }
}

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null
const hasKeys = (value: unknown, ...keys: string[]) => isObject(value) && keys.every((key) => key in value)
const hasOneOf = (value: unknown, ...keys: string[]) => isObject(value) && keys.some((key) => key in value)
