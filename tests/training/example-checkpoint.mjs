/** A checkpoint whose every number follows from its step, so that a loaded one can be recognised as whole. */
export function exampleCheckpoint(step, size = 64) {
  const fill = (offset) => Float32Array.from({ length: size }, (_, i) => step * 1000 + offset + i / 7)
  return {
    step,
    weights: {
      'blocks.0.query': { dtype: 'f32', shape: [size / 8, 8], data: fill(0) },
      scale: { dtype: 'f32', shape: [], data: Float32Array.of(step) },
    },
    training: {
      'moments.first.blocks.0.query': { dtype: 'f32', shape: [size / 8, 8], data: fill(1) },
      'carried.mask': { dtype: 'bool', shape: [3], data: Uint8Array.of(1, 0, step % 2) },
      'carried.position': { dtype: 'i32', shape: [2], data: Int32Array.of(step, -step) },
    },
    progress: { random: { counter: step * 3 }, stopping: { loss: 1.5 / (step + 1), waited: step }, note: 'é' },
  }
}
