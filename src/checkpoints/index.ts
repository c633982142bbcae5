/** Checkpoints in the layout of Hugging Face: read as models of the registry's mechanisms, written, and verified. */
export * from './architecture.js'
export { architectures } from './architectures/index.js'
export {
  loadModel,
  loadNetwork,
  type OpenCheckpoint,
  openCheckpoint,
  openModel,
  readParameter,
  readParameters,
} from './open.js'
export { type CheckpointVerdict, checkpointLimits, verifyCheckpoint } from './verify.js'
export { architectureFor, storedTensors, type Written, writeCheckpoint } from './write.js'
