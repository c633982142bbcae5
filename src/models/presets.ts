/** Configurations by name: the same frame around different mixers. */
import { UserError } from '../platform/errors.js'
import type { ModelConfigInput } from './config.js'

const frame = { norm: 'layer', channel: { id: 'mlp' }, bias: false } as const

export const presets: Readonly<Record<string, Partial<ModelConfigInput> & { mixers: { id: string }[] }>> = {
  transformer: { ...frame, mixers: [{ id: 'softmax' }] },
  'transformer-xl': { ...frame, mixers: [{ id: 'transformer-xl' }] },
  gla: { ...frame, mixers: [{ id: 'gla' }] },
  deltanet: { ...frame, mixers: [{ id: 'delta-net' }] },
  mamba: { ...frame, mixers: [{ id: 'mamba' }] },
  mamba2: { ...frame, mixers: [{ id: 'mamba2' }] },
  lstm: { ...frame, mixers: [{ id: 'lstm' }] },
}

export function preset(name: string) {
  if (Object.hasOwn(presets, name)) return structuredClone(presets[name])
  throw new UserError(
    `model: no preset is called "${name}" – use one of ${Object.keys(presets).join(', ')}, or a .json file`,
  )
}
