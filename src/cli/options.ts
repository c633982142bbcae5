/** Parsing of option values; what does not fit is refused with the option, the value and the fix. */
import { InvalidArgumentError } from 'commander'

const toNumber = (text: string) => (text.trim() === '' ? Number.NaN : Number(text))

const parser =
  (expected: string, accepts: (value: number) => boolean) =>
  (text: string): number => {
    const value = toNumber(text)
    if (!accepts(value)) throw new InvalidArgumentError(`Expected ${expected}.`)
    return value
  }

/** A whole number from `least` to `most`. */
export const whole = (least: number, most = Number.MAX_SAFE_INTEGER) =>
  parser(
    most === Number.MAX_SAFE_INTEGER
      ? `a whole number of at least ${least}`
      : `a whole number from ${least} to ${most}`,
    (value) => Number.isSafeInteger(value) && value >= least && value <= most,
  )

const finite = Number.isFinite

export const above = (bound: number) => parser(`a number above ${bound}`, (value) => finite(value) && value > bound)
export const atLeast = (bound: number) =>
  parser(`a number of at least ${bound}`, (value) => finite(value) && value >= bound)

/** Any number. */
export const number = parser('a number', finite)

/** A share of a whole: above 0, below 1. */
export const share = parser('a number between 0 and 1', (value) => value > 0 && value < 1)

/** Threads of the executor. More than a machine can have would only fail deep inside the runtime. */
export const threadCount = whole(1, 256)

export const filePath = (text: string): string => {
  if (text === '') throw new InvalidArgumentError('Expected a path.')
  return text
}

/** For an option that may be given several times. */
export const collect = (text: string, before: string[] = []): string[] => [...before, text]

export const list = (text: string): string[] => {
  // A comma inside brackets belongs to a value: eigenvalues=[-1,1].
  const items = text.split(/,(?![^[]*\])/).map((item) => item.trim())
  if (items.some((item) => item === '') || new Set(items).size < items.length) {
    throw new InvalidArgumentError('Expected different names separated by commas.')
  }
  return items
}

/** Numbers separated by commas. */
export const numbers = (text: string): number[] => list(text).map((item) => number(item))
