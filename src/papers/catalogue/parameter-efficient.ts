/** The papers of the family parameter-efficient. */
import type { Paper } from './paper.js'

export const parameterEfficient: readonly Paper[] = [
  {
    id: 'polyhistor',
    title: 'Polyhistor: Parameter-Efficient Multi-Task Adaptation for Dense Vision Tasks',
    arxiv: '2210.03265',
    year: 2022,
    system: 'Polyhistor',
    family: 'parameter-efficient',
    kind: 'method',
    fit: 'adapter',
    what: 'Hypernetworks with low-rank decomposed outputs generate task template kernels; Kronecker product with per-layer scaling kernels yields adapters for every width in a hierarchical transformer.',
    headline:
      'Competitive accuracy with ~10% of the trainable parameters of state-of-the-art methods (four dense vision tasks)',
    worksWhen:
      'Tiny pretrained encoder, four synthetic dense tasks: shared hypernetwork adapters within 2% of separate adapters using at most 25% of trainable parameters; base weights bit-identical.',
  },
  {
    id: 'deft',
    title: 'From PEFT to DEFT: Parameter Efficient Finetuning for Reducing Activation Density in Transformers',
    arxiv: '2402.01911',
    year: 2024,
    system: 'DEFT',
    family: 'parameter-efficient',
    kind: 'method',
    fit: 'core',
    what: 'Adds to adapter/LoRA/prompt tuning a differentiable density penalty (smoothed count of nonzero FFN activations), lowering the fraction of active intermediate neurons.',
    headline: 'activation density down up to 50.72% (RoBERTa-Large); 53.19% encoder, 90.60% decoder (Flan-T5-XXL 11B)',
    worksWhen:
      'LoRA with density loss on a small pretrained ReLU model cuts nonzero FFN activations by 40% at under 1 point accuracy loss; skip-zero matmul gives matching outputs faster.',
  },
  {
    id: 'petl-ast',
    title: 'Parameter-Efficient Transfer Learning of Audio Spectrogram Transformers',
    arxiv: '2312.03694',
    year: 2023,
    system: 'PETL-AST',
    family: 'parameter-efficient',
    kind: 'study',
    fit: 'adapter',
    what: 'Compares adapters, LoRA, prompt, prefix and bias tuning for a pretrained audio spectrogram transformer, studying adapter placement, residuals and few-shot use; adapters win.',
    worksWhen:
      'Small spectrogram transformer pretrained on synthetic tones, adapted to new timbre classes: all methods run at matched trainable parameters; adapters at least match LoRA and prompts, beat linear probe.',
  },
  {
    id: 'learnable-memory-tokens',
    title: 'Fine-tuning Image Transformers using Learnable Memory',
    arxiv: '2203.15243',
    year: 2022,
    system: 'Learnable memory tokens',
    family: 'parameter-efficient',
    kind: 'mechanism',
    fit: 'adapter',
    what: 'Append a few learned tokens at every frozen transformer layer; attention masks hide new memories from old tokens, so several tasks share one pass.',
    worksWhen:
      'On a small pretrained encoder, per-layer memory tokens beat head-only tuning and approach full tuning; with masking, old-task logits are bit-for-bit unchanged after adding a task.',
  },
  {
    id: 'masking',
    title: 'Masking as an Efficient Alternative to Finetuning for Pretrained Language Models',
    arxiv: '2004.12406',
    year: 2020,
    system: 'Masking',
    family: 'parameter-efficient',
    kind: 'method',
    fit: 'core',
    what: 'Freeze pretrained weights; learn per-weight real scores thresholded to a binary mask with straight-through gradients; store one bit per weight per task.',
    worksWhen:
      'Binary masks on a small pretrained encoder match full fine-tuning within 2 points on several tasks, with per-task storage 1/32 of fp32; mask-finetune line path stays flat.',
  },
]
