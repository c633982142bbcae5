/** The papers of the family state-space. */
import type { Paper } from './paper.js'

export const stateSpace: readonly Paper[] = [
  {
    id: 'lmuformer',
    title: 'LMUFormer: Low Complexity Yet Powerful Spiking Model With Legendre Memory Units',
    arxiv: '2402.04882',
    year: 2024,
    system: 'LMUFormer',
    family: 'state-space',
    kind: 'mechanism',
    fit: 'core',
    what: 'Convolutional patch embedding, Legendre Memory Unit (fixed discretised linear memory, FFT-parallel or recurrent), convolutional channel mixers; spiking variant with leaky integrate-and-fire neurons.',
    headline:
      'SCv2: comparable to transformers with 53x fewer parameters, 65x fewer FLOPs; 32.03% shorter input with negligible loss',
    worksWhen:
      'LMU FFT and recurrent outputs agree to 1e-5; state reconstructs its window of a band-limited signal; synthetic keyword classification >0.95, already usable at 70% of input.',
  },
  {
    id: 'h3',
    title: 'Hungry Hungry Hippos: Towards Language Modeling with State Space Models',
    arxiv: '2212.14052',
    year: 2022,
    system: 'H3 + FlashConv',
    family: 'state-space',
    kind: 'mechanism',
    fit: 'core',
    what: 'Layer computes Q * SSM_diag(SSM_shift(K) * V) with elementwise gating: shift SSM stores previous tokens, diagonal SSM remembers; trained by FFT convolution with state passing.',
    headline:
      'within 0.4 PPL of Transformers on OpenWebText; 125M hybrid with two attention layers 1.0 PPL better; 2x LRA speedup; 2.4x faster generation; scaled to 2.7B',
    worksWhen:
      'FFT, chunked state-passing and recurrent forms agree to 1e-5; two-layer H3 exceeds 99% on induction head and associative recall where S4D trails; two-attention hybrid at least matches Transformer.',
  },
  {
    id: 'samba',
    title: 'Samba: Simple Hybrid State Space Models for Efficient Unlimited Context Language Modeling',
    arxiv: '2406.07522',
    year: 2024,
    system: 'Samba',
    family: 'state-space',
    kind: 'mechanism',
    fit: 'core',
    what: 'Repeat Mamba, MLP, sliding-window attention, MLP with pre-norm residuals; selective state carries long context, windowed softmax gives precise recent recall.',
    headline:
      '3.8B/3.2T tokens; 4K training extrapolates to 256K perfect recall, 1M improved prediction; 3.73x prefill throughput at 128K; 3.64x generating 64K',
    worksWhen:
      'Trained at 512: perplexity non-increasing to 8K; passkey after short tuning >95% at 4K, above pure Mamba and pure window; constant decode memory.',
  },
  {
    id: 'seqboat',
    title: 'Sparse Modular Activation for Efficient Sequence Modeling',
    arxiv: '2306.11197',
    year: 2023,
    system: 'SeqBoat (SMA)',
    family: 'state-space',
    kind: 'mechanism',
    fit: 'core',
    what: 'Linear configurator on SSM output makes differentiable hard token selection; selected tokens form a compressed sequence for windowed gated attention, results scattered back.',
    worksWhen:
      'Associative recall: attention activates on <40% of tokens, mostly keys and queries; accuracy >95% versus SSM-only <70%; measured compute falls with activation rate.',
  },
  {
    id: 'lssl',
    title: 'Combining Recurrent, Convolutional, and Continuous-time Models with Linear State-Space Layers',
    arxiv: '2110.13985',
    year: 2021,
    system: 'LSSL',
    family: 'state-space',
    kind: 'mechanism',
    fit: 'core',
    what: "Discretise x'=Ax+Bu by generalised bilinear transform; run as recurrence or convolution with kernel C A^i B; A learned within structured HiPPO class, timescale learned.",
    headline: '+24 accuracy points on length-16000 speech classification',
    worksWhen:
      'Recurrent and convolution outputs agree to 1e-4 at length 1024; HiPPO-initialised A solves a long-delay task where random A stays near chance; rescaling the timestep transfers sampling rate.',
  },
  {
    id: 'gsm-plus-plus',
    title: 'Best of Both Worlds: Advantages of Hybrid Graph Sequence Models',
    arxiv: '2411.15671',
    year: 2024,
    system: 'GSM++',
    family: 'state-space',
    kind: 'mechanism',
    fit: 'adapter',
    what: 'Tokenise graphs by hierarchical affinity clustering into per-node sequences; local neighbourhood encoding; hybrid recurrent-plus-attention layers encode each sequence globally.',
    worksWhen:
      'Synthetic graphs: recurrent encoder better on order-sensitive counting, attention better on connectivity; hybrid with clustering tokens within 2 points of the better on both.',
  },
  {
    id: 'state-collapse',
    title: 'Stuffed Mamba: State Collapse and State Capacity of RNN-Based Long-Context Modeling',
    arxiv: '2410.07145',
    year: 2024,
    family: 'state-space',
    kind: 'study',
    fit: 'study',
    what: 'States oversized for the training length never learn forgetting, so channels explode beyond it (state collapse); mitigate via longer sequences, more decay, windowed state subtraction.',
    headline:
      '1M+ tokens without collapse; 370M Mamba-2 near-perfect passkey at 256K; passkey capacity exponential in state size',
    worksWhen:
      'Small Mamba-2 trained at 256: loss and channel variance blow up beyond it, later for smaller states or longer training; windowed state subtraction keeps 8K loss flat.',
  },
  {
    id: 's4',
    title: 'Efficiently Modeling Long Sequences with Structured State Spaces',
    arxiv: '2111.00396',
    year: 2021,
    system: 'S4',
    family: 'state-space',
    kind: 'mechanism',
    fit: 'core',
    what: 'HiPPO A as normal-plus-low-rank; kernel generating function at roots of unity through Woodbury identity and Cauchy kernel, inverse FFT; recurrent stepping for generation.',
    headline: '91% sequential CIFAR-10; generation 60x faster; SoTA on every LRA task including Path-X (16k)',
    worksWhen:
      'NPLR Cauchy kernel equals naive C A^i B to 1e-4 at length 1024; recurrence equals convolution; length-4096 delayed classification >95% where LSTM fails.',
  },
]
