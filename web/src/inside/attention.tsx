/** Weights between pairs of tokens, one square a head: row by row what each token takes of those before it. */
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
    return <p className="quiet">{model.opened.mixers[layer]} has no weights between pairs of tokens to show.</p>
  }
  return maps.map((map) => <Map key={map.name} model={model} view={view} map={map} position={position} />)
}

interface MapProps extends Omit<Props, 'layer'> {
  readonly map: TextView['maps'][number]
}

function Map({ model: { client }, view, map: { name, heads }, position }: MapProps) {
  const { value: data, failure } = useAnswer(() => client.ask('map', name), [client, view, name])
  if (failure) return <p className="notice bad">{failure}</p>
  const count = view.tokens.length
  if (data?.length !== heads * count * count) return <p className="quiet">…</p>
  const token = (index: number) => spelled(view.tokens[index].text)
  return (
    <>
      <div className="heats">
        {Array.from({ length: heads }, (_, head) => {
          const values = data.subarray(head * count * count, (head + 1) * count * count)
          return (
            <Heat
              key={head}
              values={values}
              rows={count}
              columns={count}
              peak={values.reduce((most, value) => Math.max(most, Math.abs(value)), 0)}
              label={`Head ${head + 1}`}
              size={260}
              mark={{ row: position }}
              describe={(row, column) => `${token(row)} (${row + 1}) reads ${token(column)} (${column + 1})`}
            />
          )
        })}
      </div>
      <p className="quiet">
        <code>{name}</code>: rows read, columns are read. Blue above 0, orange below; the line is the chosen token.
      </p>
    </>
  )
}
