/** What the colours of a text's tokens say. */
export const colourings = {
  loss: 'what each token cost',
  contributions: 'what led to the next token',
  attention: 'what this token attends to',
  similar: 'where the state was alike',
} as const
export type Colouring = keyof typeof colourings

/** Weights from −1 to 1 of values whose largest magnitude is 1. */
export function relative(values: ArrayLike<number>): number[] {
  const all = Array.from(values)
  const largest = Math.max(...all.map(Math.abs), Number.MIN_VALUE)
  return all.map((value) => value / largest)
}

/** The background of a token: blue for what adds, orange for what takes away or costs. */
export function tint(weight: number | undefined): string | undefined {
  if (weight === undefined || !Number.isFinite(weight) || weight === 0) return undefined
  const share = Math.round(50 * Math.min(1, Math.abs(weight)) ** 0.7)
  return `color-mix(in oklab, var(${weight > 0 ? '--run-0' : '--run-1'}) ${share}%, transparent)`
}

/** A number in few characters. */
export function short(value: number): string {
  if (value === 0) return '0'
  const size = Math.abs(value)
  return size >= 1e4 || size < 1e-3 ? value.toExponential(1) : value.toPrecision(3)
}

/** A token so that white space shows. */
export function spelled(text: string): string {
  return `“${text.replaceAll('\n', '↵').replaceAll('\t', '⇥').replaceAll(' ', '␣')}”`
}
