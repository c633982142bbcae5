/** One model and what it makes of the text. */
import { useEffect } from 'react'
import type { TextView } from '../models/protocol.js'
import { type OpenModel, useAnswer } from '../models/use-model.js'
import { Attention } from './attention.js'
import { Named } from './named.js'
import { State } from './state.js'
import { Text } from './text.js'
import { useWeights } from './weights.js'

interface Props {
  readonly model: OpenModel
  readonly text: string
  readonly layer: number
  readonly position: number
  readonly colouring: string
  onMove(position: number): void
  onTokens?(tokens: readonly string[]): void
}

export function Looking({ model, text, onTokens, ...rest }: Props) {
  const { value: view, failure } = useAnswer(() => model.client.ask('read', text), [model, text])
  useEffect(() => {
    if (view) onTokens?.(view.tokens.map((token) => token.text))
  }, [view, onTokens])
  if (failure) {
    return (
      <p className="notice bad" role="alert">
        {model.name}: {failure}
      </p>
    )
  }
  if (!view) return <p className="quiet">{model.name} reads …</p>
  return <Seen model={model} view={view} {...rest} />
}

type SeenProps = Omit<Props, 'text' | 'onTokens'> & { readonly view: TextView }

function Seen({ model, view, layer, position, colouring, onMove }: SeenProps) {
  const at = Math.min(position, view.tokens.length - 1)
  const weights = useWeights(model, view, { layer, position: at, colouring })
  const part = { model, view, layer, position: at }
  const losses = view.tokens.flatMap(({ loss }) => loss ?? [])
  const mean = losses.reduce((a, b) => a + b, 0) / losses.length
  return (
    <article>
      <h2 className="run-name">{model.name}</h2>
      <p className="quiet number">
        {mean.toFixed(3)} nats a token over this text; layer {layer + 1} is {model.opened.mixers[layer]}.
        {view.cut > 0 && ` The first ${view.tokens.length} tokens are read, ${view.cut} are left out.`}
      </p>
      <section className="card">
        <h3>Text</h3>
        <Text tokens={view.tokens} weights={weights} position={at} onMove={onMove} />
      </section>
      <section className="card">
        <h3>State</h3>
        <State {...part} onMove={onMove} />
      </section>
      <section className="card">
        <h3>Attention</h3>
        <Attention {...part} />
      </section>
      <section className="card">
        <h3>Named tensors</h3>
        <Named {...part} />
      </section>
    </article>
  )
}
