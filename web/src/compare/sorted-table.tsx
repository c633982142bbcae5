/** A table whose rows are ordered by any of its columns; by the first, until another is chosen. */
import { type ReactNode, useState } from 'react'

export interface Column<R> {
  readonly label: string
  readonly unit: string
  /** Larger is better: the first order has the largest on top. */
  readonly descending?: boolean
  readonly value: (row: R) => number
  readonly text: (row: R) => string
}

interface Given<R> {
  readonly label: string
  readonly caption?: string
  /** Head of the rows' names. */
  readonly name: string
  readonly rows: readonly R[]
  readonly columns: readonly Column<R>[]
  nameOf(row: R): ReactNode
  keyOf(row: R): string
}

export function SortedTable<R>({ label, caption, name, rows, columns, nameOf, keyOf }: Given<R>) {
  const [by, order] = useState({ at: 0, turned: false })
  const column = columns[by.at] ?? columns[0]
  const downwards = Boolean(column.descending) !== by.turned
  const sorted = [...rows].sort((a, b) => compare(column.value(a), column.value(b), downwards))
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached with keys
    <section className="scroll" tabIndex={0} aria-label={label}>
      <table className="sorted">
        {caption && <caption>{caption}</caption>}
        <thead>
          <tr>
            <th scope="col">{name}</th>
            {columns.map((one, at) => (
              <th
                key={one.label}
                scope="col"
                aria-sort={one === column ? (downwards ? 'descending' : 'ascending') : undefined}
              >
                <button type="button" onClick={() => order({ at, turned: at === by.at && !by.turned })}>
                  {one.label}
                  {one === column && <span aria-hidden="true">{downwards ? ' ↓' : ' ↑'}</span>}
                  {one.unit && <span className="quiet">{one.unit}</span>}
                </button>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {sorted.map((row) => (
            <tr key={keyOf(row)}>
              <th scope="row">{nameOf(row)}</th>
              {columns.map((one) => (
                <td key={one.label} className="number">
                  {one.text(row)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  )
}

/** What was not measured is last either way. */
function compare(a: number, b: number, downwards: boolean): number {
  if (!Number.isFinite(a) || !Number.isFinite(b)) return Number(Number.isFinite(b)) - Number(Number.isFinite(a))
  return downwards ? b - a : a - b
}
