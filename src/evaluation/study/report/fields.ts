/** The parts of a study within which mechanisms are compared: one task at one size. */
import type { StudiedTask, StudyEntry, StudyReport } from '../types.js'

export type Size = Readonly<Record<string, number>>

export interface Field {
  readonly task: StudiedTask
  readonly size: Size
  readonly entries: readonly StudyEntry[]
}

/** Width 64 and 2 layers as "dim 64, layers 2". */
export const sizeText = (size: Size) =>
  Object.entries(size)
    .map(([name, value]) => `${name} ${value}`)
    .join(', ')

const sizeKey = (size: Size) => JSON.stringify(Object.entries(size).sort(([a], [b]) => (a < b ? -1 : 1)))

export const sameSize = (one: Size, other: Size) => sizeKey(one) === sizeKey(other)

/** The fields of a task, from the smallest models to the largest. */
export function fieldsOf({ entries }: StudyReport, task: StudiedTask): Field[] {
  const groups = new Map<string, StudyEntry[]>()
  for (const entry of entries.filter((entry) => entry.task === task.key)) {
    const key = sizeKey(entry.size)
    groups.set(key, [...(groups.get(key) ?? []), entry])
  }
  const params = (group: StudyEntry[]) => group.reduce((sum, entry) => sum + entry.params, 0) / group.length
  return [...groups.values()]
    .sort((a, b) => params(a) - params(b))
    .map((group) => ({ task, size: group[0].size, entries: group }))
}

/** The field of a task that figures show where they can show one. */
export function largestField(report: StudyReport, task: StudiedTask): Field | undefined {
  const fields = fieldsOf(report, task)
  return fields[fields.length - 1]
}

/** Said in captions where a task has several sizes. */
export const atSize = (report: StudyReport, { task, size }: Field) =>
  fieldsOf(report, task).length > 1 ? `At ${sizeText(size)}, the largest size.` : ''
