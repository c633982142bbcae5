/** All papers that the survey knows, in the order of their families. */
import { attention } from './attention.js'
import { bioScience } from './bio-science.js'
import { contextCompression } from './context-compression.js'
import { convolutionMlp } from './convolution-mlp.js'
import { decodingAcceleration } from './decoding-acceleration.js'
import { evaluationTask } from './evaluation-task.js'
import { generationQuality } from './generation-quality.js'
import { interpretability } from './interpretability.js'
import { kvCache } from './kv-cache.js'
import { linearAttention } from './linear-attention.js'
import { linearizationDistillation } from './linearization-distillation.js'
import { lowrankAttention } from './lowrank-attention.js'
import { memoryLayersMoe } from './memory-layers-moe.js'
import { modelCompression } from './model-compression.js'
import { nlpApps } from './nlp-apps.js'
import type { Paper } from './paper.js'
import { parallelismSystems } from './parallelism-systems.js'
import { parameterEfficient } from './parameter-efficient.js'
import { position } from './position.js'
import { recsysSearchApps } from './recsys-search-apps.js'
import { recurrent } from './recurrent.js'
import { retrievalAugmented } from './retrieval-augmented.js'
import { rlAgents } from './rl-agents.js'
import { segmentMemory } from './segment-memory.js'
import { sparseAttention } from './sparse-attention.js'
import { speechAudio } from './speech-audio.js'
import { stateSpace } from './state-space.js'
import { surveyTheory } from './survey-theory.js'
import { textEmbedding } from './text-embedding.js'
import { timeSeries } from './time-series.js'
import { tokenizationHierarchical } from './tokenization-hierarchical.js'
import { trainingMethod } from './training-method.js'
import { videoMultimodal } from './video-multimodal.js'
import { vision } from './vision.js'

export * from './paper.js'
export * from './related.js'
export * from './search.js'
export * from './status.js'

export const catalogue: readonly Paper[] = [
  ...attention,
  ...sparseAttention,
  ...lowrankAttention,
  ...linearAttention,
  ...stateSpace,
  ...recurrent,
  ...convolutionMlp,
  ...segmentMemory,
  ...contextCompression,
  ...kvCache,
  ...position,
  ...memoryLayersMoe,
  ...tokenizationHierarchical,
  ...linearizationDistillation,
  ...trainingMethod,
  ...parameterEfficient,
  ...modelCompression,
  ...parallelismSystems,
  ...decodingAcceleration,
  ...generationQuality,
  ...retrievalAugmented,
  ...textEmbedding,
  ...interpretability,
  ...evaluationTask,
  ...surveyTheory,
  ...nlpApps,
  ...recsysSearchApps,
  ...rlAgents,
  ...vision,
  ...videoMultimodal,
  ...speechAudio,
  ...timeSeries,
  ...bioScience,
]

const byId = new Map(catalogue.map((paper) => [paper.id, paper]))

export const paperById = (id: string): Paper | undefined => byId.get(id)
