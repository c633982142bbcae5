/** What a model wrote. Each token tells what else it might have been. */
import { type KeyboardEvent, memo, useState } from 'react'
import type { WrittenToken } from '../models/protocol.js'
import type { Writer } from './use-writer.js'

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
        className="output"
        role="log"
        tabIndex={0}
        aria-busy={isWriting}
        aria-label="The text; left and right go from token to token"
        onKeyDown={onKeyDown}
        onFocus={() => setFocused((before) => before ?? (tokens.length > 0 ? 0 : undefined))}
        onBlur={() => setFocused(undefined)}
        onPointerLeave={() => setHovered(undefined)}
      >
        <span className="quiet">{prompt}</span>
        {tokens.map((token, place) => (
          <Token key={token.position} token={token} place={place} isShown={place === shown} onHover={setHovered} />
        ))}
      </div>
      <Choices token={shown === undefined ? undefined : tokens[shown]} count={tokens.length} />
    </section>
  )
}

interface TokenProps {
  readonly token: WrittenToken
  readonly place: number
  readonly isShown: boolean
  onHover(place: number): void
}

const Token = memo(function Token({ token, place, isShown, onHover }: TokenProps) {
  return (
    <span className={isShown ? 'shown' : undefined} onPointerEnter={() => onHover(place)}>
      {token.text}
    </span>
  )
})

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
