/** A field for a setting, from its schema: what it may be, what it is by default, what it does. */
import { useId } from 'react'
import { z } from 'zod'

export interface FieldProps {
  readonly label: string
  readonly schema: z.ZodType
  /** As typed; empty for the default. */
  readonly value: string
  readonly problem?: string
  /** Shown while the field is empty, where the schema has no default. */
  readonly placeholder?: string
  onChange(value: string): void
}

export function Field({ label, schema, value, problem, placeholder, onChange }: FieldProps) {
  const id = useId()
  const { inner, fallback } = unwrapped(schema)
  const description = schema.description ?? inner.description
  const common = {
    id,
    'aria-invalid': problem !== undefined,
    'aria-describedby': `${id}-about`,
    onChange: ({ target }: { target: { value: string } }) => onChange(target.value),
  }
  const options = optionsOf(inner)
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      {options ? (
        <select {...common} value={value || String(fallback ?? options[0])}>
          {options.map((option) => (
            <option key={option}>{option}</option>
          ))}
        </select>
      ) : (
        <input
          {...common}
          value={value}
          placeholder={fallback === undefined ? placeholder : String(fallback)}
          inputMode={inner instanceof z.ZodNumber ? 'decimal' : 'text'}
          autoComplete="off"
        />
      )}
      <small id={`${id}-about`} className={problem ? 'problem' : 'quiet'} role={problem ? 'alert' : undefined}>
        {problem ?? description}
      </small>
    </div>
  )
}

function unwrapped(schema: z.ZodType): { inner: z.ZodType; fallback?: unknown } {
  if (schema instanceof z.ZodDefault)
    return { inner: unwrapped(schema.unwrap() as z.ZodType).inner, fallback: schema.def.defaultValue }
  if (schema instanceof z.ZodOptional) return unwrapped(schema.unwrap() as z.ZodType)
  return { inner: schema }
}

function optionsOf(schema: z.ZodType): readonly string[] | undefined {
  if (schema instanceof z.ZodEnum) return schema.options.map(String)
  if (schema instanceof z.ZodBoolean) return ['true', 'false']
  return undefined
}

/** The fields of an object's schema, by name. */
export const fieldsOf = (schema: z.ZodType): Readonly<Record<string, z.ZodType>> =>
  schema instanceof z.ZodObject ? (schema.shape as Record<string, z.ZodType>) : {}
