/** Configurations to check, worked out from a mechanism's schema: every option at least once, all sizes small. */
import { z } from 'zod'
import type { Frame, Mixer } from '../../mechanisms/index.js'
import { UserError } from '../../platform/errors.js'
import { type MixerSubject, mixerSubject } from './mixer-subject.js'

/** Two heads of width 8. */
const frame: Frame = { dim: 16, heads: 2, bias: true }
/** Lengths, ranks and widths with a larger default are set to this. */
const smallest = 4
/** Values tried for whole-number settings: the least, and one larger than what the rest of the suite uses. */
const sizes = { withDefault: [1, 16], optional: [1, 3] }

interface Property {
  readonly type?: string
  readonly enum?: readonly unknown[]
  readonly default?: unknown
}

type Settings = Readonly<Record<string, unknown>>

/** The plain configuration first, then one per option, then all options together. Combinations the mechanism refuses are left out. */
export function variantsOf(mixer: Mixer): MixerSubject[] {
  const properties = propertiesOf(mixer.config)
  const base = smallSettings(mixer, properties)
  const changes = Object.entries(properties).flatMap(([name, property]) =>
    options(property, base[name]).map((value): Settings => ({ [name]: value })),
  )
  const accepted = changes.flatMap((change) => attempt(mixer, { ...base, ...change }, frame, label(change)))
  const together = accepted.map(({ own }) => own).reduce((all, own) => ({ ...all, ...difference(own, base) }), {})
  const several = Object.keys(together).length > 1 ? attempt(mixer, { ...base, ...together }, frame, label(together)) : []
  return [
    mixerSubject(mixer, base, frame, ''),
    ...accepted,
    ...several,
    mixerSubject(mixer, base, { ...frame, bias: false }, 'bias=false'),
  ]
}

/** Properties of a zod object by name, as JSON schema; none where the schema is not one. */
export function propertiesOf(schema: z.ZodType): Record<string, Property> {
  return (z.toJSONSchema(schema, { unrepresentable: 'any' }) as { properties?: Record<string, Property> }).properties ?? {}
}

/** Defaults, with large whole numbers made small where the schema takes that. */
function smallSettings(mixer: Mixer, properties: Record<string, Property>): Settings {
  const shrunk = Object.entries(properties).filter(([, { type, default: value }]) => type === 'integer' && Number(value) > smallest)
  return shrunk.reduce((settings: Settings, [name]) => {
    const next = { ...settings, [name]: smallest }
    return mixer.config.safeParse(next).success ? next : settings
  }, {})
}

function options({ type, enum: choices, default: value }: Property, used: unknown): unknown[] {
  if (type === 'boolean') return [!value]
  if (choices) return choices.filter((choice) => choice !== value)
  if (type !== 'integer') return []
  return value === undefined ? sizes.optional : sizes.withDefault.filter((size) => size !== (used ?? value))
}

/** A subject, or none where the settings are refused. */
function attempt(mixer: Mixer, own: Settings, around: Frame, name: string): MixerSubject[] {
  if (!mixer.config.safeParse(own).success) return []
  try {
    return [mixerSubject(mixer, own, around, name)]
  } catch (error) {
    if (error instanceof UserError) return []
    throw error
  }
}

function difference(settings: Settings, base: Settings): Settings {
  return Object.fromEntries(Object.entries(settings).filter(([name, value]) => base[name] !== value))
}

function label(settings: Settings): string {
  return Object.entries(settings)
    .map(([name, value]) => `${name}=${value}`)
    .join(' ')
}
