/** The sequence operators behind the mechanisms, on plain tensors, each in its fast form. */
export * from './delta-rule.js'
export * from './gated-linear-attention.js'
export * from './gated-recurrence.js'
export * from './linear-attention.js'
export type { ChunkOptions, ScaleOption } from './options.js'
export * from './softmax-attention.js'
