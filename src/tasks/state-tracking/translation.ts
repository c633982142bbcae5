/** Tasks that translate one sequence of words into another: `input <sep> output <end>`, with answers from <sep> on. */
import { readText } from '../../data/index.js'
import { UserError } from '../../platform/errors.js'
import { loaded } from '../loaded.js'
import type { Example, ExampleSource, Part } from '../task.js'
import { labelled } from './labels.js'

export interface Pair {
  readonly input: readonly string[]
  readonly output: readonly string[]
}

/** Input and output share one vocabulary: the words of all parts. `chance` is the share of the commonest test output. */
export function translations(task: string, parts: Readonly<Record<Part, readonly Pair[]>>): ExampleSource {
  const words = new Set(
    Object.values(parts).flatMap((pairs) => pairs.flatMap(({ input, output }) => [...input, ...output])),
  )
  const names = ['<sep>', '<end>', ...[...words].sort()]
  const ids = new Map(names.map((name, id) => [name, id]))
  const example = ({ input, output }: Pair) => {
    const tokens = [...input, '<sep>', ...output, '<end>'].map((name) => ids.get(name) ?? 0)
    return labelled(tokens.slice(0, -1), tokens.slice(1), (position) => position >= input.length)
  }
  const show = ({ inputs, targets, weights }: Example) => {
    const start = weights.indexOf(1)
    const words = (tokens: Iterable<number>) => Array.from(tokens, (id) => names[id]).join(' ')
    return { input: words(inputs.slice(0, start)), answer: words(targets.slice(start, -1)) }
  }
  const outputs = new Map<string, number>()
  for (const { output } of parts.test) outputs.set(output.join(' '), (outputs.get(output.join(' ')) ?? 0) + 1)
  return loaded({
    task,
    input: { kind: 'tokens', vocabulary: names.length },
    output: { kind: 'tokens' },
    chance: Math.max(...outputs.values()) / parts.test.length,
    parts: {
      train: parts.train.map(example),
      validation: parts.validation.map(example),
      test: parts.test.map(example),
    },
    show,
  })
}

/**
 * A pair from each line of a file.
 *
 * @throws UserError naming the line that is not of the form
 */
export async function readPairs(
  path: string,
  form: string,
  parse: (line: string) => Pair | undefined,
): Promise<Pair[]> {
  const lines = (await readText(path)).trimEnd().split(/\r?\n/)
  return lines.map((line, index) => {
    const pair = parse(line)
    if (pair) return pair
    const shown = line.length > 60 ? `${line.slice(0, 60)}…` : line
    throw new UserError(`${path}:${index + 1}: expected ${form}, got "${shown}" – restore the file as it was published`)
  })
}
