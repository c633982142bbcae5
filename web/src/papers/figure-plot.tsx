/** Figures that share a unit on one axis, each with its tolerance; what was found here beside them. */
import { useEffect, useRef } from 'react'
import type { Claim, Figure } from 'seqlab/papers'
import { useWidth } from '../common/width.js'
import { type Group, groups } from './units.js'

interface Shown {
  readonly claims: readonly Claim[]
  readonly again?: readonly Claim[]
}

export function FigurePlots({ claims, again }: Shown) {
  const all = groups(claims)
  if (all.length === 0) return null
  const rerun = again?.flatMap(({ figures }) => figures) ?? []
  return (
    <div className="figure-plots">
      {all.map((group) => (
        <FigurePlot key={group.unit} group={group} again={rerun} />
      ))}
    </div>
  )
}

const rowHeight = 40
/** Drawn from 0 to 1, all alike. */
const shares = new Set(['Accuracy', 'Exact match', 'Share', 'BLEU'])

function FigurePlot({ group: { unit, figures }, again }: { readonly group: Group; readonly again: readonly Figure[] }) {
  const place = useRef<HTMLDivElement>(null)
  const width = useWidth(place)
  useEffect(() => {
    let current = true
    const draw = async () => {
      const Plot = await import('@observablehq/plot')
      if (!current || width === 0) return
      const values = figures.map(({ value }) => value)
      const logarithmic = Math.min(...values) > 0 && Math.max(...values) > 30 * Math.min(...values)
      const share = !logarithmic && shares.has(unit) && values.every((value) => value >= 0 && value <= 1)
      const known = new Map(again.map(({ name, value }) => [name, value]))
      const found = figures.flatMap(({ name }) => (known.has(name) ? { name, value: known.get(name)! } : []))
      const low = ({ value, tolerance }: Figure) =>
        logarithmic ? Math.max(value - tolerance, value / 10) : value - tolerance
      const svg = Plot.plot({
        width,
        height: 40 + rowHeight * figures.length,
        marginLeft: 14,
        marginRight: 16,
        style: { background: 'none', color: 'var(--text)', fontSize: '13px', fontFamily: 'inherit' },
        x: {
          type: logarithmic ? 'log' : 'linear',
          domain: share ? [0, 1] : undefined,
          nice: !share,
          label: null,
          ticks: 5,
        },
        y: { type: 'band', domain: figures.map(({ name }) => name), axis: null },
        marks: [
          Plot.gridX({ stroke: 'var(--line)', strokeOpacity: 1, ticks: 5 }),
          Plot.text(figures, {
            y: 'name',
            text: 'name',
            frameAnchor: 'left',
            dy: -10,
            textAnchor: 'start',
            fill: 'var(--text)',
            stroke: 'var(--surface)',
            strokeWidth: 4,
          }),
          Plot.ruleY(figures, {
            y: 'name',
            x1: low,
            x2: (f: Figure) => f.value + f.tolerance,
            dy: 8,
            stroke: 'var(--run-0)',
            strokeWidth: 2,
            clip: true,
          }),
          Plot.dot(figures, { y: 'name', x: 'value', dy: 8, r: 4.5, fill: 'var(--run-0)' }),
          Plot.dot(found, {
            y: 'name',
            x: 'value',
            dy: 8,
            r: 6,
            symbol: 'diamond',
            stroke: 'var(--run-1)',
            strokeWidth: 2,
          }),
        ],
      })
      // One picture with one text; the table above has every number.
      for (const part of svg.querySelectorAll('[aria-label]')) part.removeAttribute('aria-label')
      svg.setAttribute('aria-hidden', 'true')
      place.current!.replaceChildren(svg)
    }
    draw()
    return () => {
      current = false
    }
  }, [unit, figures, again, width])
  return (
    <figure>
      <div ref={place} style={{ minHeight: 40 + rowHeight * figures.length }} />
      <figcaption className="quiet">
        {unit}: dots are what was found, bars how far a rerun may lie from it
        {again.length > 0 && '; diamonds, what was found here'}.
      </figcaption>
    </figure>
  )
}
