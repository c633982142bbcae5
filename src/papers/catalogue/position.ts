/** The papers of the family position. */
import type { Paper } from './paper.js'

export const position: readonly Paper[] = [
  {
    id: 'trf',
    title: 'Exploring Transformer Extrapolation',
    arxiv: '2307.10156',
    year: 2023,
    system: 'TRF (RPE convergence condition)',
    family: 'position',
    kind: 'study',
    fit: 'study',
    what: 'Proves a relative-bias transformer extrapolates if sum_i exp(b_i) over distances converges; theoretical receptive field = smallest window holding 1-eps of that sum.',
    worksWhen:
      'Same tiny LM, several bias series: convergent ones (exponential, 1/n^2) keep perplexity flat at 4x length, divergent ones (zero, 1/n) degrade; TRF predicts empirical ranking.',
  },
  {
    id: 'alibi',
    title: 'Train Short, Test Long: Attention with Linear Biases Enables Input Length Extrapolation',
    arxiv: '2108.12409',
    year: 2021,
    system: 'ALiBi',
    family: 'position',
    kind: 'mechanism',
    fit: 'core',
    what: 'No position embeddings; add -m_h*(i-j) to causal attention logits, head slopes m_h being the geometric sequence 2^(-8h/H).',
    headline:
      '1.3B model trained at 1024 matches sinusoidal trained at 2048 when tested at 2048; 11% faster, 11% less memory',
    worksWhen:
      'Slopes match the formula exactly; train at 128, test at 512: ALiBi perplexity does not rise, sinusoidal rises at least 2x; cached decoding equals full forward.',
  },
  {
    id: 'cable',
    title: 'Context-aware Biases for Length Extrapolation',
    arxiv: '2503.08067',
    year: 2025,
    system: 'Cable',
    family: 'position',
    kind: 'mechanism',
    fit: 'core',
    what: 'Add c_i-c_j to causal logits, c=cumsum(-softplus(W_h x)) per head: content-dependent monotone decay with distance; no position embeddings.',
    headline:
      'Trained at 512, tested at 1024: 0.65 lower ppl than sinusoidal trained at 1024 (334M); 48% less memory, 3.5% more training time',
    worksWhen:
      "Constant softplus reproduces ALiBi exactly; bias equals a log-sigmoid forget gate's cumulative sum; train 128, test 512: perplexity not rising and no worse than ALiBi.",
  },
  {
    id: 'random-spacing-arithmetic',
    title: 'Positional Description Matters for Transformers Arithmetic',
    arxiv: '2311.14737',
    year: 2023,
    system: 'Random spacing / random embedding for arithmetic',
    family: 'position',
    kind: 'method',
    fit: 'core',
    what: 'Fix digit alignment: pad operands to fixed width and reverse the product, insert random spaces, or add random per-number embeddings instead of absolute positions.',
    headline:
      '15-digit direct multiplication, essentially perfect up to 12 digits (100M params, 300k samples; usual fails at 4); addition extrapolates 10 to 12 digits with 120k samples',
    worksWhen:
      'Addition trained to 6 digits: random spacing or random embedding gives over 90% at 8 digits where plain absolute positions give under 10%; padded-reversed multiplication beats plain.',
  },
  {
    id: 'randomized-pe',
    title: 'Randomized Positional Encodings Boost Length Generalization of Transformers',
    arxiv: '2305.16843',
    year: 2023,
    system: 'Randomized PE',
    family: 'position',
    kind: 'method',
    fit: 'core',
    what: 'During training draw a sorted random subset of L positions from {1..M}, M far beyond test length, and apply any positional encoding at those indices.',
    headline: '+12.0% average test accuracy on unseen lengths; 6000 models, 15 algorithmic tasks',
    worksWhen:
      'Train copy/reverse/parity-class tasks on length <=40, test 41-100: randomized relative PE beats the plain counterpart by >10 points average, at similar in-range accuracy.',
  },
  {
    id: 'tape',
    title: 'Rethinking Addressing in Language Models via Contexualized Equivariant Positional Encoding',
    arxiv: '2501.00712',
    year: 2025,
    system: 'TAPE',
    family: 'position',
    kind: 'mechanism',
    fit: 'core',
    what: 'Carry per-token positional tensors through layers; update them with attention and position-wise maps constrained to permutation and orthogonal (rotation) equivariance; initialise as RoPE; fine-tunable drop-in.',
    worksWhen:
      'Orthogonal and permutation equivariance tests pass to 1e-5; initial output equals RoPE model; on length-extrapolated addition TAPE exceeds RoPE accuracy.',
  },
  {
    id: 'latent-positional-information-is-in-the',
    title:
      'Latent Positional Information is in the Self-Attention Variance of Transformer Language Models Without Positional Embeddings',
    arxiv: '2305.13571',
    year: 2023,
    family: 'position',
    kind: 'study',
    fit: 'study',
    what: 'Without positional embeddings, causal averaging makes attention-output variance shrink like 1/position even at random frozen initialisation, encoding position; distributions derived step by step.',
    worksWhen:
      'Random untrained NoPE causal model: log variance vs log position slope near -1 in layer one; linear probe of position R^2 >0.9; bidirectional control near zero.',
  },
  {
    id: 'language-modeling-with-deep-transformers',
    title: 'Language Modeling with Deep Transformers',
    arxiv: '1905.04226',
    year: 2019,
    family: 'position',
    kind: 'study',
    fit: 'study',
    what: 'Deep (up to ~100-layer) narrow Transformer LMs for ASR rescoring and shallow fusion; removing positional encoding slightly improves perplexity since the causal mask conveys position.',
    headline:
      'deep Transformer LMs beat shallow LSTM LMs on LibriSpeech 960h; no positional encoding is slightly better',
    worksWhen:
      'Train 2-, 6-, 12-layer character LMs with and without sinusoidal PE: NoPE gap shrinks with depth; position probe decodes index from NoPE states.',
  },
  {
    id: 'relative-position-method-4',
    title: 'Improve Transformer Models with Better Relative Position Embeddings',
    arxiv: '2009.13658',
    year: 2020,
    system: 'Relative PE Method 4',
    family: 'position',
    kind: 'mechanism',
    fit: 'core',
    what: 'Attention logits add query-relative, key-relative (and optionally multiplicative three-way) terms: q.k + q.a_ij + k.a_ij, with clipped learned relative embeddings.',
    headline: 'improved SQuAD1.1 over previous position embeddings',
    worksWhen:
      'Logits match naive triple-loop; with key-relative term zeroed equals Shaw; small encoder beats absolute PE on longer-than-trained span task.',
  },
  {
    id: 'nope-head-temperature',
    title: 'Length Generalization of Causal Transformers without Position Encoding',
    arxiv: '2404.12224',
    year: 2024,
    system: 'NoPE head-temperature tuning',
    family: 'position',
    kind: 'method',
    fit: 'core',
    what: 'No position encoding; extend context by tuning one softmax temperature per attention head with all weights frozen, re-concentrating distracted attention.',
    worksWhen:
      'Small NoPE LM trained at 256: tuned head temperatures keep 1024-token perplexity within 10% where untuned degrades; only layers x heads scalars trained.',
  },
]
