/** Numbers as the report prints them: one place, so that the words, the table and the axes agree. */

const grouped = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 })
const threeDigits = new Intl.NumberFormat('en-US', { maximumSignificantDigits: 3 })
const twoDigits = new Intl.NumberFormat('en-US', { maximumSignificantDigits: 2 })
const compact = new Intl.NumberFormat('en-US', { notation: 'compact', maximumSignificantDigits: 3 })

const whenFinite =
  (format: (value: number) => string, otherwise = 'not measured') =>
  (value: number) =>
    Number.isFinite(value) ? format(value) : otherwise

export const formatCount = whenFinite((value) => grouped.format(value))

/** 1,150,000 as 1.15M. */
export const formatCompact = whenFinite((value) => compact.format(value))

/** In nats or bits; one that is not a number is what a diverged model has. */
export const formatLoss = whenFinite((value) => value.toFixed(3), 'not finite')

/** Three significant digits, all digits of a larger number: 1.25, 48.3, 1,234. */
export const formatMeasured = whenFinite((value) => (value < 100 ? threeDigits : grouped).format(value))

/** Binary units with three significant digits: 512 B, 64 KiB, 1.5 MiB. */
export const formatBytes = whenFinite((value) => {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB']
  const power = value < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log2(value) / 10))
  return `${formatMeasured(value / 1024 ** power)} ${units[power]}`
})

export const formatPercent = whenFinite((share) => `${twoDigits.format(100 * share)}%`)

export const formatSeconds = whenFinite((seconds) => {
  if (seconds < 120) return `${formatMeasured(seconds)} s`
  return seconds < 7200 ? `${formatMeasured(seconds / 60)} min` : `${formatMeasured(seconds / 3600)} h`
})

/** "a", "a and b", "a, b and c". */
export const formatList = (items: readonly string[]): string => {
  if (items.length < 2) return items.join('')
  return `${items.slice(0, -1).join(', ')} and ${items[items.length - 1]}`
}

/** 14 as ¹⁴. */
export const superscript = (power: number) => Array.from(`${power}`, (digit) => '⁰¹²³⁴⁵⁶⁷⁸⁹'[Number(digit)]).join('')
