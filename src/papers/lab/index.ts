/** What demonstrations are made with. */

export * from './classifier.js'
export * from './compute.js'
export * from './forms.js'
export * from './learn.js'
export * from './network.js'
export * from './timing.js'
export * from './token-by-token.js'
export * from './untrained.js'
