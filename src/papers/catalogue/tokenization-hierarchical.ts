/** The papers of the family tokenization-hierarchical. */
import type { Paper } from './paper.js'

export const tokenizationHierarchical: readonly Paper[] = [
  {
    id: 'semtoken',
    title: 'SemToken: Semantic-Aware Tokenization for Efficient Long-Context Language Modeling',
    arxiv: '2508.15190',
    year: 2025,
    system: 'SemToken',
    family: 'tokenization-hierarchical',
    kind: 'method',
    fit: 'core',
    what: 'Light encoder embeds tokens; adjacent tokens with high similarity are merged into one; merge threshold loosens in low-semantic-density spans and tightens in dense ones.',
    headline:
      'Up to 2.4x fewer tokens and 1.9x speedup with negligible perplexity/accuracy loss (WikiText-103, LongBench)',
    worksWhen:
      'Synthetic text with redundant spans: at least 2x fewer tokens, merges concentrated in redundant spans, loss per original character on informative spans within 3%, prefill faster.',
  },
  {
    id: 'hierarchical-autoregressive-transformers-combining-byte-and',
    title:
      'Hierarchical Autoregressive Transformers: Combining Byte-~and Word-Level Processing for Robust, Adaptable Language Models',
    arxiv: '2501.10322',
    year: 2025,
    system: 'Hierarchical Autoregressive Transformer (HAT)',
    family: 'tokenization-hierarchical',
    kind: 'mechanism',
    fit: 'core',
    what: 'Byte encoder pools each whitespace-delimited word into one vector; causal word-level backbone predicts next-word vector; small byte decoder spells it out until end-of-word.',
    headline:
      'up to 7B parameters: matches subword models downstream; almost twice as fast in continued pretraining on an out-of-domain language',
    worksWhen:
      'On small English text, bits-per-byte is within 3% of a matched-FLOP BPE Transformer; under 10% character noise its loss degrades less than half as much.',
  },
  {
    id: 'counting-ability-of-large-language-models',
    title: 'Counting Ability of Large Language Models and Impact of Tokenization',
    arxiv: '2410.19730',
    year: 2024,
    family: 'tokenization-hierarchical',
    kind: 'study',
    fit: 'study',
    what: 'Measures letter counting under chain-of-thought with different token boundaries (BPE chunks versus delimiter-separated characters), arguing tokenisation removes the inductive counting that CoT provides.',
    worksWhen:
      'Same small LM trained with CoT on letter counting under char, delimited and BPE tokenisers: char exceeds 95%, BPE trails by 20+ points, gap growing with length.',
  },
  {
    id: 'megabyte',
    title: 'MEGABYTE: Predicting Million-byte Sequences with Multiscale Transformers',
    arxiv: '2305.07185',
    year: 2023,
    system: 'MEGABYTE',
    family: 'tokenization-hierarchical',
    kind: 'mechanism',
    fit: 'core',
    what: 'Embed P-byte patches; global causal Transformer over patches; small local Transformer decodes bytes within each patch from shifted global output plus byte embeddings.',
    headline: 'models over 1M bytes; competitive with subword models; state-of-the-art density estimation on ImageNet',
    worksWhen:
      'Causality test passes per byte; at equal FLOPs on 8k-byte text, bits-per-byte beats flat byte Transformer; attention cost scales sub-quadratically in measured FLOPs.',
  },
  {
    id: 'sentencevae',
    title:
      'SentenceVAE: Enable Next-sentence Prediction for Large Language Models with Faster Speed, Higher Accuracy and Longer Context',
    arxiv: '2408.00655',
    year: 2024,
    system: 'SentenceVAE',
    family: 'tokenization-hierarchical',
    kind: 'mechanism',
    fit: 'core',
    what: "Sentence encoder fuses a sentence's tokens into one vector; LLM body predicts next sentence vector; sentence decoder expands it; boolean head stops.",
    headline: 'inference 204-365% faster; perplexity 46-75% of original; memory overhead down 86-91% (Wanjuan)',
    worksWhen:
      'Toy-story corpus: sentence autoencoding exact match >0.95; body runs one step per sentence; tokens/s above token-level LM; report honest bits-per-byte beside it.',
  },
  {
    id: 'mambabyte',
    title: 'MambaByte: Token-free Selective State Space Model',
    arxiv: '2401.13660',
    year: 2024,
    system: 'MambaByte',
    family: 'tokenization-hierarchical',
    kind: 'mechanism',
    fit: 'core',
    what: 'Mamba selective SSM trained autoregressively on raw bytes with no tokenizer; constant-size state gives linear scaling; speculative decoding with subword drafts in later version.',
    worksWhen:
      'Recurrent and scan forms agree to 1e-4; equal-FLOP bits-per-byte beats byte Transformer; typo-noised text degrades less than BPE model; per-byte time constant.',
  },
  {
    id: 'large-concept-model',
    title: 'Large Concept Models: Language Modeling in a Sentence Representation Space',
    arxiv: '2412.08821',
    year: 2024,
    system: 'Large Concept Model',
    family: 'tokenization-hierarchical',
    kind: 'mechanism',
    fit: 'core',
    what: 'Segment into sentences, encode with frozen sentence autoencoder (SONAR); autoregressive Transformer predicts next embedding by MSE, diffusion, or residual-quantised codes; decode to text.',
    headline: '1.6B models on 1.3T tokens, 7B on 2.7T; zero-shot generalisation to many languages beats same-size LLMs',
    worksWhen:
      'Own sentence autoencoder (>0.95 exact) on templated stories: next-sentence retrieval accuracy of diffusion or quantised head exceeds MSE on multi-modal continuations.',
  },
  {
    id: 'block-transformer',
    title: 'Block Transformer: Global-to-Local Language Modeling for Fast Inference',
    arxiv: '2406.02657',
    year: 2024,
    system: 'Block Transformer',
    family: 'tokenization-hierarchical',
    kind: 'mechanism',
    fit: 'core',
    what: 'Embed each fixed block of tokens to one vector; causal block decoder attends across blocks; local decoder generates the next block from that context vector.',
    headline: '10-20x inference throughput versus vanilla transformers at equivalent perplexity',
    worksWhen:
      'Block length 4: KV bytes per token fall >=4x versus vanilla; batched decoding >=2x faster at byte-LM loss within 0.05 nats (parameters may be larger).',
  },
  {
    id: 'tokenization-bias',
    title: 'Understanding and Mitigating Tokenization Bias in Language Models',
    arxiv: '2406.16829',
    year: 2024,
    family: 'tokenization-hierarchical',
    kind: 'method',
    fit: 'core',
    what: 'Turn a tokenised LM into an unbiased character-level conditional by summing probabilities of all token sequences covering the prompt, recursing over maximal-prefix splits.',
    headline:
      'Model runs linear in sequence length for maximum-prefix encoding; accurately recovers Markov-chain transition probabilities',
    worksWhen:
      'Order-k Markov source, BPE/MPE-tokenised small LM: corrected next-character probabilities within 0.02 of truth; naive prompting ending mid-token errs >0.2.',
  },
  {
    id: 'dynamic-tokenization',
    title: 'Retrofitting (Large) Language Models with Dynamic Tokenization',
    arxiv: '2411.18553',
    year: 2024,
    family: 'tokenization-hierarchical',
    kind: 'method',
    fit: 'core',
    what: 'Merge frequent subword sequences per batch, BPE-like; hypernetwork predicts merged-token embeddings from parts; decoder generates over huge dynamic vocabulary through nearest-neighbour index.',
    headline:
      'Over 20% shorter on 14 XNLI languages with <2% loss (XLM-R); up to 40% prefill reduction (Mistral-7B); 1M-token vocabulary',
    worksWhen:
      'Small LM with trained embedding hypernetwork: >=20% shorter inputs, task accuracy within 2 points; averaging parts instead loses more; indexed decoding matches exact argmax >=95%.',
  },
  {
    id: 'equal-info-windows',
    title: 'Training LLMs over Neurally Compressed Text',
    arxiv: '2404.03626',
    year: 2024,
    system: 'Equal-Info Windows',
    family: 'tokenization-hierarchical',
    kind: 'method',
    fit: 'core',
    what: "Arithmetic-code text using a small LM, resetting coder and LM context whenever output fills a fixed bit-length window; window bits become a second LM's tokens.",
    headline:
      'Beats byte-level baselines on perplexity and inference speed; worse perplexity than subwords at equal parameters (no figures)',
    worksWhen:
      'Lossless round trip; LM over 16-bit equal-info windows gets below uniform loss and improves with size; unreset arithmetic-coded stream stays near uniform entropy.',
  },
]
