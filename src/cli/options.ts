/** Parsing of option values; what does not fit is refused with the option, the value and the fix. */
import { InvalidArgumentError } from 'commander'
import { UserError } from '../platform/errors.js'

const number = (text: string) => (text.trim() === '' ? Number.NaN : Number(text))

const parser =
  (expected: string, accepts: (value: number) => boolean) =>
  (text: string): number => {
    const value = number(text)
    if (!accepts(value)) throw new InvalidArgumentError(`Expected ${expected}.`)
    return value
  }

/** A whole number from `least` to `most`. */
export const whole = (least: number, most = Number.MAX_SAFE_INTEGER) =>
  parser(
    most === Number.MAX_SAFE_INTEGER
      ? `a whole number of at least ${least}`
      : `a whole number from ${least} to ${most}`,
    (value) => Number.isSafeInteger(value) && value >= least && value <= most,
  )

const finite = Number.isFinite

export const above = (bound: number) => parser(`a number above ${bound}`, (value) => finite(value) && value > bound)
export const atLeast = (bound: number) =>
  parser(`a number of at least ${bound}`, (value) => finite(value) && value >= bound)

/** A share of a whole: above 0, below 1. */
export const share = parser('a number between 0 and 1', (value) => value > 0 && value < 1)

/** Threads of the executor. More than a machine can have would only fail deep inside the runtime. */
export const threadCount = whole(1, 256)

export const filePath = (text: string): string => {
  if (text === '') throw new InvalidArgumentError('Expected a path.')
  return text
}

/** For an option that may be given several times. */
export const collect = (text: string, before: string[] = []): string[] => [...before, text]

export const list = (text: string): string[] => {
  const items = text.split(',').map((item) => item.trim())
  if (items.some((item) => item === '') || new Set(items).size < items.length) {
    throw new InvalidArgumentError('Expected different names separated by commas.')
  }
  return items
}

/** Applies `path=value` settings to a nested object; values are JSON, or text where they are not. */
export function assign<T extends object>(target: T, settings: readonly string[]): T {
  const result = structuredClone(target)
  for (const setting of settings) {
    const at = setting.indexOf('=')
    if (at < 1) throw new UserError(`--set: expected path=value, got "${setting}" – for example --set layers=6`)
    const keys = setting.slice(0, at).split('.')
    const refused = (reason: string) =>
      new UserError(`--set ${setting}: ${reason} – paths look like layers or mixers.0.chunk`)
    let object: any = result
    for (const [index, key] of keys.entries()) {
      const path = keys.slice(0, index + 1).join('.')
      if (key === '' || key === '__proto__') throw refused(`"${path}" is no path of a setting`)
      // A list grows by one entry at most: a hole in it could be billions long.
      if (Array.isArray(object) && !(/^\d+$/.test(key) && Number(key) <= object.length)) {
        throw refused(`"${keys.slice(0, index).join('.')}" is a list of ${object.length}, which has no "${key}"`)
      }
      if (index === keys.length - 1) {
        object[key] = parsed(setting.slice(at + 1))
        continue
      }
      if (!Object.hasOwn(object, key) || object[key] === null) object[key] = /^\d+$/.test(keys[index + 1]) ? [] : {}
      object = object[key]
      if (typeof object !== 'object') throw refused(`"${path}" is ${JSON.stringify(object)} and has no parts`)
    }
  }
  return result
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}
