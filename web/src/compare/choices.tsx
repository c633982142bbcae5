/** Some of a list, each to be ticked. */
import { Swatch } from './swatch.js'

interface Given {
  readonly title: string
  readonly all: readonly string[]
  readonly chosen: readonly string[]
  choose(chosen: readonly string[]): void
  nameOf?(key: string): string
  /** Where they have looks: their names in that order. */
  readonly series?: readonly string[]
}

export function Choices({ title, all, chosen, choose, nameOf = (key) => key, series }: Given) {
  const toggle = (key: string) => choose(all.filter((one) => chosen.includes(one) !== (one === key)))
  return (
    <fieldset className="choices">
      <legend>{title}</legend>
      {all.map((key) => (
        <label key={key}>
          <input type="checkbox" checked={chosen.includes(key)} onChange={() => toggle(key)} />
          {series && <Swatch series={series.indexOf(key)} />}
          {nameOf(key)}
        </label>
      ))}
      {chosen.length < all.length && (
        <button type="button" className="small" onClick={() => choose(all)}>
          All
        </button>
      )}
    </fieldset>
  )
}
