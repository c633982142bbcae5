/** The papers of the family linearization-distillation. */
import type { Paper } from './paper.js'

export const linearizationDistillation: readonly Paper[] = [
  {
    id: 'hedgehog',
    title: 'The Hedgehog & the Porcupine: Expressive Linear Attentions with Softmax Mimicry',
    arxiv: '2402.04347',
    year: 2024,
    system: 'Hedgehog',
    family: 'linearization-distillation',
    kind: 'mechanism',
    fit: 'core',
    what: 'Per-head trainable feature map phi(x)=[softmax(Wx),softmax(-Wx)] in linear attention, trained by cross-entropy to softmax attention weights, then task fine-tuning.',
    headline:
      '>99% of Transformer quality; up to 6 ppl better on WikiText-103 and 8.7 GLUE over prior linear attentions; GPT-2 125M conversion 16.7 ppl; Llama-2 7B +28.1 ROUGE-1',
    worksWhen:
      'Convert a trained tiny GPT: attention-map KL at least 3x below elu+1; perplexity within 3% of softmax; recurrent and parallel forms agree to 1e-5.',
  },
  {
    id: 'liger',
    title: 'Liger: Linearizing Large Language Models to Gated Recurrent Structures',
    arxiv: '2503.01496',
    year: 2025,
    system: 'Liger',
    family: 'linearization-distillation',
    kind: 'method',
    fit: 'core',
    what: 'Convert softmax attention to gated linear recurrence, deriving gates parameter-free from pooled pretrained key projections; add sliding-window softmax mix (Liger Attention); LoRA fine-tune.',
    headline: 'recovers 93% of the Transformer LLM at 0.02% of pretraining tokens; models 1B-8B',
    worksWhen:
      'Small Transformer converted to gated recurrence with zero new weights; after LoRA on 1-2% of pretraining tokens, hybrid closes over 80% of the perplexity gap.',
  },
  {
    id: 'mohawk',
    title: 'Transformers to SSMs: Distilling Quadratic Knowledge to Subquadratic Models',
    arxiv: '2408.10189',
    year: 2024,
    system: 'MOHAWK (Phi-Mamba)',
    family: 'linearization-distillation',
    kind: 'method',
    fit: 'core',
    what: 'Three stages: match SSM mixing matrix to teacher attention matrix (Frobenius), then block outputs on teacher inputs, then end-to-end distil logits with transferred MLP/embeddings.',
    headline:
      'Phi-Mamba distilled with 3B tokens, hybrid with 5B; under 1% of usual training data, stronger than past open non-Transformers',
    worksWhen:
      "Distil a small Transformer into Mamba-2 layers: three-stage beats logits-only and from-scratch at equal tokens; each stage's matching loss falls; keeping a few attention layers helps more.",
  },
  {
    id: 'laughing-hyena',
    title: 'Laughing Hyena Distillery: Extracting Compact Recurrences From Convolutions',
    arxiv: '2310.18780',
    year: 2023,
    system: 'LaughingHyena',
    family: 'linearization-distillation',
    kind: 'method',
    fit: 'core',
    what: 'Fit each long-convolution filter with low-order diagonal complex SSM (rational interpolation/model reduction; Hankel spectrum gives order); MultiHyena ties filters across heads.',
    headline: '10x throughput vs Transformers and 1.5x vs Hyena at 1.3B, no quality loss after distillation',
    worksWhen:
      'Train small Hyena, distil filters to order 16: relative filter error <1e-2, recurrent and convolution logits agree, perplexity change <1%, per-token cost flat in context length.',
  },
  {
    id: 'recurformer',
    title: 'RecurFormer: Not All Transformer Heads Need Self-Attention',
    arxiv: '2410.12850',
    year: 2024,
    system: 'RecurFormer',
    family: 'linearization-distillation',
    kind: 'mechanism',
    fit: 'core',
    what: 'Rank heads by share of attention mass near the query; replace recency-dominated heads with Mamba heads, keep the rest as attention, continue training.',
    worksWhen:
      'Small trained LM: replacing the 50% most recency-biased heads plus short retraining keeps loss within 2% and halves KV bytes; replacing least-recent heads is worse.',
  },
  {
    id: 'lolcats',
    title: 'LoLCATs: On Low-Rank Linearizing of Large Language Models',
    arxiv: '2410.10254',
    year: 2024,
    system: 'LoLCATs',
    family: 'linearization-distillation',
    kind: 'method',
    fit: 'core',
    what: 'Swap softmax for learned-feature-map linear attention, trained layerwise to match softmax attention outputs by MSE; then LoRA-tune with next-token loss.',
    headline:
      '+20 points 5-shot MMLU (Llama 3 8B, Mistral 7B); 0.2% of parameters, 0.4% of tokens; first linearised 70B/405B, closing 77.8%/78.1% of gap',
    worksWhen:
      'Small softmax LM: attention transfer cuts layer MSE >=5x, LoRA then recovers >=80% of the loss gap, far above swapping without transfer; constant-memory decode.',
  },
]
