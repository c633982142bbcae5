/** Parsing of option values; what does not fit is refused with the option, the value and the fix. */
import { InvalidArgumentError } from 'commander'
import { UserError } from '../platform/errors.js'

function number(text: string): number {
  const value = Number(text)
  if (text.trim() === '' || !Number.isFinite(value)) throw new InvalidArgumentError('expected a number.')
  return value
}

/** A whole number of at least `least`. */
export const whole =
  (least: number) =>
  (text: string): number => {
    const value = number(text)
    if (!Number.isInteger(value) || value < least) throw new InvalidArgumentError(`expected a whole number of at least ${least}.`)
    return value
  }

/** A number above `bound`, or from it on when `inclusive`. */
export const above =
  (bound: number, { inclusive = false } = {}) =>
  (text: string): number => {
    const value = number(text)
    if (inclusive ? value < bound : value <= bound) throw new InvalidArgumentError(`expected a number ${inclusive ? 'of at least' : 'above'} ${bound}.`)
    return value
  }

/** For an option that may be given several times. */
export const collect = (text: string, before: string[] = []): string[] => [...before, text]

export const list = (text: string): string[] => {
  const items = text.split(',').map((item) => item.trim())
  if (items.some((item) => item === '')) throw new InvalidArgumentError('expected names separated by commas.')
  return items
}

/** Applies `path=value` settings to a nested object; values are JSON, or text where they are not. */
export function assign(target: any, settings: readonly string[]): any {
  const result = structuredClone(target)
  for (const setting of settings) {
    const at = setting.indexOf('=')
    if (at < 1) throw new UserError(`--set: expected path=value, got "${setting}" – for example --set layers=6`)
    const keys = setting.slice(0, at).split('.')
    let object = result
    for (const [index, key] of keys.slice(0, -1).entries()) {
      object[key] ??= /^\d+$/.test(keys[index + 1]) ? [] : {}
      object = object[key]
      if (typeof object !== 'object') throw new UserError(`--set: "${keys.slice(0, index + 1).join('.')}" is ${JSON.stringify(object)} and has no parts, in "${setting}"`)
    }
    object[keys[keys.length - 1]] = parsed(setting.slice(at + 1))
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
