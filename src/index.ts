/**
 * seqlab in Node: what it takes to train a model and generate with it. Everything below is public too, under the
 * package's subpaths (`seqlab/engine`, `seqlab/nn`, …).
 */
import { setPlatform } from './platform/index.js'
import { nodePlatform } from './platform/node.js'

setPlatform(nodePlatform)

export { loadModel, loadNetwork, verifyCheckpoint, writeCheckpoint } from './checkpoints/index.js'
export { openCorpus, openSplit, packDocuments, parseTokenizer, streams, trainBpe, windows } from './data/index.js'
export { onnxExecutor } from './engine/index.js'
export {
  checkMechanism,
  compare,
  renderFigure,
  renderReport,
  runJob,
  studyPresets,
  verifyOperator,
  writeReport,
  writeStudy,
} from './evaluation/index.js'
export { createDecoder, exportOnnx, generate, writeTarget } from './inference/index.js'
export { channelMixers, defineChannelMixer, defineMixer, mixers } from './mechanisms/index.js'
export { createModel, preset, presets, resolveConfig } from './models/index.js'
export { catalogue, demonstrations, paperById, runDemonstration } from './papers/index.js'
export { type LoadedModel, load } from './serving/index.js'
export { chooseTask, corpora, defineProbe, defineTask, defineText, generated, loaded, tasks } from './tasks/index.js'
export {
  adamW,
  createRun,
  createSession,
  loadCheckpoint,
  resumeRun,
  saveCheckpoint,
  sgd,
  train,
  trainingFlops,
} from './training/index.js'
