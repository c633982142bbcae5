/** The moments before this one that left the layer in the most similar state. */
import type { TextView } from '../models/protocol.js'
import { type OpenModel, useAnswer } from '../models/use-model.js'
import { spelled } from './colouring.js'

interface Props {
  readonly model: OpenModel
  readonly view: TextView
  readonly layer: number
  readonly position: number
  onMove(position: number): void
}

const shown = 5

export function Nearest({ model: { client }, view, layer, position, onMove }: Props) {
  const { value } = useAnswer(() => client.ask('similar', layer, position), [client, view, layer, position])
  if (!value || position === 0) return null
  const earlier = Array.from(value.subarray(0, position), (cosine, index) => ({ cosine, index }))
  const nearest = earlier.sort((a, b) => b.cosine - a.cosine).slice(0, shown)
  return (
    <div className="row nearest">
      <span>Nearest earlier states of this layer (cosine):</span>
      {nearest.map(({ cosine, index }) => (
        <button key={index} type="button" className="number" onClick={() => onMove(index)}>
          {spelled(view.tokens[index].text)} token {index + 1}, {cosine.toFixed(3)}
        </button>
      ))}
    </div>
  )
}
