/** Models put together from a configuration. */
export * from './assign.js'
export * from './config.js'
export * from './model.js'
export * from './parse.js'
export * from './positions.js'
export * from './presets.js'
export * from './state.js'
