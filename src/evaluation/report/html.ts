/** Markup that is already safe to insert; only {@link html} and {@link trusted} make it. */
export interface Markup {
  readonly markup: string
}

type Insertable = Markup | string | number | readonly Markup[]

/**
 * A template whose values are escaped unless they are {@link Markup} themselves, so that a model's name or the text it
 * generated can hold anything.
 */
export function html(strings: TemplateStringsArray, ...values: Insertable[]): Markup {
  return trusted(strings.map((text, i) => text + (i < values.length ? insert(values[i]) : '')).join(''))
}

/** Takes text as markup without escaping it: for what this library made itself. */
export const trusted = (markup: string): Markup => ({ markup })

function insert(value: Insertable): string {
  if (typeof value === 'string' || typeof value === 'number') return escapeText(visible(String(value)))
  return 'markup' in value ? value.markup : value.map((part) => part.markup).join('')
}

const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }

const escapeText = (text: string) => text.replace(/[&<>"']/g, (character) => entities[character])

// Marks and overrides of direction: one in a name would turn the sentence around it.
const directions = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g

/**
 * Shows control characters as their pictures (a byte model writes any of them; in an SVG file they are errors), controls
 * of direction as replacement characters, and a no-break space as a space, which a browser would serialize as an entity
 * that XML does not know.
 */
export function visible(text: string): string {
  const pictured = Array.from(text.replace(directions, '\ufffd'), (character) => {
    const code = character.codePointAt(0) ?? 0
    if (code === 0xa0) return ' '
    if (code === 0x7f) return '\u2421'
    const control = code < 0x20 && character !== '\n' && character !== '\t'
    return control ? String.fromCodePoint(0x2400 + code) : character
  })
  return pictured.join('')
}
