/** The papers of the family convolution-mlp. */
import type { Paper } from './paper.js'

export const convolutionMlp: readonly Paper[] = [
  {
    id: 'fnetar',
    title: 'FNetAR: Mixing Tokens with Autoregressive Fourier Transforms',
    arxiv: '2107.10932',
    year: 2021,
    system: 'FNetAR',
    family: 'convolution-mlp',
    kind: 'mechanism',
    fit: 'core',
    what: "Replace half of Transformer-XL's self-attention sublayers with parameter-free causal Fourier mixing: real DFT coefficients computed over each position's own prefix only.",
    headline: '25.8 ppl WikiText-103 vs 24.2 for Transformer-XL with half the self-attention layers',
    worksWhen:
      'Perturbing token t changes no output before t (exact); char LM with alternate Fourier layers stays within 10% of full-attention perplexity using fewer parameters.',
  },
  {
    id: 'gated-convnet',
    title: 'Language Modeling with Gated Convolutional Networks',
    arxiv: '1612.08083',
    year: 2016,
    system: 'GCNN (gated convolutional network, GLU)',
    family: 'convolution-mlp',
    kind: 'mechanism',
    fit: 'core',
    what: 'Stack left-padded causal 1-D convolutions with gated linear units h=(X*W+b)*sigmoid(X*V+c) in residual blocks with adaptive softmax; finite context, parallel over tokens.',
    headline:
      'Order-of-magnitude lower sentence-scoring latency than a recurrent baseline; state of the art on WikiText-103 at the time',
    worksWhen:
      'Receptive field measured by input gradients equals theory exactly; GLU reaches lower char-LM loss than tanh-gated and ReLU convolutions at equal parameters; scoring faster than LSTM.',
  },
  {
    id: 'cat',
    title: 'CAT: Circular-Convolutional Attention for Sub-Quadratic Transformers',
    arxiv: '2504.06704',
    year: 2025,
    system: 'CAT',
    family: 'convolution-mlp',
    kind: 'mechanism',
    fit: 'core',
    what: 'One scalar logit per token and head; softmax over positions defines a circulant attention matrix applied to values by FFT circular convolution, O(N log N).',
    headline: 'O(N log N); about 10% speedup in naive PyTorch with accuracy gains on ImageNet-1k, WikiText-103',
    worksWhen:
      'FFT path equals explicit circulant product to 1e-5 and scales as N log N; masked-LM loss within 3% of attention; causal variant passes future-leak test.',
  },
  {
    id: 'long-convs',
    title: 'Simple Hardware-Efficient Long Convolutions for Sequence Modeling',
    arxiv: '2302.06646',
    year: 2023,
    system: 'Long Convs / FlashButterfly',
    family: 'convolution-mlp',
    kind: 'mechanism',
    fit: 'core',
    what: 'Learn a full-length convolution kernel per channel directly, regularised by squash (soft-threshold) for smoothness; FFT convolution, computed as block butterfly (Monarch-like) matrix products.',
    headline:
      'Convolutions 2.2x faster; Path256 (64K) +29.1 points, 7.2x faster training; beats Transformer by 0.2 PPL on WikiText-103 with 30% fewer parameters',
    worksWhen:
      'Butterfly, FFT and direct convolution agree to 1e-5; squashed kernels are smoother and beat unsquashed on a long-sequence toy classification at length 1024.',
  },
  {
    id: 'hyena',
    title: 'Hyena Hierarchy: Towards Larger Convolutional Language Models',
    arxiv: '2302.10866',
    year: 2023,
    system: 'Hyena',
    family: 'convolution-mlp',
    kind: 'mechanism',
    fit: 'core',
    what: 'Order-N operator: short-convolve N+1 projections of input, then alternate implicit long convolution (positional-MLP filter times decay window, FFT) and elementwise gating by next projection.',
    headline:
      '>50 accuracy points over SSM/implicit operators on long recall; Transformer quality with 20% less compute at 2K; 2x faster than optimised attention at 8K, 100x at 64K',
    worksWhen:
      'FFT path equals explicit Toeplitz product to 1e-5, no future leakage; associative recall (vocab 20, length 512) >0.95 where an ungated LTI convolution fails.',
  },
  {
    id: 'tcnca',
    title: 'TCNCA: Temporal Convolution Network with Chunked Attention for Scalable Sequence Processing',
    arxiv: '2312.05605',
    year: 2023,
    system: 'TCNCA',
    family: 'convolution-mlp',
    kind: 'mechanism',
    fit: 'core',
    what: 'MEGA block whose EMA recurrence is replaced by stacked dilated causal convolutions, followed by gated attention inside fixed chunks; O(L).',
    headline:
      'EnWik8 lower loss than MEGA at 1.37x/1.24x faster forward/backward; convolutions up to 7.07x/2.86x faster to 131k; 1.28x LRA inference speedup',
    worksWhen:
      'Measured receptive field equals 1+sum((k-1)d); cross-chunk associative recall >0.95, at least matching EMA version; forward time linear in length, crossover versus FFT reported.',
  },
  {
    id: 'polycom',
    title: 'Polynomial Composition Activations: Unleashing the Dynamics of Large Language Models',
    arxiv: '2411.03884',
    year: 2024,
    system: 'PolyCom (PolyReLU, PolyNorm)',
    family: 'convolution-mlp',
    kind: 'mechanism',
    fit: 'core',
    what: 'FFN activation as learnable polynomial: PolyReLU sums a_i*ReLU(x)^i; PolyNorm sums a_i*x^i/||x^i|| (each power RMS-normalised), degree 3.',
    worksWhen:
      'At equal parameters and steps, PolyNorm and PolyReLU reach lower small-LM validation loss than GELU and SwiGLU over 3 seeds; gradients match finite differences.',
  },
  {
    id: 'deconvae',
    title: 'Deconvolutional Paragraph Representation Learning',
    arxiv: '1708.04729',
    year: 2017,
    system: 'DeconvAE',
    family: 'convolution-mlp',
    kind: 'mechanism',
    fit: 'core',
    what: 'Strided-convolution encoder compresses a fixed-length paragraph to one vector; transposed convolutions decode all word embeddings at once; cosine softmax over tied embeddings gives words.',
    worksWhen:
      'Paragraph reconstruction of 60 tokens: deconvolution BLEU higher than equal-size LSTM autoencoder and flatter against length; corrects 10% character substitutions.',
  },
  {
    id: 'masked-mixer',
    title: 'Masked Mixers for Language Generation and Retrieval',
    arxiv: '2409.01482',
    year: 2024,
    system: 'Masked Mixer',
    family: 'convolution-mlp',
    kind: 'mechanism',
    fit: 'core',
    what: 'Replace self-attention by lower-triangular-masked 1D convolution over sequence positions (causal token-mixing matrix, fixed length); transformer-mixer hybrids; embeddings reused for retrieval training.',
    headline:
      'learns TinyStories more efficiently than early transformers; hybrid best; far better summary-to-story retrieval',
    worksWhen:
      'Causality test passes; input reconstruction from last hidden state more accurate than matched transformer; hybrid loss lowest of three at equal wall time.',
  },
  {
    id: 'causalrn',
    title: 'An All-MLP Sequence Modeling Architecture That Excels at Copying',
    arxiv: '2406.16168',
    year: 2024,
    system: 'CausalRN',
    family: 'convolution-mlp',
    kind: 'mechanism',
    fit: 'core',
    what: 'Sum over past positions of a pairwise MLP on (x_t,x_i); exp activation factorises into linear-time running sums; pre-activation normalisation breaks this, giving cache-like growing memory.',
    worksWhen:
      'Exp variant: recurrent equals quadratic form to 1e-5; normalised exp variant copies length-64 strings >99%, variants lacking exp or normalisation <50%.',
  },
  {
    id: 'trellisnet',
    title: 'Trellis Networks for Sequence Modeling',
    arxiv: '1810.06682',
    year: 2018,
    system: 'TrellisNet',
    family: 'convolution-mlp',
    kind: 'mechanism',
    fit: 'core',
    what: 'Temporal convolution with one width-2 kernel tied across all depths, raw input injected at each layer, LSTM-style gated activation; truncated RNNs are sparse special cases.',
    worksWhen:
      'Constructed sparse weights reproduce a truncated RNN to 1e-5; long-delay memory task solved at delay 200+ where equal-size LSTM fails; byte-LM loss beats LSTM.',
  },
  {
    id: 'dynamic-conv',
    title: 'Pay Less Attention with Lightweight and Dynamic Convolutions',
    arxiv: '1901.10430',
    year: 2019,
    system: 'LightConv / DynamicConv',
    family: 'convolution-mlp',
    kind: 'mechanism',
    fit: 'core',
    what: "Causal depthwise convolution with softmax-normalised kernels shared per head; dynamic version predicts each step's kernel linearly from the current token; GLU input.",
    headline: "29.7 BLEU on WMT'14 En-De; operations linear in input length",
    worksWhen:
      'Dynamic with constant predictor equals LightConv to 1e-6; byte-LM loss within 0.05 nats of self-attention at equal parameters; step time flat in context length.',
  },
]
