/** What Grazzi et al. 2024 report for the formal languages that they train and test state tracking with. */
import type { PublishedFigure, TaskCitation } from '../task.js'

export const grazzi = {
  title: 'Unlocking State-Tracking in Linear RNNs Through Negative Eigenvalues',
  authors: 'Grazzi, Siems, Zela, Franke, Hutter, Pontil',
  year: 2024,
  arxiv: '2411.12537',
} as const satisfies TaskCitation

const columns = ['parity', 'modular arithmetic', 'modular arithmetic with brackets'] as const
const table: Readonly<Record<string, readonly [number, number, number]>> = {
  Transformer: [0.022, 0.031, 0.067],
  mLSTM: [0.087, 0.04, 0.114],
  sLSTM: [1, 0.787, 0.178],
  'Mamba [0, 1]': [0, 0.095, 0.123],
  'Mamba [−1, 1]': [1, 0.241, 0.116],
  'DeltaNet [0, 1]': [0.017, 0.314, 0.194],
  'DeltaNet [−1, 1]': [1, 0.971, 0.26],
}

export const grazziFigures = (wanted: readonly (typeof columns)[number][]): PublishedFigure[] =>
  Object.entries(table).flatMap(([model, values]) =>
    wanted.map((column) => ({
      model,
      setting: `${column}, trained on lengths 3–40, tested on 40–256`,
      metric: 'scaled accuracy',
      value: values[columns.indexOf(column)],
      from: 'Table 3, indexed copy of the paper',
      warning:
        'best of 3 runs; (accuracy − chance) / (1 − chance); its test lengths vary, here every test example is longest',
    })),
  )
