/** Benchmarks: cases, their workloads, and the measuring. */
export * from './cases.js'
export * from './figures.js'
export * from './frame.js'
export * from './measure.js'
export * from './side.js'
export * from './table.js'
