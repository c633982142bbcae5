/** Reading a sweep file: YAML whose mistakes are told with their line. */
import { isNode, LineCounter, parseDocument } from 'yaml'
import { z } from 'zod'
import { parseWith } from '../../models/index.js'
import { UserError } from '../../platform/errors.js'

const partialJob = z.record(z.string(), z.json())

const sweepContent = z.strictObject({
  name: z.string().min(1).default('sweep').describe('what tables and reports call it'),
  base: partialJob.default({}).describe('settings of every job'),
  grid: z
    .record(z.string(), z.array(z.json()).min(1))
    .optional()
    .describe('dotted path of a setting → its values; every combination is a job'),
  jobs: z.array(partialJob).min(1).optional().describe('jobs written out, beside the grid'),
})
export type SweepContent = z.infer<typeof sweepContent>
export type Place = readonly (string | number)[]

export interface SweepFile {
  readonly content: SweepContent
  /** @throws UserError naming the file, the line of that place (or of what encloses it) and what is wrong */
  fail(place: Place, message: string): never
  /** Does what may throw a `UserError`, which then fails at that place. */
  attempt<T>(place: Place, action: () => T): T
}

/** @throws UserError for what is no YAML, and for what is no sweep */
export function readSweep(text: string, path: string): SweepFile {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false })
  const lineAt = (offset: number) => lines.linePos(offset).line
  const [error] = document.errors
  if (error) throw new UserError(`${path}:${lineAt(error.pos[0])}: ${error.message.split('\n')[0]}`)

  function fail(place: Place, message: string): never {
    for (let depth = place.length; depth >= 0; depth--) {
      const node = document.getIn(place.slice(0, depth), true)
      if (isNode(node) && node.range) throw new UserError(`${path}:${lineAt(node.range[0])}: ${message}`)
    }
    throw new UserError(`${path}: ${message}`)
  }

  function attempt<T>(place: Place, action: () => T): T {
    try {
      return action()
    } catch (error) {
      if (error instanceof UserError) return fail(place, error.message.split('\n')[0])
      throw error
    }
  }

  const value = resolved(document, path)
  const result = sweepContent.safeParse(value)
  const content = result.success
    ? result.data
    : attempt(placeOfIssue(result.error), () => parseWith(sweepContent, value, 'sweep'))
  return { content, fail, attempt }
}

/** Where the first issue is; for a setting that nobody knows, at the setting. */
export function placeOfIssue({ issues: [issue] }: z.ZodError): Place {
  return [...issue.path, ...(issue.code === 'unrecognized_keys' ? issue.keys.slice(0, 1) : [])] as Place
}

/** The document as plain values. Aliases are looked up here, and too many of them refused. */
function resolved(document: ReturnType<typeof parseDocument>, path: string): unknown {
  try {
    return document.toJS() ?? {}
  } catch (error) {
    throw new UserError(`${path}: ${(error as Error).message}`)
  }
}
