/** The options of writing, a field each, as their schema describes them. */
import type { OptionField } from '../models/writing-options.js'

interface Props {
  readonly fields: readonly OptionField[]
  readonly values: Readonly<Record<string, string>>
  onChange(change: Readonly<Record<string, string>>): void
}

/** topK as “top k”. */
const spoken = (name: string) => name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)

export function Options({ fields, values, onChange }: Props) {
  return (
    <div className="options">
      {fields.map(({ name, description, least, most, isWhole }) => (
        <div className="field" key={name}>
          <label htmlFor={`option-${name}`}>{spoken(name)}</label>
          <input
            id={`option-${name}`}
            type="number"
            min={least}
            max={most}
            step={isWhole ? 1 : 'any'}
            value={values[name]}
            aria-describedby={`about-${name}`}
            onChange={({ target }) => onChange({ [name]: target.value })}
          />
          <span id={`about-${name}`} className="quiet about">
            {description}
          </span>
        </div>
      ))}
    </div>
  )
}
