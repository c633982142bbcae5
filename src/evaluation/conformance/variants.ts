/** Configurations to check, worked out from a mechanism's schema: every option at least once, all sizes small. */
import { z } from 'zod'
import type { Frame } from '../../mechanisms/index.js'
import { UserError } from '../../platform/errors.js'
import type { Subject } from './subject.js'

/** Heads enough to share keys in groups. */
const frame: Frame = { dim: 16, heads: 4, bias: true }
/** Lengths, ranks and widths with a larger default are set to this. */
const smallest = 4
/** Values tried for whole-number settings: less and more than what the rest of the suite uses. */
const sizes = { withDefault: [1, 16], optional: [1, 2, 7] }

interface Property {
  readonly type?: string
  readonly enum?: readonly unknown[]
  readonly default?: unknown
}

type Settings = Readonly<Record<string, unknown>>
/** Makes a subject of settings; throws a {@link UserError} where they do not fit. */
type Make<S> = (own: Settings, frame: Frame, label: string) => S

/** The plain configuration first, then one per option, then all options together. Combinations the mechanism refuses are left out. */
export function variantsOf<S extends Subject>(schema: z.ZodType, make: Make<S>): S[] {
  return [
    ...optionsOf(schema, (own, label) => make(own, frame, label)),
    make(smallSettings(schema, propertiesOf(schema)), { ...frame, bias: false }, 'bias=false'),
  ]
}

/** As {@link variantsOf}, for what stands in no frame. `make` throws a {@link UserError} where settings do not fit. */
export function optionsOf<S>(schema: z.ZodType, make: (own: Settings, label: string) => S): S[] {
  const properties = propertiesOf(schema)
  const base = smallSettings(schema, properties)
  const attempt = (change: Settings): S[] => {
    const own = { ...base, ...change }
    if (!schema.safeParse(own).success) return []
    try {
      return [make(own, label(change))]
    } catch (error) {
      if (error instanceof UserError) return []
      throw error
    }
  }
  const changes = Object.entries(properties).flatMap(([name, property]) =>
    options(property, base[name]).map((value): Settings => ({ [name]: value })),
  )
  const accepted = changes.map((change) => ({ change, made: attempt(change) })).filter(({ made }) => made.length > 0)
  const together: Settings = Object.assign({}, ...accepted.map(({ change }) => change))
  return [
    make(base, ''),
    ...accepted.flatMap(({ made }) => made),
    ...(Object.keys(together).length > 1 ? attempt(together) : []),
  ]
}

/** Properties of a zod object by name, as JSON schema; none where the schema is not one. */
function propertiesOf(schema: z.ZodType): Record<string, Property> {
  return (
    (z.toJSONSchema(schema, { unrepresentable: 'any' }) as { properties?: Record<string, Property> }).properties ?? {}
  )
}

/** Defaults, with large whole numbers made small where the schema takes that. */
function smallSettings(schema: z.ZodType, properties: Record<string, Property>): Settings {
  const settings: Record<string, unknown> = {}
  for (const [name, { type, default: value }] of Object.entries(properties)) {
    if (type !== 'integer' || !(Number(value) > smallest)) continue
    if (schema.safeParse({ ...settings, [name]: smallest }).success) settings[name] = smallest
  }
  return settings
}

function options({ type, enum: choices, default: value }: Property, used: unknown): unknown[] {
  if (type === 'boolean') return [!value]
  if (choices) return choices.filter((choice) => choice !== value)
  if (type !== 'integer') return []
  return value === undefined ? sizes.optional : sizes.withDefault.filter((size) => size !== (used ?? value))
}

function label(settings: Settings): string {
  return Object.entries(settings)
    .map(([name, value]) => `${name}=${value}`)
    .join(' ')
}
