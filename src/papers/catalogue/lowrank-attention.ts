/** The papers of the family lowrank-attention. */
import type { Paper } from './paper.js'

export const lowrankAttention: readonly Paper[] = [
  {
    id: 'nystromformer',
    title: 'Nyströmformer: A Nyström-Based Algorithm for Approximating Self-Attention',
    arxiv: '2102.03902',
    year: 2021,
    system: 'Nystromformer',
    family: 'lowrank-attention',
    kind: 'mechanism',
    fit: 'core',
    what: 'Segment-mean landmarks of Q and K; softmax(QKl) * pinv(softmax(QlKl)) * softmax(QlK) V, iterative matrix pseudoinverse, plus depthwise-convolution skip; linear cost.',
    headline: 'comparable or slightly better than full attention on GLUE and IMDB; favourable on LRA',
    worksWhen:
      'm=n landmarks reproduce softmax attention to 1e-4; error decreases with m; linear wall time to 8k tokens; encoder classification within 2 points of full attention.',
  },
]
