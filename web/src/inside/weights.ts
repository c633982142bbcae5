/** The numbers behind the colours of a text. */
import type { TextView } from '../models/protocol.js'
import { type OpenModel, useAnswer } from '../models/use-model.js'
import { relative, spelled } from './colouring.js'

export interface Weights {
  /** From −1 to 1, one a token; undefined where nothing is said of it. */
  readonly tints: readonly (number | undefined)[]
  /** What a number means, with the number. */
  readonly says?: (token: number) => string
  /** Why there are no colours. */
  readonly missing?: string
}

interface Where {
  readonly layer: number
  readonly position: number
  readonly colouring: string
}

const none: Weights = { tints: [] }
/** A token that costs so many nats has the full colour at least. */
const dear = 4

export function useWeights({ client }: OpenModel, view: TextView, { layer, position, colouring }: Where): Weights {
  // The token that came next, or at the end of the text the likeliest one.
  const target = view.tokens[position + 1] ?? view.tokens[position].next[0]
  const map = view.maps.find(({ name }) => name.startsWith(`blocks.${layer}.`))
  const { value, failure } = useAnswer(() => {
    if (colouring === 'contributions') {
      return client.ask('explain', position, target.id)
    }
    if (colouring === 'similar') return client.ask('similar', layer, position)
    return colouring === 'attention' && map ? client.ask('map', map.name) : undefined
  }, [client, view, colouring, layer, colouring === 'attention' ? 0 : position])
  const count = view.tokens.length
  if (colouring === 'loss') return ofLoss(view)
  if (failure) return { ...none, missing: failure }
  if (colouring === 'attention') {
    if (!map) return { ...none, missing: 'This layer has no weights between pairs of tokens.' }
    if (value?.length !== map.heads * count * count) return none
    const means = Array.from({ length: count }, (_, s) => {
      const heads = Array.from({ length: map.heads }, (_, head) => value[(head * count + position) * count + s])
      return heads.reduce((a, b) => a + b, 0) / map.heads
    })
    return { tints: relative(means), says: (t) => `${means[t].toFixed(3)} of the attention, on average over heads` }
  }
  if (
    colouring === 'similar' &&
    !view.stateless &&
    !view.leaves.some((leaf) => leaf.layer === layer && leaf.change === 'replace')
  )
    return { ...none, missing: 'This layer keeps a cache of all tokens, no state that could be compared.' }
  if (value?.length !== count) return { ...none, missing: view.stateless }
  if (colouring === 'similar')
    return { tints: Array.from(value), says: (t) => `cosine ${value[t].toFixed(3)} to the state here` }
  return {
    tints: relative(value),
    says: (t) =>
      `contributes ${value[t].toFixed(3)} nats to ${spelled(target.text)} after token ${position + 1}, to first order`,
  }
}

function ofLoss({ tokens }: TextView): Weights {
  const largest = Math.max(dear, ...tokens.map(({ loss = 0 }) => loss))
  return { tints: tokens.map(({ loss }) => loss && -loss / largest) }
}
