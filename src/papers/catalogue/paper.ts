/** A row of the catalogue. */

/** What a paper is about, and the file of the catalogue that it stands in. */
export const families = [
  'attention',
  'sparse-attention',
  'lowrank-attention',
  'linear-attention',
  'state-space',
  'recurrent',
  'convolution-mlp',
  'segment-memory',
  'context-compression',
  'kv-cache',
  'position',
  'memory-layers-moe',
  'tokenization-hierarchical',
  'linearization-distillation',
  'training-method',
  'parameter-efficient',
  'model-compression',
  'parallelism-systems',
  'decoding-acceleration',
  'generation-quality',
  'retrieval-augmented',
  'text-embedding',
  'interpretability',
  'evaluation-task',
  'survey-theory',
  'nlp-apps',
  'recsys-search-apps',
  'rl-agents',
  'vision',
  'video-multimodal',
  'speech-audio',
  'time-series',
  'bio-science',
] as const

export type Family = (typeof families)[number]

export interface Paper {
  readonly id: string
  readonly title: string
  readonly arxiv?: string
  readonly year: number
  /** What the authors call the thing. */
  readonly system?: string
  readonly family: Family
  readonly kind: 'mechanism' | 'method' | 'study' | 'task' | 'application'
  /**
   * How it fits an executable survey: its core can be built; a small part of it can, behind an adapter for what it works
   * on; its finding can be measured again; or it is out.
   */
  readonly fit: 'core' | 'adapter' | 'study' | 'out'
  /** The idea, as one would build it. */
  readonly what: string
  /** The figures that it is known for. */
  readonly headline?: string
  /** What must be measured for it to count as working here; a demonstration may replace it, and says so. */
  readonly worksWhen?: string
  /** Why it is left out. */
  readonly out?: string
}
