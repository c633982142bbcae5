/** Loading a mechanism that a user wrote, in TypeScript or JavaScript. */
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { ChannelMixer, Mixer } from '../mechanisms/index.js'
import { UserError } from '../platform/errors.js'

/** The mechanism that a module exports, whatever the export is called. */
export async function loadMechanism(path: string): Promise<Mixer | ChannelMixer> {
  // Loaded here because every other command would wait for it too.
  const { register } = await import('tsx/esm/api')
  // The module shares this process's copy of seqlab: tensors and the graph being traced are its own.
  const unregister = register()
  try {
    const module: Record<string, unknown> = await import(pathToFileURL(resolve(path)).href)
    const found = Object.values(module).filter(isMechanism)
    if (found.length === 1) return found[0]
    throw new UserError(`${path}: expected one export made by defineMixer or defineChannelMixer, got ${found.length}`)
  } catch (error) {
    if (error instanceof UserError) throw error
    throw new UserError(
      `${path}: cannot be loaded (${(error as Error).message.split('\n')[0]}) – see docs/mechanisms.md for how to write a mechanism`,
    )
  } finally {
    await unregister()
  }
}

function isMechanism(value: unknown): value is Mixer | ChannelMixer {
  return (
    typeof value === 'object' &&
    value !== null &&
    'id' in value &&
    'parameters' in value &&
    ('parallel' in value || 'forward' in value)
  )
}
