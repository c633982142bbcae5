/** Drawing a hybrid: a mixer for each layer, from the first to the last. */
import { useState } from 'react'
import { mixersByFamily } from './choices.js'

interface Layer {
  readonly key: number
  readonly mixer: string
}

export function Hybrid({ add }: { add(layers: readonly string[]): void }) {
  const [layers, setLayers] = useState<readonly Layer[]>([
    { key: 0, mixer: 'gla' },
    { key: 1, mixer: 'softmax' },
  ])
  const [next, setNext] = useState(2)
  const set = (at: number, mixer: string) =>
    setLayers(layers.map((it, index) => (index === at ? { ...it, mixer } : it)))
  const exchange = (at: number, other: number) =>
    setLayers(layers.map((it, index) => (index === at ? layers[other] : index === other ? layers[at] : it)))
  const append = () => {
    setLayers([...layers, { key: next, mixer: layers.at(-1)?.mixer ?? 'softmax' }])
    setNext(next + 1)
  }
  return (
    <details className="hybrid">
      <summary>Draw a hybrid, layer by layer</summary>
      <ol>
        {layers.map(({ key, mixer }, at) => (
          <li key={key}>
            <MixerChoice layer={at + 1} value={mixer} onChange={(value) => set(at, value)} />
            <button
              type="button"
              disabled={at === 0}
              aria-label={`Layer ${at + 1} up`}
              onClick={() => exchange(at, at - 1)}
            >
              ↑
            </button>
            <button
              type="button"
              disabled={at === layers.length - 1}
              aria-label={`Layer ${at + 1} down`}
              onClick={() => exchange(at, at + 1)}
            >
              ↓
            </button>
            <button
              type="button"
              disabled={layers.length === 1}
              aria-label={`Remove layer ${at + 1}`}
              onClick={() => setLayers(layers.filter((_, index) => index !== at))}
            >
              ×
            </button>
          </li>
        ))}
      </ol>
      <div className="row">
        <button type="button" onClick={append}>
          Add a layer
        </button>
        <button type="button" onClick={() => add(layers.map(({ mixer }) => mixer))}>
          Choose this hybrid
        </button>
      </div>
    </details>
  )
}

interface MixerChoiceProps {
  readonly layer: number
  readonly value: string
  onChange(value: string): void
}

function MixerChoice({ layer, value, onChange }: MixerChoiceProps) {
  return (
    <select aria-label={`Mixer of layer ${layer}`} value={value} onChange={({ target }) => onChange(target.value)}>
      {[...mixersByFamily].map(([family, mixers]) => (
        <optgroup key={family} label={family}>
          {mixers.map(({ id }) => (
            <option key={id}>{id}</option>
          ))}
        </optgroup>
      ))}
    </select>
  )
}
