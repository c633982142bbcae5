/** All that can be chosen: presets, and the mixers that no preset has alone, each in the frame that presets share. */
import { type Mixer, mixers } from 'seqlab/mechanisms'
import { presets } from 'seqlab/models'
import type { ModelChoice } from '../runs/plan.js'

export interface Choice {
  /** As the address has it. */
  readonly word: string
  readonly family: string
  readonly summary: string
  readonly mixers: readonly string[]
}

const mixerOf = (id: string): Mixer | undefined => mixers.find((mixer) => mixer.id === id)

const presetChoices = Object.entries(presets).map(([word, { mixers: layers }]): Choice => {
  const ids = [...new Set(layers.map(({ id }) => id))]
  const first = mixerOf(ids[0])!
  return {
    word,
    family: ids.length === 1 ? first.family : 'hybrid',
    summary: ids.length === 1 ? first.summary : `Layers of ${ids.join(' and ')}.`,
    mixers: ids,
  }
})
const alone = new Set(presetChoices.filter(({ mixers: ids }) => ids.length === 1).map(({ mixers: [id] }) => id))
const mixerChoices = mixers
  .filter(({ id }) => !alone.has(id) && !Object.hasOwn(presets, id))
  .map(({ id, family, summary }): Choice => ({ word: id, family, summary, mixers: [id] }))

const order = [...new Set(mixers.map(({ family }) => family)), 'hybrid']

/** By family, in the registry's order. */
export const choices: ReadonlyMap<string, readonly Choice[]> = new Map(
  order.map((family) => [family, [...presetChoices, ...mixerChoices].filter((choice) => choice.family === family)]),
)

export const mixersByFamily: ReadonlyMap<string, readonly Mixer[]> = new Map(
  order.slice(0, -1).map((family) => [family, mixers.filter((mixer) => mixer.family === family)]),
)

export const hybridWord = (layers: readonly string[]) => (layers.length > 1 ? layers.join('+') : `${layers[0]}+`)

/** The choice that a word stands for, and what it sets: a hybrid has as many layers as were drawn. */
export function modelOfWord(word: string): { readonly choice: ModelChoice; readonly set: Record<string, unknown> } {
  if (Object.hasOwn(presets, word)) return { choice: { name: word, preset: word }, set: {} }
  const ids = word.split('+').filter(Boolean)
  const choice = { name: ids.join('+'), mixers: ids.map((id) => ({ id })) }
  return { choice, set: { bias: false, ...(word.includes('+') && { layers: ids.length }) } }
}
