/** Options that are given twice by mistake. */
import type { Command } from 'commander'
import { collect } from './options.js'

/** Refuses an option that is given again, except those that collect their values; `--carry --no-carry` is one as well. */
export function refuseRepeats(command: Command): void {
  const given = new Set<string>()
  for (const option of command.options) {
    if (option.parseArg === collect) continue
    command.on(`option:${option.name()}`, () => {
      const name = option.attributeName()
      if (given.has(name))
        command.error(`error: option '${option.flags}' is given twice, or with its opposite – give it once`)
      given.add(name)
    })
  }
}
