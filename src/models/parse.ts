/** Parsing with zod, where what fails is told in the words of the one who gave it. */
import type { z } from 'zod'
import { UserError } from '../platform/errors.js'

/**
 * The value that a schema makes of an input.
 *
 * @throws UserError with up to three lines: path under `what`, what it must be, what came, the default or the known names
 */
export function parseWith<T>(schema: z.ZodType<T>, input: unknown, what: string): T {
  const result = schema.safeParse(input, { error: requirement })
  if (result.success) return result.data
  const problems = result.error.issues.slice(0, 3).map((issue) => {
    const path = [what, ...issue.path].join('.')
    if (issue.code === 'unrecognized_keys')
      return `${path}: has no setting ${issue.keys.map(shown).join(', ')}${knownKeys(schema, issue.path)}`
    const value = issue.path.reduce<any>((object, key) => object?.[key], input)
    return `${path}: ${issue.message}, got ${shown(value)}${defaultOf(schema, issue.path)}`
  })
  throw new UserError(problems.join('; '))
}

/** What a value must be; schemas with words of their own are not asked here. */
function requirement(issue: z.core.$ZodRawIssue): string | undefined {
  switch (issue.code) {
    case 'invalid_type':
      return `must be ${typeNames[issue.expected] ?? issue.expected}`
    case 'too_small':
      return issue.origin === 'number' || issue.origin === 'int'
        ? `must be ${issue.inclusive ? 'at least' : 'above'} ${issue.minimum}`
        : `must have at least ${issue.minimum} ${issue.origin === 'string' ? 'characters' : 'entries'}`
    case 'too_big':
      return `must be ${issue.inclusive ? 'at most' : 'below'} ${issue.maximum}`
    case 'invalid_value':
      return `must be one of ${issue.values.map(String).join(', ')}`
    case 'invalid_union':
      return 'options' in issue && Array.isArray(issue.options)
        ? `must be one of ${issue.options.join(', ')}`
        : undefined
    default:
      return undefined
  }
}

const typeNames: Readonly<Record<string, string>> = {
  int: 'a whole number',
  number: 'a number',
  string: 'a text',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
}

function shown(value: unknown): string {
  if (value === undefined) return 'nothing'
  const text = typeof value === 'number' ? String(value) : JSON.stringify(value)
  return text.length > 80 ? `${text.slice(0, 80)}…` : text
}

/** The shape behind wrappers such as defaults; undefined where there is none. */
function shapeOf(schema: any): Record<string, any> | undefined {
  return schema?.shape ?? (schema?.def?.innerType && shapeOf(schema.def.innerType))
}

function defaultOf(schema: unknown, path: readonly PropertyKey[]): string {
  const value = shapeOf(schema)?.[String(path[0])]?.def?.defaultValue
  return path.length === 1 && value !== undefined && typeof value !== 'object'
    ? ` – the default is ${shown(value)}`
    : ''
}

function knownKeys(schema: unknown, path: readonly PropertyKey[]): string {
  const shape = path.length === 0 ? shapeOf(schema) : undefined
  return shape ? ` – known are ${Object.keys(shape).join(', ')}` : ''
}
