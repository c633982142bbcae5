/** The catalogue of papers, and a demonstration of each that works here. */
export * from './catalogue/index.js'
export * from './demonstration.js'
export * from './demonstrations/index.js'
export * from './mechanisms.js'
export * from './results.js'
export * from './run.js'
