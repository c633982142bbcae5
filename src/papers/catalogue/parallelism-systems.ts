/** The papers of the family parallelism-systems. */
import type { Paper } from './paper.js'

export const parallelismSystems: readonly Paper[] = [
  {
    id: 'megatron-lm',
    title: 'Megatron-LM: Training Multi-Billion Parameter Language Models Using Model Parallelism',
    arxiv: '1909.08053',
    year: 2019,
    system: 'Megatron-LM',
    family: 'parallelism-systems',
    kind: 'method',
    fit: 'core',
    what: 'Tensor parallelism: split MLP column- then row-wise and attention by heads over devices; one all-reduce per sublayer forward and one backward; vocabulary-parallel embedding and loss.',
    headline:
      '8.3B parameters on 512 GPUs, 15.1 PFLOPs, 76% scaling; 10.8 ppl WikiText-103 (prior 15.8); LAMBADA 66.5% (63.2%); RACE 90.9% (89.4%)',
    worksWhen:
      'Forward, loss and gradients over 2 and 4 worker threads equal one worker to 1e-5; per-worker weights about 1/N; exactly two forward all-reduces per layer.',
  },
  {
    id: 'a-unified-view-of-long-sequence',
    title: 'A Unified View of Long-Sequence Models towards Modeling Million-Scale Dependencies',
    arxiv: '2302.06218',
    year: 2023,
    family: 'parallelism-systems',
    kind: 'study',
    fit: 'study',
    what: 'Casts long-sequence models in one token-mixing template, benchmarks benefit of context length, and prototypes distributed multi-head attention for million-token dependencies.',
    headline: 'Attention computation scaled almost 40x on four RTX 4090 GPUs versus vanilla multi-head attention',
    worksWhen:
      'Template with pluggable mixers reproduces three registered layers to 1e-5; longer context lowers loss only on long-dependency data; thread-sharded attention equals single-thread output.',
  },
  {
    id: 'ring-self-attention',
    title: 'Sequence Parallelism: Long Sequence Training from System Perspective',
    arxiv: '2105.13120',
    year: 2021,
    system: 'Ring Self-Attention (sequence parallelism)',
    family: 'parallelism-systems',
    kind: 'method',
    fit: 'core',
    what: 'Shard the sequence over devices; pass key chunks round a ring to fill local score rows, softmax, then pass value chunks round to form outputs.',
    headline:
      '13.7x max batch and 3.0x max length vs tensor parallelism on 64 P100; >114K tokens with sparse attention, 27x longer',
    worksWhen:
      'Ring over 4 worker threads equals single-thread attention forward and backward to 1e-5; per-worker activation memory about 1/4; measured traffic matches the formula.',
  },
  {
    id: 'lightseq',
    title: 'LightSeq: Sequence Level Parallelism for Distributed Training of Long Context Transformers',
    arxiv: '2310.03294',
    year: 2023,
    system: 'LightSeq (DistAttn)',
    family: 'parallelism-systems',
    kind: 'method',
    fit: 'core',
    what: 'Split sequence over workers; pass key/value chunks peer-to-peer, overlapping compute, with idle early workers helping later ones under causal masking; checkpoint at attention outputs.',
    headline:
      'Communicates as little as a 4.7th of what Megatron-LM does; 1.24-2.01x end-to-end speedup; 2-8x longer sequences; 32K-512K tokens',
    worksWhen:
      'Across 2-8 worker threads, outputs and gradients match single-process attention to 1e-5; balanced schedule roughly halves idle steps; new checkpointing skips one attention forward; bytes counted.',
  },
  {
    id: 'ring-attention',
    title: 'Ring Attention with Blockwise Transformers for Near-Infinite Context',
    arxiv: '2310.01889',
    year: 2023,
    system: 'Ring Attention',
    family: 'parallelism-systems',
    kind: 'method',
    fit: 'core',
    what: 'Shard sequence over a device ring; each computes blockwise online-softmax attention on its queries while passing KV blocks onward, overlapping communication with compute.',
    headline: 'sequences device-count times longer than prior memory-efficient Transformers',
    worksWhen:
      'With 4 workers, forward and gradients match single-process attention to 1e-5; per-worker peak memory stays constant as length grows 4x with workers.',
  },
  {
    id: 'ai-and-memory-wall',
    title: 'AI and Memory Wall',
    arxiv: '2403.14123',
    year: 2024,
    family: 'parallelism-systems',
    kind: 'study',
    fit: 'study',
    what: 'Compares hardware FLOPS and bandwidth growth; arithmetic-intensity profiling shows autoregressive decoders are memory-bandwidth bound whereas encoders are compute bound.',
    headline: 'peak FLOPS 3.0x/2yrs vs DRAM 1.6x and interconnect 1.4x over 20 years',
    worksWhen:
      'Roofline report: computed FLOPs/bytes for prefill versus batch-1 decode differ >10x; measured tokens/s tracks bytes moved (R^2>0.9) across model sizes.',
  },
  {
    id: 'bpt',
    title: 'Blockwise Parallel Transformer for Long Context Large Models',
    arxiv: '2305.19370',
    year: 2023,
    system: 'BPT',
    family: 'parallelism-systems',
    kind: 'method',
    fit: 'core',
    what: 'Per query block, stream key/value blocks with online softmax then immediately run feed-forward and residual, with rematerialisation, so full-length activations are never stored.',
    headline:
      'Sequences up to 32x longer than vanilla Transformers, 2-4x longer than previous memory-efficient methods',
    worksWhen:
      'Outputs and gradients equal vanilla to 1e-5; peak activation bytes >=4x lower at length 4096; trains lengths where vanilla exceeds the memory cap.',
  },
  {
    id: 'lasp-2',
    title: 'LASP-2: Rethinking Sequence Parallelism for Linear Attention and Its Hybrid',
    arxiv: '2502.07563',
    year: 2025,
    system: 'LASP-2',
    family: 'parallelism-systems',
    kind: 'method',
    fit: 'core',
    what: 'Shard sequence; each device computes its chunk K^T V state; one AllGather of states, local prefix sums, plus intra-chunk causal part; hybrid variant gathers K,V.',
    headline: '15.2% faster training than LASP, 36.6% faster than Ring Attention at 2048K tokens on 64 GPUs',
    worksWhen:
      '8 worker threads: outputs and gradients equal single-worker to 1e-5; one state AllGather per pass with bytes independent of sequence length; faster than a ring version.',
  },
  {
    id: 'prepacking',
    title: 'Prepacking: A Simple Method for Fast Prefilling and Increased Throughput in Large Language Models',
    arxiv: '2404.09529',
    year: 2024,
    system: 'Prepacking',
    family: 'parallelism-systems',
    kind: 'method',
    fit: 'core',
    what: 'Bin-pack variable-length prompts into few rows; block-diagonal causal mask and restarted positions; one prefill yields separate KV caches, unpacked for decoding.',
    worksWhen:
      'Per-prompt logits and caches equal unpadded single runs to 1e-5; on log-normal lengths processed tokens fall >=2x and measured prefill time drops versus padding.',
  },
]
