/** The text, its tokens coloured. Arrow keys and clicks move the position; what hovers or is chosen is told below. */
import { type KeyboardEvent, memo, useEffect, useId, useRef, useState } from 'react'
import type { TextToken } from '../models/protocol.js'
import { spelled, tint } from './colouring.js'
import type { Weights } from './weights.js'

interface Props {
  readonly tokens: readonly TextToken[]
  readonly weights: Weights
  readonly position: number
  onMove(position: number): void
}

const steps: Readonly<Record<string, number>> = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -10, ArrowDown: 10 }

export function Text({ tokens, weights, position, onMove }: Props) {
  const [hovered, setHovered] = useState<number>()
  const id = useId()
  const list = useRef<HTMLDivElement>(null)
  const last = tokens.length - 1
  useEffect(() => {
    // Follows the position inside the box alone; the page stays where it is.
    const box = list.current
    const chosen = box?.children[position] as HTMLElement | undefined
    if (!box || !chosen) return
    const above = chosen.offsetTop - box.offsetTop
    if (above < box.scrollTop || above + chosen.offsetHeight > box.scrollTop + box.clientHeight)
      box.scrollTop = above - 40
  }, [position])
  const onKeyDown = (event: KeyboardEvent) => {
    const { key } = event
    const target = key === 'Home' ? 0 : key === 'End' ? last : key in steps ? position + steps[key] : undefined
    if (target === undefined) return
    event.preventDefault()
    onMove(Math.max(0, Math.min(last, target)))
  }
  return (
    <>
      <div
        ref={list}
        className="tokens"
        role="listbox"
        tabIndex={0}
        aria-label="The text, token by token"
        aria-activedescendant={`${id}-${position}`}
        onKeyDown={onKeyDown}
        onClick={({ target }) => onMove(placeOf(target) ?? position)}
        onPointerOver={({ target }) => setHovered(placeOf(target))}
        onPointerLeave={() => setHovered(undefined)}
      >
        {tokens.map(({ text }, index) => (
          <Token
            // biome-ignore lint/suspicious/noArrayIndexKey: a token is its place in the text
            key={index}
            id={`${id}-${index}`}
            text={text}
            place={index}
            isChosen={index === position}
            weight={weights.tints[index]}
          />
        ))}
      </div>
      {weights.missing && <p className="quiet">{weights.missing}</p>}
      <Told tokens={tokens} index={hovered ?? position} weights={weights} />
    </>
  )
}

const placeOf = (target: EventTarget): number | undefined => {
  const { place } = (target as HTMLElement).dataset
  return place === undefined ? undefined : Number(place)
}

interface TokenProps {
  readonly id: string
  readonly text: string
  readonly place: number
  readonly isChosen: boolean
  readonly weight: number | undefined
}

const Token = memo(function Token({ id, text, place, isChosen, weight }: TokenProps) {
  return (
    // The list has the keys and the focus, and names the chosen option.
    // biome-ignore lint/a11y/useFocusableInteractive: focus stays on the list
    <span
      id={id}
      role="option"
      data-place={place}
      aria-selected={isChosen}
      aria-label={spelled(text)}
      style={{ background: tint(weight) }}
    >
      {text.includes('\n') ? `↵${text}` : text}
    </span>
  )
})

function Told({ tokens, index, weights }: { tokens: readonly TextToken[]; index: number; weights: Weights }) {
  const { text, loss, next } = tokens[index]
  const percent = (share: number) => `${(100 * share).toFixed(share < 0.1 ? 1 : 0)} %`
  const list = (choices: TextToken['next']) =>
    choices.map((choice) => `${spelled(choice.text)} ${percent(choice.probability)}`).join(', ')
  return (
    <dl className="told number" aria-live="polite">
      <dt>Token {index + 1}</dt>
      <dd>
        {spelled(text)}
        {loss !== undefined && ` cost ${loss.toFixed(2)} nats, ${percent(Math.exp(-loss))}`}
        {weights.says && weights.tints[index] !== undefined && `; ${weights.says(index)}`}
      </dd>
      {index > 0 && (
        <>
          <dt>Expected here</dt>
          <dd>{list(tokens[index - 1].next)}</dd>
        </>
      )}
      <dt>Expected next</dt>
      <dd>{list(next)}</dd>
    </dl>
  )
}
