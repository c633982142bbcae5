/** The smallest model around a mixer whose training steps show how the mixer's own cost grows with the length. */
import { type Mixer, mixers } from '../../mechanisms/index.js'
import { createModel, type Model } from '../../models/index.js'
import { training, type Workload } from './workload.js'

/**
 * One layer for texts of at least this length, no channel mixer, few characters: nothing else takes much. Narrow, so that
 * products of all pairs of tokens outweigh what is paid per token from T = 2,048 on.
 */
export function costModel(mixer: Mixer, length: number): Model {
  // What has parameters of its own for every position says how many in its setting `length`.
  const longest = mixer.longest?.({ ...mixer.config.parse({}), dim: 64, heads: 2, bias: true })
  const settings = { id: mixer.id, ...(longest !== undefined && longest < length && { length }) }
  const input = { kind: 'tokens', vocabulary: 32 }
  return createModel({ dim: 64, heads: 2, layers: 1, channel: null, input, mixers: [settings] }, { mixers: [mixer] })
}

/** Training steps of a mixer of the registry on one text of this length. */
export function costWorkload(id: string, length: number): Workload {
  const mixer = mixers.find((entry) => entry.id === id)
  if (!mixer) throw new Error(`bench: no mixer is called "${id}"`)
  return training({ model: () => costModel(mixer, length), batch: 1, context: length })
}
