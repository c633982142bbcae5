/** Weights between pairs of tokens, one square a head: row by row what each token takes of those before it. */
import { useCallback, useMemo } from 'react'
import type { TextView } from '../models/protocol.js'
import { type OpenModel, useAnswer } from '../models/use-model.js'
import { spelled } from './colouring.js'
import { Heat } from './heat.js'

interface Props {
  readonly model: OpenModel
  readonly view: TextView
  readonly layer: number
  readonly position: number
}

export function Attention({ model, view, layer, position }: Props) {
  const maps = view.maps.filter(({ name }) => name.startsWith(`blocks.${layer}.`))
  if (maps.length === 0) {
    return (
      <p className="quiet">
        {model.opened.mixers[layer]} names no weights between pairs of tokens: what it keeps of them is in its state.
        What each token contributes to a prediction is seen by colouring the text by contributions.
      </p>
    )
  }
  return maps.map((map) => <Weights key={map.name} model={model} view={view} map={map} position={position} />)
}

interface MapProps extends Omit<Props, 'layer'> {
  readonly map: TextView['maps'][number]
}

function Weights({ model: { client }, view, map: { name, heads }, position }: MapProps) {
  const { value: data, failure } = useAnswer(() => client.ask('map', name), [client, view, name])
  const describe = useCallback(
    (row: number, column: number) => {
      const token = (index: number) => `${spelled(view.tokens[index].text)} (${index + 1})`
      return `${token(row)} reads ${token(column)}`
    },
    [view],
  )
  const squares = useMemo(() => squaresOf(data, heads), [data, heads])
  if (failure) return <p className="notice bad">{failure}</p>
  const count = view.tokens.length
  if (data?.length !== heads * count * count) return <p className="quiet">…</p>
  return (
    <>
      <div className="heats">
        {squares.map(({ values, peak }, head) => (
          <Heat
            // biome-ignore lint/suspicious/noArrayIndexKey: heads never change places
            key={head}
            values={values}
            rows={count}
            columns={count}
            peak={peak}
            label={`Head ${head + 1}`}
            size={260}
            markedRow={position}
            describe={describe}
          />
        ))}
      </div>
      <p className="quiet">
        <code>{name}</code>: rows read, columns are read. Blue above 0, orange below; the line is the chosen token.
      </p>
    </>
  )
}

const peakOf = (values: Float32Array) => values.reduce((most, value) => Math.max(most, Math.abs(value)), 0)

function squaresOf(data: Float32Array | undefined, heads: number) {
  if (!data) return []
  const size = data.length / heads
  return Array.from({ length: heads }, (_, head) => {
    const values = data.subarray(head * size, (head + 1) * size)
    return { values, peak: peakOf(values) }
  })
}
