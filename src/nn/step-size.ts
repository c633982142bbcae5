/** Step sizes of state spaces: positive numbers that start log-uniform in a range. */
import type { Initializer } from './initializers.js'

/** Offsets whose softplus is log-uniform between the bounds: Gu and Dao 2023, arXiv:2312.00752, section 3.6. */
export const stepOffsets =
  (smallest: number, largest: number): Initializer =>
  (shape, random) =>
    Float32Array.from({ length: shape[0] }, () => Math.log(Math.expm1(smallest * (largest / smallest) ** random())))
