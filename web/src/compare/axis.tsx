/** What curves are drawn against. */
interface Given<T extends string> {
  readonly title: string
  readonly options: readonly (readonly [value: T, name: string])[]
  readonly value: T
  choose(value: T): void
}

export function Axis<T extends string>({ title, options, value, choose }: Given<T>) {
  return (
    <label className="row">
      {title}
      <select value={value} onChange={({ target }) => choose(target.value as T)}>
        {options.map(([id, name]) => (
          <option key={id} value={id}>
            {name}
          </option>
        ))}
      </select>
    </label>
  )
}
