/** The papers of the family recsys-search-apps. */
import type { Paper } from './paper.js'

export const recsysSearchApps: readonly Paper[] = [
  {
    id: 'findeepbehaviorcluster',
    title: 'Explainable Deep Behavioral Sequence Clustering for Transaction Fraud Detection',
    arxiv: '2101.04285',
    year: 2021,
    system: 'FinDeepBehaviorCluster',
    family: 'recsys-search-apps',
    kind: 'application',
    fit: 'adapter',
    what: 'Time-attention Bi-LSTM embeds clickstream sequences unsupervised; concatenate expert features; cluster with FAISS-accelerated HDBSCAN; mine readable rules per risky cluster.',
    headline: 'pHDBSCAN 500x faster than original; hundreds of millions of transactions in minutes',
    worksWhen:
      'Synthetic clickstreams with planted fraud bots: sequence embedding plus density clustering recovers planted groups (ARI >0.8), above hand features alone; rules name the planted trait.',
  },
  {
    id: 'hstu',
    title: 'Actions Speak Louder than Words: Trillion-Parameter Sequential Transducers for Generative Recommendations',
    arxiv: '2402.17152',
    year: 2024,
    system: 'HSTU',
    family: 'recsys-search-apps',
    kind: 'mechanism',
    fit: 'adapter',
    what: 'Sequential transducer block: attention uses pointwise SiLU(QK+relative time/position bias) without softmax, output normalised then gated elementwise by projection U; user actions modelled generatively.',
    headline:
      'up to 65.8% NDCG gain; 5.3x-15.2x faster than FlashAttention2 Transformers at length 8192; 1.5T params, +12.4% in online A/B tests; power law over 3 orders of compute',
    worksWhen:
      'On self-made non-stationary click streams (Dirichlet-process items), HSTU beats a same-size softmax Transformer in NDCG@10 over 3 seeds; swapping in softmax loses the gain.',
  },
  {
    id: 'embedllm',
    title: 'EmbedLLM: Learning Compact Representations of Large Language Models',
    arxiv: '2410.02223',
    year: 2024,
    system: 'EmbedLLM',
    family: 'recsys-search-apps',
    kind: 'method',
    fit: 'adapter',
    what: 'Matrix-factorisation-style encoder-decoder: learn vector per model; predict correctness of model on question from model vector times projected question embedding; use for routing.',
    worksWhen:
      'Model zoo of 50 checkpoints trained here times 2,000 probe items: held-out correctness AUC >0.8; routed accuracy exceeds best single model; vectors cluster by architecture.',
  },
  {
    id: 'vectorq',
    title: 'Adaptive Semantic Prompt Caching with VectorQ',
    arxiv: '2502.03771',
    year: 2025,
    system: 'VectorQ',
    family: 'recsys-search-apps',
    kind: 'method',
    fit: 'adapter',
    what: 'Semantic prompt cache storing, per cached embedding, hit/miss observations to fit its own similarity threshold region; explores near uncertainty, else reuse or regenerate.',
    headline: 'up to 12x higher cache hit rate and up to 92% lower error rate than static thresholds',
    worksWhen:
      'Synthetic prompt stream with classes of differing tolerance: adaptive thresholds Pareto-dominate every static threshold in (hit rate, error rate); cache usable in serve command.',
  },
  {
    id: 'henry',
    title: 'Long-Term Ad Memorability: Understanding and Generating Memorable Ads',
    arxiv: '2309.00378',
    year: 2023,
    system: 'Henry / SEED / LAMBDA',
    family: 'recsys-search-apps',
    kind: 'application',
    fit: 'out',
    what: 'Multimodal LLM regresses long-term ad recall from frames, audio and text; SEED self-trains a generator on ads auto-scored as memorable.',
    headline: '1749 participants, 2205 ads, 276 brands; UltraLAMBDA 5M ads; generated ads 44% more memorable',
    out: 'Needs people whose recall is measured, licensed videos and a multimodal model; made-up recall scores would show nothing of memory.',
  },
]
