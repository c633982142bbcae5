/** A use of scan, to be run at several lengths. */
import type { ScanOptions } from '#seqlab/engine/operators/scan.js'
import type { Tensor } from '#seqlab/engine/tensor.js'

export interface Loop {
  readonly about: string
  /** Shapes of the inputs; 'T' stands for the number of steps. */
  readonly shapes: readonly (readonly (number | 'T')[])[]
  readonly fn: (options: ScanOptions, ...tensors: Tensor[]) => readonly Tensor[]
}
