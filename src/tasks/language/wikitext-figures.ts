import type { PublishedFigure } from '../task.js'

const script = 'issues 281 and 415 of pytorch/examples, word_language_model'
const mislabelled =
  'the README of this script showed figures of Penn Treebank (117.61 to 72.30) as WikiText-2’s from 2017 to 2018: do not compare with those'

const figure = (model: string, value: number, from: string, warning?: string): PublishedFigure => ({
  model,
  setting: 'unit=word, vocabulary 33,278',
  metric: 'test perplexity',
  value,
  from,
  ...(warning && { warning }),
})

export const wikitextFigures: readonly PublishedFigure[] = [
  figure('LSTM, 2 × 200, 6 epochs', 142.07, script, mislabelled),
  figure('LSTM, 2 × 200, tied, 6 epochs', 130.32, script, mislabelled),
  figure('LSTM, 2 × 200, tied, 40 epochs', 100.33, script, mislabelled),
  figure('LSTM, 2 × 650, 40 epochs', 94.57, script, mislabelled),
  figure('LSTM, 2 × 650, tied, 40 epochs', 86.68, script, mislabelled),
  figure('LSTM, 2 × 1500, tied, 40 epochs', 84.17, script, mislabelled),
  figure('LSTM, about 11 million parameters', 105.56, 'README of L0SG/relational-rnn-pytorch'),
  figure('relational memory core, about 11 million parameters', 107.21, 'README of L0SG/relational-rnn-pytorch'),
  figure('AWD-LSTM, 33 million parameters', 66, 'Merity et al. 2017 (arXiv:1708.02182), table 4, a copy of its text'),
  figure(
    'AWD-LSTM, fine-tuned',
    65.8,
    'Merity et al. 2017 (arXiv:1708.02182), table 4, a copy of its text',
    'the validation part was used to stop and restart the averaging',
  ),
  {
    model: 'GPT-2, 117 million parameters',
    setting: 'not trained on it',
    metric: 'test perplexity',
    value: 29.41,
    from: 'Radford et al. 2019, table 3, a copy of its text',
    warning:
      'subwords of the raw, detokenised text, counted per word: not comparable with models of the prepared words',
  },
]
