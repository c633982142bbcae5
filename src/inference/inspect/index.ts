/** Looking inside a model at work on a text. */
export * from './by-token.js'
export * from './choices.js'
export * from './contributions.js'
export * from './course.js'
export * from './similarity.js'
export * from './steps.js'
export type { Subject } from './subject.js'
export * from './whole.js'
