/** The papers of the family context-compression. */
import type { Paper } from './paper.js'

export const contextCompression: readonly Paper[] = [
  {
    id: 'autocompressor',
    title: 'Adapting Language Models to Compress Contexts',
    arxiv: '2305.14788',
    year: 2023,
    system: 'AutoCompressor',
    family: 'context-compression',
    kind: 'method',
    fit: 'core',
    what: 'Fine-tune LM to read segments ending in summary tokens, whose outputs accumulate as soft prompts for later segments; truncated BPTT over segments, randomised lengths.',
    headline: 'sequences of up to 30,720 tokens (OPT)',
    worksWhen:
      'Small pretrained LM fine-tuned with summary tokens: loss on segment 3 with summaries beats no-context and recovers most of full-context gain; random-key recall from summaries over 90%.',
  },
  {
    id: 'icae',
    title: 'In-context Autoencoder for Context Compression in a Large Language Model',
    arxiv: '2307.06945',
    year: 2023,
    system: 'ICAE',
    family: 'context-compression',
    kind: 'method',
    fit: 'core',
    what: 'LoRA-adapted copy of the LM encodes context into k memory-slot outputs; frozen LM decodes from slots; trained by autoencoding plus continuation, then instruction-tuned.',
    headline: '4x context compression',
    worksWhen:
      'Tiny LM, 64 tokens into 16 slots: autoencoding token accuracy exceeds 95%; continuation loss within 5% of uncompressed context; frozen decoder weights are unchanged; random-token text compresses worse.',
  },
  {
    id: 'nugget',
    title: 'Nugget: Neural Agglomerative Embeddings of Text',
    arxiv: '2310.01732',
    year: 2023,
    system: 'Nugget',
    family: 'context-compression',
    kind: 'mechanism',
    fit: 'core',
    what: 'Scorer on encoder states selects top-k token positions as nuggets; decoder cross-attends only to them, scores added to attention logits so selection trains through autoencoding/translation.',
    worksWhen:
      'Autoencode synthetic sentences at 10-25% nugget ratio: token accuracy >0.95, above k equally spaced tokens and single-vector pooling; selected positions concentrate on delimiters.',
  },
  {
    id: 'sentinel-tokens',
    title: 'Context Compression for Auto-regressive Transformers with Sentinel Tokens',
    arxiv: '2310.08152',
    year: 2023,
    system: 'Sentinel tokens',
    family: 'context-compression',
    kind: 'method',
    fit: 'core',
    what: "Begin/end sentinel tokens bracket a span; masks let later tokens see only the end sentinel's KV, so span KVs are dropped incrementally; fine-tune.",
    worksWhen:
      'Fine-tuned small LM at 50-90% span compression has lower perplexity than scattered/local sparse attention at equal KV; incremental decoding matches masked training forward to 1e-5.',
  },
  {
    id: 'ehpc',
    title: 'Efficient Prompt Compression with Evaluator Heads for Long-Context Transformer Inference',
    arxiv: '2501.12959',
    year: 2025,
    system: 'EHPC',
    family: 'context-compression',
    kind: 'method',
    fit: 'core',
    what: 'Find evaluator heads by attention to planted evidence in pilot prompts; prefill first layers only, keep tokens those heads score highest, run full model.',
    worksWhen:
      'Small LM on needle prompts: evaluator heads found on pilot set generalise; 4x compression keeps >=95% accuracy where random pruning fails; prefill FLOPs reduced.',
  },
  {
    id: 'r3mem',
    title: 'R^3Mem: Bridging Memory Retention and Retrieval via Reversible Compression',
    arxiv: '2502.15957',
    year: 2025,
    system: 'R^3Mem',
    family: 'context-compression',
    kind: 'mechanism',
    fit: 'core',
    what: 'Reversible adapter stack compresses segments into virtual memory tokens, hierarchically document to entity; running it backward from memory reconstructs the raw text.',
    worksWhen:
      'Block inverse error <1e-5; 64-token segments held in 8 memory vectors reconstruct >95% of tokens on a small grammar corpus; removing backward-consistency training lowers it.',
  },
]
