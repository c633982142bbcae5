/** Time for a token and bytes of state against position: a growing cache and a constant state are seen to differ. */
import { useEffect, useMemo, useRef, useState } from 'react'
import type { WrittenToken } from '../models/protocol.js'
import { Chart, type Line } from './chart.js'

export interface Series {
  readonly name: string
  readonly tokens: readonly WrittenToken[]
}

/** Single tokens vary with everything that the machine does; the median of so many does not. */
const window = 25
/** Times beyond this many medians are cut: one long pause of the machine would flatten all others. */
const tallest = 4

/** Milliseconds between drawings while tokens come: drawing thousands of points takes a while. */
const pause = 600

export function Costs({ series: newest }: { readonly series: readonly Series[] }) {
  const series = useNowAndThen(newest, pause)
  const { times, states, ceiling } = useMemo(() => drawn(series), [series])
  if (series.every(({ tokens }) => tokens.length < 2)) return null
  return (
    <section className="card" aria-label="What writing costs">
      <h2>What a token costs</h2>
      <Chart
        title="Time for a token, µs (the median of 25; pauses of the machine are cut off)"
        lines={times}
        ceiling={ceiling}
      />
      <Chart title="State, KiB: in use, and held (thin)" lines={states} />
      <ul className="quiet number">
        {series.map(({ name, tokens }) => {
          const last = tokens.at(-1)
          if (!last) return null
          const [used, held] = [last.used, last.allocated].map((bytes) => (bytes / 1024).toFixed(1))
          return (
            <li key={name}>
              {name}: {used} KiB in use and {held} held after {last.position} tokens
            </li>
          )
        })}
      </ul>
    </section>
  )
}

function drawn(series: readonly Series[]) {
  const lines = (of: (tokens: readonly WrittenToken[]) => Line['points'], isBehind = false): Line[] =>
    series.map(({ name, tokens }, run) => ({ name, run, isBehind, points: of(tokens) }))
  const bytes = (key: 'used' | 'allocated') => (tokens: readonly WrittenToken[]) =>
    tokens.map((token) => ({ position: token.position, value: token[key] / 1024 }))
  return {
    times: lines((tokens) => thinned(medians(tokens))),
    states: [
      ...lines((tokens) => thinned(bytes('used')(tokens))),
      ...lines((tokens) => thinned(bytes('allocated')(tokens)), true),
    ],
    ceiling: ceilingOf(series),
  }
}

/** The newest value, but not more often than every so many milliseconds. */
function useNowAndThen<T>(value: T, milliseconds: number): T {
  const [shown, setShown] = useState(value)
  const newest = useRef(value)
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined)
  newest.current = value
  useEffect(() => {
    timer.current ??= setTimeout(() => {
      timer.current = undefined
      setShown(newest.current)
    }, milliseconds)
  })
  useEffect(
    () => () => {
      clearTimeout(timer.current)
      timer.current = undefined
    },
    [],
  )
  return shown
}

function ceilingOf(series: readonly Series[]): number {
  const typical = series.map(({ tokens }) => {
    const times = tokens.map(({ microseconds }) => microseconds).sort((a, b) => a - b)
    return times[times.length >> 1] ?? 0
  })
  return tallest * Math.max(...typical)
}

/** Points that a line needs at most: more are not told apart. */
const mostPoints = 300

function thinned(points: Line['points']): Line['points'] {
  const every = Math.ceil(points.length / mostPoints)
  return points.filter((_, index) => index % every === 0 || index === points.length - 1)
}

/** The first token is left out: it includes the prompt. */
function medians(tokens: readonly WrittenToken[]): Line['points'] {
  const later = tokens.slice(1)
  return later.map(({ position }, index) => {
    const near = later.slice(Math.max(0, index - window + 1), index + 1).map(({ microseconds }) => microseconds)
    return { position, value: near.sort((a, b) => a - b)[near.length >> 1] }
  })
}
