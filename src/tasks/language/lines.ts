import { z } from 'zod'
import { readText } from '../../data/index.js'
import { UserError } from '../../platform/errors.js'

/** The lines of a file; what follows the last line end is one only when it is not empty. */
export async function linesOf(path: string): Promise<string[]> {
  return (await readText(path)).replace(/\r?\n$/, '').split(/\r?\n/)
}

/**
 * The objects of a .jsonl file, one a line.
 *
 * @param fields what is taken of each
 * @throws UserError naming the first line that is none
 */
export async function parsedLines<S extends z.ZodRawShape>(
  path: string,
  fields: S,
): Promise<z.infer<z.ZodObject<S>>[]> {
  const schema = z.object(fields)
  return (await linesOf(path)).map((line, index) => {
    try {
      return schema.parse(JSON.parse(line))
    } catch {
      throw new UserError(
        `${path}:${index + 1}: expected a JSON object with ${Object.keys(fields).join(' and ')}, got ${line.slice(0, 60)} – restore the file from its source`,
      )
    }
  })
}
