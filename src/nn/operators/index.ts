/** The sequence operators behind the mechanisms, on plain tensors, each in its fast form. */
export * from './delta-rule.js'
export * from './gla.js'
export * from './hgrn.js'
export * from './linear-attn.js'
export type { ChunkOptions, ScaleOption } from './options.js'
export * from './softmax-attn.js'
