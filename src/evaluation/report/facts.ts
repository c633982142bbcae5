import { html, type Markup } from './html.js'

export type Fact = [name: string, value: unknown]

/** Names and values in columns. */
export const factList = (facts: Fact[]): Markup => html`<dl class="facts">
${facts.map(([name, value]) => html`<div><dt>${name}</dt><dd>${shownValue(value)}</dd></div>\n`)}</dl>`

/** The values in a nested object with their dotted paths. */
export function leaves(values: object, path = ''): Fact[] {
  return Object.entries(values).flatMap(([name, value]): Fact[] =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? leaves(value, `${path}${name}.`)
      : [[path + name, value]],
  )
}

export const shownValue = (value: unknown): string => {
  if (Array.isArray(value)) return value.map(shownValue).join(', ')
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? 'not set')
}
