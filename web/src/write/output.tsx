/** What a model wrote. Each token tells what else it might have been. */
import { type KeyboardEvent, useEffect, useRef, useState } from 'react'
import type { WrittenToken } from '../models/protocol.js'
import type { Writer } from './use-writer.js'
import { placeOf, Written } from './written.js'

interface Props {
  readonly name: string
  readonly index: number
  readonly prompt: string
  readonly writer: Writer
  readonly status?: string
}

export function Output({ name, index, prompt, writer: { tokens, isWriting, failure }, status }: Props) {
  const [hovered, setHovered] = useState<number>()
  const [focused, setFocused] = useState<number>()
  const shown = hovered ?? focused
  const box = useRef<HTMLDivElement>(null)
  const count = tokens.length
  useEffect(() => {
    if (isWriting && count > 0 && box.current) box.current.scrollTop = box.current.scrollHeight
  }, [isWriting, count])
  const onKeyDown = (event: KeyboardEvent) => {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key]
    if (!step || tokens.length === 0) return
    event.preventDefault()
    setFocused(Math.max(0, Math.min(tokens.length - 1, (focused ?? -1) + step)))
  }
  return (
    <section className="card" aria-label={`Written by ${name}`}>
      <h2 className={`run-name swatch-${index}`}>{name}</h2>
      {status && <p className="quiet">{status}</p>}
      {failure && (
        <p className="notice bad" role="alert">
          {failure}
        </p>
      )}
      <div
        ref={box}
        className="output"
        role="log"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keys
        tabIndex={0}
        aria-busy={isWriting}
        aria-label="The text; left and right go from token to token"
        onKeyDown={onKeyDown}
        onFocus={() => setFocused((before) => before ?? (tokens.length > 0 ? 0 : undefined))}
        onBlur={() => setFocused(undefined)}
        onPointerOver={({ target }) => setHovered(placeOf(target))}
        onPointerLeave={() => setHovered(undefined)}
      >
        <span className="quiet">{prompt}</span>
        <Written tokens={tokens} shown={shown} />
      </div>
      <Choices token={shown === undefined ? undefined : tokens[shown]} count={count} />
    </section>
  )
}

function Choices({ token, count }: { token?: WrittenToken; count: number }) {
  if (!token) {
    return (
      <p className="quiet choices-line number">
        {count === 0
          ? 'Nothing is written yet.'
          : `${count} tokens. Point at one, or focus the text and use the arrow keys, to see what else it might have been.`}
      </p>
    )
  }
  return (
    <ol className="choices-line number" aria-live="polite" aria-label="The likeliest tokens there">
      {token.choices.map(({ text, probability }) => (
        <li key={text} className={text === token.text ? 'taken' : undefined}>
          <code>{text.replaceAll('\n', '↵').replaceAll(' ', '␣')}</code> {(100 * probability).toFixed(1)} %
        </li>
      ))}
    </ol>
  )
}
