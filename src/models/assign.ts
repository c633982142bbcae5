/** Settings given as text, by dotted path. */
import { UserError } from '../platform/errors.js'

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
        object[key] = settingValue(setting.slice(at + 1))
        continue
      }
      if (!Object.hasOwn(object, key) || object[key] === null) object[key] = /^\d+$/.test(keys[index + 1]) ? [] : {}
      object = object[key]
      if (typeof object !== 'object') throw refused(`"${path}" is ${JSON.stringify(object)} and has no parts`)
    }
  }
  return result
}

/** JSON, or text where it is not. */
export function settingValue(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}
