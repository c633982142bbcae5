import type { Corpora, Example, ExampleSource, ExampleTask, Part } from '#seqlab/tasks/index.js'

const noCorpora: Corpora = {
  path: async (name) => {
    throw new Error(`no corpus ${name}`)
  },
}

export const open = (task: ExampleTask, settings: object = {}, corpora = noCorpora): Promise<ExampleSource> =>
  Promise.resolve().then(() => task.open(task.config.parse(settings), corpora))

export const examples = (source: ExampleSource, part: Part, count: number, stream = 0): Example[] =>
  Array.from({ length: count }, (_, index) => source.example(part, index, stream))

export const inputsOf = ({ inputs }: Example): string => inputs.join(' ')

/** The answers that an example asks for, by position. */
export const askedOf = ({ targets, weights }: Example): Map<number, number> =>
  new Map([...weights.keys()].filter((t) => weights[t] === 1).map((t) => [t, targets[t]]))

/** How often each value comes. */
export function tally<T>(values: Iterable<T>): Map<T, number> {
  const counts = new Map<T, number>()
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1)
  return counts
}

/** The largest deviation of a count from a uniform distribution over `values`, in standard deviations. */
export function deviation<T>(counts: ReadonlyMap<T, number>, values: Iterable<T>): number {
  const all = [...values]
  const total = [...counts.values()].reduce((a, b) => a + b, 0)
  const p = 1 / all.length
  const strays = [...counts.keys()].filter((value) => !all.includes(value))
  if (strays.length > 0) throw new Error(`values that should not be: ${strays}`)
  return Math.max(
    ...all.map((value) => Math.abs((counts.get(value) ?? 0) - total * p) / Math.sqrt(total * p * (1 - p))),
  )
}

export const range = (low: number, high: number) => Array.from({ length: high - low + 1 }, (_, i) => low + i)

/** All words of a length. */
export function* words(symbols: readonly number[], length: number): Generator<number[]> {
  if (length === 0) yield []
  else for (const rest of words(symbols, length - 1)) for (const symbol of symbols) yield [...rest, symbol]
}
