/** Configurations by name: the same frame around different mixers. */
import { UserError } from '../platform/errors.js'
import type { ModelConfigInput } from './config.js'

const frame = { norm: 'layer', channel: { id: 'mlp' }, bias: false } as const

export const presets: Readonly<Record<string, Partial<ModelConfigInput> & { mixers: { id: string }[] }>> = {
  transformer: { ...frame, mixers: [{ id: 'softmax' }] },
  'transformer-xl': { ...frame, mixers: [{ id: 'transformer-xl' }] },
  gla: { ...frame, mixers: [{ id: 'gla' }] },
  deltanet: { ...frame, mixers: [{ id: 'delta-net' }] },
  transnormer: {
    ...frame,
    layers: 4,
    mixers: [{ id: 'diag-attention' }, { id: 'diag-attention' }, { id: 'norm-attention' }, { id: 'norm-attention' }],
  },
  'transnormer-llm': {
    ...frame,
    layers: 4,
    channel: { id: 'sglu' },
    mixers: [
      { id: 'transnormer-llm' },
      ...[0.75, 0.5, 0.25].map((strength) => ({ id: 'transnormer-llm', rotation: false, strength })),
    ],
  },
  mamba: { ...frame, mixers: [{ id: 'mamba' }] },
  mamba2: { ...frame, mixers: [{ id: 'mamba2' }] },
  lstm: { ...frame, mixers: [{ id: 'lstm' }] },
  gru: { ...frame, mixers: [{ id: 'gru' }] },
  slstm: { ...frame, mixers: [{ id: 'slstm' }] },
  mlstm: { ...frame, mixers: [{ id: 'mlstm' }] },
  'min-gru': { ...frame, mixers: [{ id: 'min-gru' }] },
  'min-lstm': { ...frame, mixers: [{ id: 'min-lstm' }] },
  // Lower bounds that grow with depth, for four layers.
  hgrn: { ...frame, mixers: [0, 0.25, 0.5, 0.75].map((lowerBound) => ({ id: 'hgrn', lowerBound })) },
  hgrn2: { ...frame, mixers: [0, 0.25, 0.5, 0.75].map((lowerBound) => ({ id: 'hgrn2', lowerBound })) },
  'rg-lru': { ...frame, mixers: [{ id: 'rg-lru' }] },
  lem: { ...frame, mixers: [{ id: 'lem' }] },
  qrnn: { ...frame, mixers: [{ id: 'qrnn' }] },
  'qrnn-hybrid': { ...frame, mixers: [{ id: 'qrnn' }, { id: 'qrnn' }, { id: 'softmax' }] },
  'gated-deltanet': { ...frame, mixers: [{ id: 'gated-delta-net' }] },
  'kimi-delta-attention': { ...frame, mixers: [{ id: 'kimi-delta-attention' }] },
  'delta-product': { ...frame, mixers: [{ id: 'delta-product' }] },
  'linear-transformer': { ...frame, mixers: [{ id: 'linear-attention' }] },
  based: { ...frame, mixers: [{ id: 'based' }, { id: 'softmax', window: 64 }] },
  rebased: { ...frame, mixers: [{ id: 'rebased' }] },
  retnet: { ...frame, mixers: [{ id: 'retnet' }] },
  gsa: { ...frame, mixers: [{ id: 'gated-slot-attention' }] },
  abc: { ...frame, mixers: [{ id: 'abc' }] },
  fox: { ...frame, mixers: [{ id: 'forgetting-attention' }] },
  rwkv4: { ...frame, mixers: [{ id: 'rwkv4' }] },
  rwkv6: { ...frame, mixers: [{ id: 'rwkv6' }] },
  titans: { ...frame, mixers: [{ id: 'titans' }, { id: 'softmax', window: 64 }] },
  'titans-context': { ...frame, mixers: [{ id: 'titans-context' }] },
  'titans-gate': { ...frame, mixers: [{ id: 'titans-gate' }] },
  ttt: { ...frame, mixers: [{ id: 'ttt' }] },
  s4: { ...frame, mixers: [{ id: 's4' }] },
  s4d: { ...frame, mixers: [{ id: 's4d' }] },
  s5: { ...frame, mixers: [{ id: 's5' }] },
  lssl: { ...frame, mixers: [{ id: 'lssl' }] },
  lmu: { ...frame, mixers: [{ id: 'lmu' }] },
  mega: { ...frame, mixers: [{ id: 'mega' }] },
  tcnca: { ...frame, mixers: [{ id: 'tcnca' }] },
  causalrn: { ...frame, positions: 'learned', channel: null, mixers: [{ id: 'causalrn' }] },
  rwkv7: { ...frame, mixers: [{ id: 'rwkv7' }] },
  'path-attention': { ...frame, mixers: [{ id: 'path-attention' }] },
  hyena: { ...frame, mixers: [{ id: 'hyena' }] },
  'long-conv': { ...frame, mixers: [{ id: 'long-conv' }] },
  cat: { ...frame, positions: 'learned', mixers: [{ id: 'cat' }] },
  fnetar: { ...frame, mixers: [{ id: 'fourier' }, { id: 'softmax' }] },
  'masked-mixer': { ...frame, mixers: [{ id: 'masked-mixer' }] },
  h3: { ...frame, mixers: [{ id: 'h3' }] },
  'h3-hybrid': { ...frame, layers: 4, mixers: [{ id: 'h3' }, { id: 'softmax' }] },
  samba: { ...frame, channel: { id: 'swiglu' }, mixers: [{ id: 'mamba' }, { id: 'softmax', window: 64 }] },
  seqboat: { ...frame, mixers: [{ id: 'seqboat' }] },
  linearized: { ...frame, mixers: [{ id: 'linearized' }] },
  longvq: { ...frame, mixers: [{ id: 'longvq' }] },
}

export function preset(name: string) {
  if (Object.hasOwn(presets, name)) return structuredClone(presets[name])
  throw new UserError(
    `model: no preset is called "${name}" – use one of ${Object.keys(presets).join(', ')}, or a .json file`,
  )
}
