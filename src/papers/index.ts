/** The catalogue of papers, and a demonstration of each that works here. */
export * from './demonstration.js'
export * from './demonstrations/index.js'
export * from './run.js'
