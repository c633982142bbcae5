/** What language models are tested on beside their loss: probes, positions, and the texts they write. */
export * from './diversity.js'
export * from './position.js'
export * from './probe.js'
export * from './scorer.js'
