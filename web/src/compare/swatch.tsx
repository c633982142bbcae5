/** The line of a model as figures draw it. Decoration: its name stands beside it. */
import { seriesLook } from 'seqlab/evaluation/report'

export function Swatch({ series }: { readonly series: number }) {
  const { color, dash } = seriesLook(series)
  return (
    <svg className="swatch" width="26" height="10" viewBox="0 0 26 10" aria-hidden="true">
      <line x1="1" x2="25" y1="5" y2="5" stroke={color} strokeWidth="3" strokeDasharray={dash} />
    </svg>
  )
}
