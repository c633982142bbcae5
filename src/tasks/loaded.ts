/** Sources of examples that were read from files: each part is a list. */
import { UserError } from '../platform/errors.js'
import type { Example, ExampleSource, Part } from './task.js'

export interface Collection extends Pick<ExampleSource, 'input' | 'output' | 'chance' | 'show'> {
  /** For messages. */
  readonly task: string
  readonly parts: Readonly<Record<Part, readonly Example[]>>
}

/** @throws UserError when a part is empty */
export function loaded({ task, parts, ...rest }: Collection): ExampleSource {
  const all = Object.entries(parts).flatMap(([part, examples]) => {
    if (examples.length > 0) return examples
    throw new UserError(`task ${task}: its ${part} part is empty – check the files of the corpus`)
  })
  const most = (count: (example: Example) => number) => all.reduce((most, example) => Math.max(most, count(example)), 0)
  return {
    ...rest,
    length: most(({ weights }) => weights.length),
    answers: most(({ weights }) => weights.reduce((sum, weight) => sum + weight, 0)),
    size: (part) => parts[part].length,
    example: (part, index) => parts[part][index],
  }
}
