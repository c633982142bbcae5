/** Generation: decoding state, sampling, stop strings, what it costs; export. */
export * from './beam.js'
export * from './decoder.js'
export * from './export/onnx.js'
export * from './generate.js'
export * from './sampling.js'
export * from './speculative.js'
export * from './statistics.js'
export * from './stop.js'
