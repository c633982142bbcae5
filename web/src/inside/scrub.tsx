/** The bar that moves through the text: a slider, steps, and playing, which people who want less motion are spared. */
import { useEffect, useId, useRef, useState, useSyncExternalStore } from 'react'
import { type Colouring, colourings, spelled } from './colouring.js'

interface Props {
  readonly tokens: readonly string[]
  readonly position: number
  readonly layers: number
  readonly layer: number
  readonly colouring: string
  onChange(change: { at?: string; layer?: string; colour?: string }): void
}

const pace = 300
const still = matchMedia('(prefers-reduced-motion: reduce)')
const subscribe = (listener: () => void) => {
  still.addEventListener('change', listener)
  return () => still.removeEventListener('change', listener)
}

export function Scrub({ tokens, position, layers, layer, colouring, onChange }: Props) {
  const isStill = useSyncExternalStore(subscribe, () => still.matches)
  const [playing, setPlaying] = useState(false)
  const id = useId()
  const last = tokens.length - 1
  // The clock runs by token, not by drawing: a new function from above must not start it again.
  const advance = useRef(onChange)
  advance.current = onChange
  useEffect(() => {
    if (!playing) return
    if (position >= last) return setPlaying(false)
    const timer = setTimeout(() => advance.current({ at: `${position + 1}` }), pace)
    return () => clearTimeout(timer)
  }, [playing, position, last])
  const play = () => {
    if (!playing && position >= last) onChange({ at: '0' })
    setPlaying(!playing)
  }
  return (
    <section className="card scrub" aria-label="Move through the text">
      <div className="row">
        <button
          type="button"
          aria-label="One token back"
          disabled={position === 0}
          onClick={() => onChange({ at: `${position - 1}` })}
        >
          ◀
        </button>
        {!isStill && (
          <button type="button" aria-pressed={playing} onClick={play}>
            {playing ? 'Pause' : 'Play'}
          </button>
        )}
        <button
          type="button"
          aria-label="One token on"
          disabled={position >= last}
          onClick={() => onChange({ at: `${position + 1}` })}
        >
          ▶
        </button>
        <label htmlFor={id} className="number where">
          Token {position + 1} of {tokens.length}: {spelled(tokens[position])}
        </label>
      </div>
      <input
        id={id}
        type="range"
        min={0}
        max={last}
        value={position}
        aria-valuetext={`token ${position + 1}, ${spelled(tokens[position])}`}
        onChange={({ target }) => onChange({ at: target.value })}
      />
      <label>
        Colour{' '}
        <select value={colouring} onChange={({ target }) => onChange({ colour: target.value })}>
          {(Object.keys(colourings) as Colouring[]).map((key) => (
            <option key={key} value={key}>
              {colourings[key]}
            </option>
          ))}
        </select>
      </label>
      <label>
        Layer{' '}
        <select value={layer} onChange={({ target }) => onChange({ layer: target.value })}>
          {Array.from({ length: layers }, (_, index) => index).map((number) => (
            <option key={number} value={number}>
              {number + 1}
            </option>
          ))}
        </select>
      </label>
    </section>
  )
}
