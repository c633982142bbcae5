/** Figures as people read them. */
export const lossText = (loss: number | null | undefined) => (Number.isFinite(loss) ? loss!.toFixed(3) : '–')

const compact = new Intl.NumberFormat('en', { notation: 'compact', maximumSignificantDigits: 3 })
export const countText = (count: number) => compact.format(count)

export function durationText(seconds: number): string {
  if (seconds < 60) return `${Math.max(1, Math.round(seconds))} s`
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${Math.round(seconds % 60)} s`
  return `${Math.floor(seconds / 3600)} h ${Math.round((seconds % 3600) / 60)} min`
}
