/** Known studies at a scale that two processor cores finish. */
import type { StudyPlanInput } from './plan.js'

type Contestants = StudyPlanInput['contestants']

const rates = [2e-3, 4e-3]
/** Constant, then down to a tenth: how far a plateau reaches differs by mechanism, so no rate falls while one waits. */
const steady = { schedule: 'wsd', weightDecay: 0.01, batch: 32 } as const

/** Zoology's models: two layers, no channel mixer, one head. */
const bare = { channel: null, heads: 1 }
const recallers: Contestants = [
  { name: 'attention', model: 'transformer', set: { ...bare, positions: 'learned', 'mixers.0.rotary': false } },
  { name: 'deltanet', model: 'deltanet', set: bare },
  { name: 'gla', model: 'gla', set: bare },
  { name: 'mamba2', model: 'mamba2', set: bare },
  { name: 'lstm', model: 'lstm', set: bare },
]

const trackers: Contestants = [
  { name: 'deltanet [−1,1]', model: 'deltanet', set: { 'mixers.0.eigenvalues': '[-1,1]' } },
  { name: 'deltanet [0,1]', model: 'deltanet', set: { 'mixers.0.eigenvalues': '[0,1]' } },
  { name: 'lstm', model: 'lstm' },
  { name: 'attention', model: 'transformer' },
]

const readers: Contestants = [
  { name: 'rotary', model: 'transformer' },
  { name: 'learned', model: 'transformer', set: { positions: 'learned', 'mixers.0.rotary': false } },
  { name: 'no positions', model: 'transformer', set: { 'mixers.0.rotary': false } },
  { name: 'transformer-xl', model: 'transformer-xl' },
  { name: 'gla', model: 'gla' },
  { name: 'lstm', model: 'lstm' },
]

export const studyPresets: Readonly<Record<string, StudyPlanInput>> = {
  mqar: {
    title: 'Associative recall by mechanism',
    question:
      'Which mechanisms of width 64 can recall 4 pairs among 64 tokens, and 8 among 128? After figure 2 of Zoology, with 256 tokens instead of 8,192, which two cores can learn in time.',
    contestants: recallers,
    tasks: ['mqar:length=64:pairs=4:vocabulary=256', 'mqar:length=128:pairs=8:vocabulary=256'],
    sizes: [{ dim: 64, layers: 2 }],
    match: false,
    rates,
    training: { ...steady, steps: 1300, evaluateEvery: 100 },
    solvedAt: 0.998,
  },
  parity: {
    title: 'Parity beyond the training length',
    question:
      'Which mechanisms keep one bit of state at lengths they were not trained on? After Grazzi et al. 2024: trained on up to 40 bits, tested on 256.',
    contestants: trackers,
    tasks: ['parity:every=true'],
    sizes: [{ dim: 64, layers: 1 }],
    rates: [1e-3, 3e-3, 1e-2],
    training: { ...steady, steps: 1200, evaluateEvery: 300 },
    difficulty: [64, 128, 256],
    examples: 250,
  },
  permutations: {
    title: 'Composition of permutations',
    question:
      'Which mechanisms of one layer keep a state on which order matters? Products of swaps in S3, a solvable group, and in S5, which is not.',
    contestants: trackers,
    tasks: [3, 5].map((degree) => `permutation-composition:degree=${degree}:generators=swaps:length=16`),
    sizes: [{ dim: 64, layers: 1 }],
    rates: [3e-3, 1e-2],
    training: { ...steady, steps: 1000, evaluateEvery: 200 },
    difficulty: [32, 64, 128],
    examples: 250,
  },
  'length-extrapolation': {
    title: 'Text beyond the training length',
    question: 'What does a model of 128 tokens make of 1,024? Characters of Tiny Shakespeare, every window read anew.',
    contestants: readers,
    tasks: ['tinyshakespeare'],
    sizes: [{ dim: 64, layers: 2 }],
    rates: [2e-3, 4e-3],
    training: { context: 128, batch: 16, steps: 500 },
    difficulty: [256, 512, 1024],
  },
  'context-length': {
    title: 'Loss against context length',
    question: 'Does more context help, and whom? Characters of Tiny Shakespeare, 64 to 512 tokens tested.',
    contestants: readers,
    tasks: ['tinyshakespeare'],
    sizes: [{ dim: 64, layers: 2 }],
    rates: [1e-3, 2e-3, 4e-3],
    training: { context: 512, batch: 4, steps: 600 },
    difficulty: [64, 128, 256],
  },
  'recall-width': {
    title: 'Recall against width',
    question: 'How wide must a model be to recall 4 pairs among 64 tokens? After figure 2 of Zoology, with 256 tokens.',
    contestants: recallers,
    tasks: ['mqar:length=64:pairs=4:vocabulary=256'],
    sizes: [16, 32, 64, 128].map((dim) => ({ dim, layers: 2 })),
    match: false,
    rates,
    training: { ...steady, steps: 1300, evaluateEvery: 100 },
    solvedAt: 0.998,
  },
  'recall-state': {
    title: 'Recall against state bytes',
    question: 'How much state does recall of 8 pairs among 128 tokens take? After figure 2 of Based, with 256 tokens.',
    contestants: recallers,
    tasks: ['mqar:length=128:pairs=8:vocabulary=256'],
    sizes: [16, 32, 64, 128].map((dim) => ({ dim, layers: 2 })),
    match: false,
    rates,
    training: { ...steady, steps: 1300, evaluateEvery: 100 },
    solvedAt: 0.998,
  },
  'cost-of-length': {
    title: 'Time and memory against length',
    question: 'What does a token cost as texts grow? Training tokens a second, and generation to position 2,000.',
    contestants: [
      ...recallers.map(({ name, model }) => ({ name, model })),
      { name: 'transformer-xl', model: 'transformer-xl' },
    ],
    tasks: [128, 512, 2048].map((length) => `induction-heads:length=${length}`),
    sizes: [{ dim: 128, layers: 2 }],
    rates: [1e-3],
    training: { batch: 4, steps: 30 },
    examples: 50,
    decode: 2000,
  },
}
