import { UserError } from '../platform/errors.js'
import { platform } from '../platform/index.js'

export type Json = null | boolean | number | string | Json[] | JsonObject
export interface JsonObject {
  [key: string]: Json
}

/**
 * Equal values as equal text: keys sorted, two spaces, a line end. Members that are undefined are left out. Throws on
 * what JSON would change silently (NaN, Infinity, typed arrays, functions), naming its path in the value.
 */
export function canonicalJson(value: unknown): string {
  return `${JSON.stringify(sorted(value, []), null, 2)}\n`
}

/** A value as the JSON object that it would be written as. */
export function asJson(value: object): JsonObject {
  return JSON.parse(canonicalJson(value))
}

function sorted(value: unknown, path: string[]): unknown {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value
  if (typeof value === 'number' && Number.isFinite(value)) return value
  if (Array.isArray(value)) return value.map((item, index) => sorted(item, [...path, `${index}`]))
  if (typeof value === 'object' && isPlain(value)) {
    const members = Object.entries(value).filter(([, member]) => member !== undefined)
    members.sort(([a], [b]) => (a < b ? -1 : 1))
    return Object.fromEntries(members.map(([key, member]) => [key, sorted(member, [...path, key])]))
  }
  const got = typeof value === 'object' ? value.constructor.name : String(value)
  throw new Error(
    `JSON: ${path.join('.') || 'the value'} must be a finite number, text, list or plain object, got ${got}`,
  )
}

function isPlain(value: object): boolean {
  const prototype = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}

/** Writes canonical JSON, whole or not at all. */
export async function writeJson(path: string, value: unknown): Promise<void> {
  await platform().files.writeAtomic(path, canonicalJson(value))
}

/** Reads a file that holds a JSON object. Throws a `UserError` naming the file and the fix when it does not. */
export async function readJson(path: string, { fix = 'restore the file' } = {}): Promise<JsonObject> {
  const bytes = await platform().files.read(path)
  try {
    const value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value
  } catch {
    // No UTF-8 or no JSON: the same answer as for JSON that is no object.
  }
  throw new UserError(`${path}: expected a JSON object, got ${bytes.length} bytes that are none – ${fix}`)
}
