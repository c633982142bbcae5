import { expect, it } from 'vitest'
import { grad, runReference, sum, trace } from '#seqlab/engine/index.js'
import { leakyIntegrateAndFire, spike } from '#seqlab/nn/spiking.js'

const data = (shape: number[], values: number[]) => ({ shape, dtype: 'f32', data: Float32Array.from(values) }) as const

it('a neuron adds up what it hears, fires at its threshold and begins again at 0', () => {
  const x = data([1, 6, 1], [1, 1, 1, 0, 4, 0])
  const [spikes] = runReference(
    trace((x) => [leakyIntegrateAndFire(x, 0.8)], x),
    [x],
  )
  // Potentials ½, ¾, ⅞ (fires), 0, 2 (fires), 0.
  expect([...spikes.data]).toEqual([0, 0, 1, 0, 1, 0])
})

it('a spike passes the gradient of a sigmoid', () => {
  const x = data([3], [0, 1, 2])
  const [slopes] = runReference(
    trace((x) => [grad((v: typeof x) => sum(spike(v, 1)))(x)], x),
    [x],
  )
  const sigmoid = (v: number) => 1 / (1 + Math.exp(-4 * v))
  for (const [i, v] of [-1, 0, 1].entries()) {
    expect(slopes.data[i]).toBeCloseTo(4 * sigmoid(v) * (1 - sigmoid(v)), 12)
  }
})
