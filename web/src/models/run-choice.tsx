/** A field to choose one of this browser's runs. */
import { useId } from 'react'
import type { RunView } from '../runs/runs.js'

interface Props {
  readonly label: string
  readonly runs: readonly RunView[]
  readonly value: string
  /** What choosing no run is called; absent where one must be chosen. */
  readonly none?: string
  onChange(name: string): void
}

export function RunChoice({ label, runs, value, none, onChange }: Props) {
  const id = useId()
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <select id={id} value={value} onChange={({ target }) => onChange(target.value)}>
        {none !== undefined && <option value="">{none}</option>}
        {runs.map(({ name }) => (
          <option key={name}>{name}</option>
        ))}
      </select>
    </div>
  )
}
