/** Time for a token and bytes of state against position: a growing cache and a constant state are seen to differ. */
import type { WrittenToken } from '../models/protocol.js'
import { Chart, type Line } from './chart.js'

export interface Series {
  readonly name: string
  readonly tokens: readonly WrittenToken[]
}

/** Single tokens vary with everything that the machine does; the median of so many does not. */
const window = 9

export function Costs({ series }: { readonly series: readonly Series[] }) {
  if (series.every(({ tokens }) => tokens.length < 2)) return null
  const lines = (of: (tokens: readonly WrittenToken[]) => Line['points'], dash = false): Line[] =>
    series.map(({ name, tokens }, run) => ({ name, run, dash, points: of(tokens) }))
  const bytes = (key: 'used' | 'allocated') => (tokens: readonly WrittenToken[]) =>
    tokens.map((token) => ({ position: token.position, value: token[key] / 1024 }))
  const last = series.map(({ name, tokens }) => ({ name, token: tokens.at(-1) }))
  return (
    <section className="card" aria-label="What writing costs">
      <h2>What a token costs</h2>
      <Chart title="Time for a token, µs (the median of nine)" lines={lines(medians)} />
      <Chart
        title="State, KiB: in use, and held (thin)"
        lines={[...lines(bytes('used')), ...lines(bytes('allocated'), true)]}
      />
      <ul className="quiet number">
        {last.map(
          ({ name, token }) =>
            token && (
              <li key={name}>
                {name}: {(token.used / 1024).toFixed(1)} KiB in use and {(token.allocated / 1024).toFixed(1)} held after{' '}
                {token.position} tokens
              </li>
            ),
        )}
      </ul>
    </section>
  )
}

/** The first token is left out: it includes the prompt. */
function medians(tokens: readonly WrittenToken[]): Line['points'] {
  const later = tokens.slice(1)
  return later.map(({ position }, index) => {
    const near = later.slice(Math.max(0, index - window + 1), index + 1).map(({ microseconds }) => microseconds)
    return { position, value: near.sort((a, b) => a - b)[near.length >> 1] }
  })
}
