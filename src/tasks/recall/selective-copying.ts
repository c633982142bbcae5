/** Tokens among blanks at random places, to be said again in their order: `· b · · a c · ? ? ?`. */
import { z } from 'zod'
import { UserError } from '../../platform/errors.js'
import { generated } from '../generated.js'
import { defineTask, type PublishedFigure } from '../task.js'
import { asking, showing, symbol } from './token-examples.js'

const blank = 0
const marker = 1

const figure = (model: string, value: number): PublishedFigure => ({
  model,
  setting: 'length=4096',
  metric: 'accuracy',
  value,
  from: 'Gu and Dao 2023, arXiv:2312.00752, table 1, read in copies',
  warning: 'Width 64, two layers, 400,000 steps of 64 sequences.',
})

export const selectiveCopying = defineTask({
  kind: 'examples',
  id: 'selective-copying',
  group: 'recall',
  title: 'Selective copying',
  shows: 'Whether a model can choose by content what it keeps: places differ, so that counting steps does not help.',
  source: {
    title: 'Mamba: Linear-Time Sequence Modeling with Selective State Spaces',
    authors: 'Gu, Dao',
    year: 2023,
    arxiv: '2312.00752',
    note: 'Before that as the denoising task of Jing et al. 2019. The answers are not read back; a marker asks for each.',
  },
  metric: 'accuracy',
  config: z.strictObject({
    length: z.int().min(1).max(1_048_576).default(256).describe('positions that are read before the answers'),
    tokens: z.int().min(1).default(16).describe('tokens to copy; all other positions are blank'),
    vocabulary: z.int().min(4).max(65_536).default(16).describe('tokens, the blank and the marker included'),
  }),
  difficulty: { setting: 'length', values: [64, 128, 256, 512, 1024, 2048] },
  published: [
    figure('S4', 0.183),
    figure('S6 without gates', 0.97),
    figure('H3', 0.57),
    figure('Hyena', 0.301),
    figure('H3 with S6', 0.997),
    figure('Mamba with S4', 0.564),
    figure('Mamba with Hyena', 0.284),
    figure('Mamba', 0.998),
  ],
  async open({ length, tokens, vocabulary }) {
    if (tokens > length) {
      throw new UserError(
        `selective-copying: tokens must be at most length ${length}, got ${tokens} – use ${length} or fewer, or a longer length`,
      )
    }
    return generated({
      task: 'selective-copying',
      input: { kind: 'tokens', vocabulary },
      output: { kind: 'tokens' },
      length: length + tokens,
      answers: tokens,
      chance: 1 / (vocabulary - 2),
      draw(random) {
        const inputs = new Int32Array(length + tokens).fill(blank, 0, length).fill(marker, length)
        const places = random.distinct(tokens, length).sort((a, b) => a - b)
        for (const place of places) inputs[place] = random.between(marker + 1, vocabulary - 1)
        return asking(
          inputs,
          places.map((place, i) => [length + i, inputs[place]]),
        )
      },
      show: showing((token) => {
        if (token === blank) return '·'
        return token === marker ? '→' : symbol(token - marker - 1)
      }),
    })
  },
})
