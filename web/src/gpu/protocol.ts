/** What the worker of the self-check tells. */
export type FromCheck =
  | { readonly kind: 'adapter'; readonly name: string; readonly isSoftware: boolean }
  /** The largest difference between the losses of both executors. */
  | { readonly kind: 'compared'; readonly difference: number }
  | { readonly kind: 'failed'; readonly why: string }

/** Steps of the tiny model, and how far a loss on WebGPU may be from that on WASM. */
export const checkSteps = 3
export const tolerance = 1e-4
