/** The papers of the family memory-layers-moe. */
import type { Paper } from './paper.js'

export const memoryLayersMoe: readonly Paper[] = [
  {
    id: 'sigma-moe',
    title: 'Approximating Two-Layer Feedforward Networks for Efficient Transformers',
    arxiv: '2310.10837',
    year: 2023,
    system: 'sigma-MoE',
    family: 'memory-layers-moe',
    kind: 'mechanism',
    fit: 'core',
    what: 'Small experts chosen by top-K sigmoid (non-competitive) gates, with entropy balancing, expert dropout and dense-matched init; product-key memory improved by ReLU instead of softmax.',
    worksWhen:
      'K=all with unit gates equals the dense FFN exactly; at equal parameters, 25%-active sigma-MoE within 2% of dense perplexity with no unused expert.',
  },
  {
    id: 'momentumsmoe',
    title: 'MomentumSMoE: Integrating Momentum into Sparse Mixture of Experts',
    arxiv: '2410.14574',
    year: 2024,
    system: 'MomentumSMoE',
    family: 'memory-layers-moe',
    kind: 'mechanism',
    fit: 'core',
    what: 'View SMoE residual updates as gradient descent across depth; keep momentum p_l=mu*p_(l-1)+SMoE(x_l), x_(l+1)=x_l+gamma*p_l; Adam-style variant likewise.',
    worksWhen:
      "mu=0, gamma=1 equals plain SMoE exactly; under test-time word-swap corruption, perplexity rises less than plain SMoE's over 3 seeds.",
  },
  {
    id: 'monet',
    title: 'Monet: Mixture of Monosemantic Experts for Transformers',
    arxiv: '2412.04139',
    year: 2024,
    system: 'Monet',
    family: 'memory-layers-moe',
    kind: 'mechanism',
    fit: 'core',
    what: 'MoE with N experts composed from pairs of about sqrt(N) bottom and top sub-layers (horizontal or vertical split), product-key top-k head routing, trained end-to-end.',
    headline: '262,144 experts per layer; parameters proportional to the square root of expert count',
    worksWhen:
      "Factorised expert computation equals explicit per-expert evaluation to 1e-5; on two-domain text, masking domain-specific experts raises that domain's loss while the other's changes under 2%.",
  },
  {
    id: 'memory-layers-at-scale',
    title: 'Memory Layers at Scale',
    arxiv: '2412.09764',
    year: 2024,
    system: 'Memory Layers at Scale (Memory+)',
    family: 'memory-layers-moe',
    kind: 'mechanism',
    fit: 'core',
    what: 'Replaces some FFNs with trainable key-value tables using product-key top-k lookup, softmax-weighted value sum, SiLU input gating, one value pool shared across layers.',
    headline:
      'beats dense models with over twice the compute and matched MoEs; up to 128B memory parameters, 1T tokens, base models to 8B',
    worksWhen:
      'Product-key top-k equals brute-force top-k; on memorising random key-fact pairs, memory layer recalls several times more facts than dense FFN at equal FLOPs; most slots used.',
  },
  {
    id: 'pkm',
    title: 'Large Memory Layers with Product Keys',
    arxiv: '1907.05242',
    year: 2019,
    system: 'PKM',
    family: 'memory-layers-moe',
    kind: 'mechanism',
    fit: 'core',
    what: 'Split query in halves; top-k against two sqrt(N) sub-key sets; rescore Cartesian product for exact top-k of N slots; softmax-sum values; multi-head.',
    headline:
      '12-layer model with memory beats 24-layer baseline and is 2x faster at inference; up to 30B-word data, up to 1B added parameters',
    worksWhen:
      'Product-key top-k equals brute-force top-k exactly; adding PKM to small LM memorising N random key-value facts raises accuracy at equal FLOPs; report slot usage.',
  },
  {
    id: 'efficient-large-scale-language-modeling-with',
    title: 'Efficient Large Scale Language Modeling with Mixtures of Experts',
    arxiv: '2112.10684',
    year: 2021,
    family: 'memory-layers-moe',
    kind: 'study',
    fit: 'study',
    what: 'Empirical scaling of top-2 gated MoE language models versus dense: in/out-of-domain LM, zero/few-shot, fine-tuning, at matched compute.',
    headline:
      'match dense with ~4x less compute at modest budgets; 1.1T MoE beats compute-equivalent 6.7B dense; gap narrows at scale; fine-tuning excepted',
    worksWhen:
      'Small dense-versus-MoE sweep (3 sizes, 8 experts): MoE reaches dense loss with >1.5x fewer FLOPs; gap out-of-domain smaller; expert load balance reported.',
  },
  {
    id: 'discrete-key-value-bottleneck',
    title: 'Discrete Key-Value Bottleneck',
    arxiv: '2207.11240',
    year: 2022,
    system: 'Discrete Key-Value Bottleneck',
    family: 'memory-layers-moe',
    kind: 'mechanism',
    fit: 'adapter',
    what: 'Frozen encoder output split into C heads, randomly projected, snapped to nearest frozen EMA-initialised keys; fetched learnable values averaged and decoded; only values train.',
    worksWhen:
      'Class-incremental clusters, no replay: bottleneck final accuracy >0.8 where linear/MLP probe <0.4; updates touch only fetched values (sparsity check).',
  },
  {
    id: 'memoryformer',
    title: 'MemoryFormer: Minimize Transformer Computation by Removing Fully-Connected Layers',
    arxiv: '2411.12992',
    year: 2024,
    system: 'MemoryFormer',
    family: 'memory-layers-moe',
    kind: 'mechanism',
    fit: 'core',
    what: 'Replace linear projections by hash tables: split input into chunks, chunk sign bits index stored vectors, sum retrieved rows weighted by differentiable bucket probability.',
    worksWhen:
      'Byte-LM within 0.1 nats of dense transformer; counted projection multiply-adds fall >5x; finite-difference gradients through bucket weights agree to 1e-4.',
  },
  {
    id: 'lamini-1',
    title: 'Banishing LLM Hallucinations Requires Rethinking Generalization',
    arxiv: '2406.17642',
    year: 2024,
    system: 'Lamini-1 (MoME)',
    family: 'memory-layers-moe',
    kind: 'mechanism',
    fit: 'core',
    what: 'Frozen backbone plus large bank of low-rank memory experts; learned index retrieves a few per input; selected experts train on facts until loss nears zero.',
    headline: 'Millions of memory experts; easily memorises large random-number datasets',
    worksWhen:
      'Small LM plus 1k LoRA experts memorises 2,000 random key-number facts exactly while general loss rises <1%; one equal-active-size LoRA falls clearly short.',
  },
  {
    id: 'ultramem',
    title: 'Ultra-Sparse Memory Network',
    arxiv: '2411.12364',
    year: 2024,
    system: 'UltraMem',
    family: 'memory-layers-moe',
    kind: 'mechanism',
    fit: 'core',
    what: 'Product-key memory with Tucker-core grid scoring (rank-1 candidate filter), multi-core scores, implicit value expansion via virtual reprojected tables, small memories spread across layers.',
    headline: 'Up to 20 million memory slots',
    worksWhen:
      'Tucker top-m recall versus brute force >0.95; on synthetic fact recall a 64K-slot layer beats FLOP-matched MLP and plain product-key memory; rows touched per token counted.',
  },
]
