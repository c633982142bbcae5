/** What demonstrations are made with. */
export * from './compute.js'
export * from './forms.js'
export * from './learn.js'
