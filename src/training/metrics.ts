import { UserError } from '../platform/errors.js'
import { platform } from '../platform/index.js'

/** What was measured at a step. A number that is not finite is stored as null. */
export interface MetricsEntry {
  step: number
  [measure: string]: number | string | boolean | null
}

export interface MetricsLog {
  /** Adds entries in one write, on the disk before it resolves. */
  append(...entries: MetricsEntry[]): Promise<void>
  /** All entries in order; none when the file does not exist yet. A last line cut off by a kill is left out. */
  read(): Promise<MetricsEntry[]>
  /** Cuts the log before the first entry of a later step, and a torn last line: what a resumed run will write again. */
  truncateAfter(step: number): Promise<void>
}

/** The log of a run as JSON lines, steps not decreasing. Reading throws a `UserError` naming a line that is no entry. */
export function metricsLog(path: string): MetricsLog {
  async function load(): Promise<{ whole: Line[]; size: number }> {
    const { files } = platform()
    if (!(await files.exists(path))) return { whole: [], size: 0 }
    const bytes = await files.read(path)
    const lines = [...parseLines(bytes)]
    const broken = lines.findIndex(({ entry }) => !entry)
    if (broken !== -1 && broken < lines.length - 1) {
      throw new UserError(`${path}: line ${broken + 1} is not an entry with a step – delete this line`)
    }
    return { whole: lines.filter((line): line is Line => line.entry !== undefined), size: bytes.length }
  }

  return {
    append: (...entries) =>
      platform().files.append(path, entries.map((entry) => `${JSON.stringify(entry)}\n`).join('')),

    read: async () => (await load()).whole.map(({ entry }) => entry),

    async truncateAfter(step) {
      const { whole, size } = await load()
      const later = whole.findIndex(({ entry }) => entry.step > step)
      const kept = later === -1 ? whole : whole.slice(0, later)
      const end = kept.at(-1)?.end ?? 0
      // One call of the system: a kill leaves the log as it was or as it shall be.
      if (end < size) await platform().files.truncate(path, end)
    },
  }
}

interface Line {
  entry: MetricsEntry
  /** Where the next line begins, in bytes. */
  end: number
}

function* parseLines(bytes: Uint8Array): Generator<Partial<Line>> {
  const decoder = new TextDecoder()
  for (let start = 0; start < bytes.length; ) {
    const newline = bytes.indexOf(0x0a, start)
    // Without its line end an entry may be the beginning of another: 1 of 12.
    if (newline === -1) return yield {}
    yield { entry: parseEntry(decoder.decode(bytes.subarray(start, newline))), end: newline + 1 }
    start = newline + 1
  }
}

function parseEntry(line: string): MetricsEntry | undefined {
  try {
    const entry = JSON.parse(line)
    return Number.isInteger(entry?.step) ? entry : undefined
  } catch {
    return undefined
  }
}
