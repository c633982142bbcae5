/** Any tensor that a mechanism gave a name, over the tokens of the text. */
import { useCallback, useId, useMemo, useState } from 'react'
import type { TextView } from '../models/protocol.js'
import { type OpenModel, useAnswer } from '../models/use-model.js'
import { short, spelled } from './colouring.js'
import { Heat } from './heat.js'

interface Props {
  readonly model: OpenModel
  readonly view: TextView
  readonly layer: number
  readonly position: number
}

/** Channels that a picture has at most. */
const mostRows = 512

export function Named({ model, view, layer, position }: Props) {
  const [chosen, setChosen] = useState('')
  const id = useId()
  // A choice is kept from layer to layer, as the same name there.
  const here = (name: string) => name.replace(/^blocks\.\d+\./, `blocks.${layer}.`)
  const found = [here(chosen), `blocks.${layer}.mixer.`, `blocks.${layer}.`, '']
    .map((start) => view.named.find(({ name }) => name.startsWith(start) && (start !== here(chosen) || name === start)))
    .find((tensor) => tensor !== undefined)
  if (!found) return <p className="quiet">Nothing has a name that differs from token to token.</p>
  return (
    <>
      <p>
        <label htmlFor={id}>Tensor </label>
        <select id={id} value={found.name} onChange={({ target }) => setChosen(target.value)}>
          {view.named.map(({ name }) => (
            <option key={name}>{name}</option>
          ))}
        </select>
      </p>
      <Picture key={found.name} model={model} view={view} tensor={found} position={position} />
    </>
  )
}

interface PictureProps extends Omit<Props, 'layer'> {
  readonly tensor: TextView['named'][number]
}

function Picture({ model: { client }, view, tensor: { name, shape }, position }: PictureProps) {
  const { value: data, failure } = useAnswer(() => client.ask('tensor', name), [client, view, name])
  const columns = view.tokens.length
  const width = (data?.length ?? 0) / columns
  const rows = Math.min(width, mostRows)
  const turned = useMemo(() => data && sideways(data, rows, columns), [data, rows, columns])
  const peak = useMemo(() => turned?.reduce((most, value) => Math.max(most, Math.abs(value)), 0) ?? 0, [turned])
  const describe = useCallback(
    (row: number, column: number) => `channel ${row + 1}, ${spelled(view.tokens[column].text)} (${column + 1})`,
    [view],
  )
  if (failure) return <p className="notice bad">{failure}</p>
  if (!data || !turned) return <p className="quiet">…</p>
  const now = data.subarray(position * width, (position + 1) * width)
  const mean = now.reduce((a, b) => a + b, 0) / width
  return (
    <>
      <Heat
        values={turned}
        rows={rows}
        columns={columns}
        peak={peak}
        label="Channels down, tokens across"
        size={520}
        markedColumn={position}
        describe={describe}
      />
      <p className="quiet number">
        [{shape.join(' × ')}] a token; at this one {short(mean)} on average, from {short(Math.min(...now))} to{' '}
        {short(Math.max(...now))}.{width > rows && ` The first ${rows} of ${width} channels are shown.`}
      </p>
    </>
  )
}

/** [T, width] as rows of channels. */
function sideways(data: Float32Array, rows: number, columns: number): Float32Array {
  const width = data.length / columns
  return Float32Array.from({ length: rows * columns }, (_, index) => {
    return data[(index % columns) * width + Math.floor(index / columns)]
  })
}
