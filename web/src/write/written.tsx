/** Tokens as they come, in parts, of which only the last and the one pointed at are drawn again. */
import { memo } from 'react'
import type { WrittenToken } from '../models/protocol.js'

const size = 100

interface Props {
  readonly tokens: readonly WrittenToken[]
  /** The place of the token that is pointed at. */
  readonly shown: number | undefined
}

export function Written({ tokens, shown }: Props) {
  return Array.from({ length: Math.ceil(tokens.length / size) }, (_, part) => part * size).map((from) => {
    const to = Math.min(from + size, tokens.length)
    const here = shown !== undefined && shown >= from && shown < to ? shown : undefined
    return <Part key={from} tokens={tokens} shown={here} from={from} to={to} />
  })
}

/** The place of the token under the pointer. */
export function placeOf(target: EventTarget): number | undefined {
  const { place } = (target as HTMLElement).dataset
  return place === undefined ? undefined : Number(place)
}

interface PartProps extends Props {
  readonly from: number
  readonly to: number
}

/** What was written stays: a part is the same while its first token is, and its length. */
const isSame = (a: PartProps, b: PartProps) =>
  a.to === b.to && a.shown === b.shown && a.tokens[a.from] === b.tokens[b.from]

const Part = memo(function Part({ tokens, shown, from, to }: PartProps) {
  return tokens.slice(from, to).map(({ position, text }, index) => (
    <span key={position} data-place={from + index} className={from + index === shown ? 'shown' : undefined}>
      {text}
    </span>
  ))
}, isSame)
