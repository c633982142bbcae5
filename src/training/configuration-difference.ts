import { canonicalJson, type Json, type JsonObject } from './canonical-json.js'

/** A setting, by its dotted path, that two configurations do not share; undefined where one does not have it. */
export interface Difference {
  setting: string
  before: Json | undefined
  now: Json | undefined
}

/** The settings in which two configurations differ, in the order of their paths. */
export function differences(before: JsonObject, now: JsonObject): Difference[] {
  const [old, current] = [settings(before), settings(now)]
  return [...new Set([...old.keys(), ...current.keys()])]
    .sort()
    .map((setting) => ({ setting, before: old.get(setting), now: current.get(setting) }))
    .filter((pair) => JSON.stringify(pair.before) !== JSON.stringify(pair.now))
}

/** Objects are taken apart; lists are one setting, because a list of other length has no setting in common. */
function settings(value: JsonObject, prefix = ''): Map<string, Json> {
  // Through canonical JSON: equal settings get equal text, and undefined ones are not there.
  const entries = Object.entries<Json>(JSON.parse(canonicalJson(value))).flatMap(([key, member]): [string, Json][] =>
    typeof member === 'object' && member !== null && !Array.isArray(member) && Object.keys(member).length > 0
      ? [...settings(member, `${prefix}${key}.`)]
      : [[`${prefix}${key}`, member]],
  )
  return new Map(entries)
}

export function describeDifferences(found: Difference[]): string {
  const shown = found.slice(0, 3).map(({ setting, before, now }) => `${setting} ${text(before)}, now ${text(now)}`)
  return `${shown.join('; ')}${found.length > 3 ? ` and ${found.length - 3} more` : ''}`
}

function text(value: Json | undefined): string {
  return value === undefined ? 'not set' : JSON.stringify(value)
}
