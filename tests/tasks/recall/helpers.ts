import { recallTasks } from '#seqlab/tasks/recall/index.js'
import type { Example, ExampleSource, ExampleTask, Part } from '#seqlab/tasks/task.js'

export type Settings = Readonly<Record<string, number | string | boolean>>

export function taskOf(id: string): ExampleTask {
  const task = recallTasks.find((task) => task.id === id)
  if (task?.kind !== 'examples') throw new Error(`no such task: ${id}`)
  return task
}

export async function openTask(id: string, settings: Settings = {}): Promise<ExampleSource> {
  const task = taskOf(id)
  const none = { path: async (name: string) => Promise.reject(new Error(`asked for the corpus ${name}`)) }
  return task.open(task.config.parse(settings), none)
}

export const drawn = (source: ExampleSource, part: Part, count: number, stream = 0): Example[] =>
  Array.from({ length: count }, (_, index) => source.example(part, index, stream))

/** Positions that are asked at, with their answers. */
export const answersOf = ({ targets, weights }: Example): [number, number][] =>
  Array.from(weights.keys())
    .filter((at) => weights[at] !== 0)
    .map((at) => [at, targets[at]])

/** How many deviations the chi-square statistic of counts lies above its mean; equal shares unless others are given. */
export function chiSquareDeviations(counts: readonly number[], shares?: readonly number[]): number {
  const total = counts.reduce((sum, count) => sum + count, 0)
  const statistic = counts.reduce((sum, count, i) => {
    const expected = total * (shares?.[i] ?? 1 / counts.length)
    return sum + (count - expected) ** 2 / expected
  }, 0)
  const freedom = counts.length - 1
  return (statistic - freedom) / Math.sqrt(2 * freedom)
}

export function countsOf(values: Iterable<number>, kinds: number): number[] {
  const counts = Array<number>(kinds).fill(0)
  for (const value of values) counts[value]++
  return counts
}
