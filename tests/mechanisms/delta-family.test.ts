/** Published special cases of mixers with the delta rule and of PaTH attention, in float64. */
import { expect, it } from 'vitest'
import { full, runReference, scalar, type Tensor, trace } from '#seqlab/engine/index.js'
import {
  deltaNet,
  deltaProduct,
  type Mixer,
  pathAttention,
  type StateLeaf,
  softmaxAttention,
} from '#seqlab/mechanisms/index.js'
import { alone, drawn, type Tensors } from '#seqlab/papers/demonstrations/recurrent/alone.js'

const dim = 8
const features = { path: 'x', shape: [2, 11, dim] }

/** The output of a mixer with one head, on random features and parameters but for those that are set. */
function output(
  mixer: Mixer,
  settings: Readonly<Record<string, unknown>>,
  set: Readonly<Record<string, number>> = {},
): ArrayLike<number> {
  const net = alone(mixer, settings, dim)
  const values = drawn(3, [features, ...net.parameters])
  for (const [path, value] of Object.entries(set)) values[path].data.fill(value)
  const config = { heads: 1, ...(mixer.config.parse(settings) as object), dim, bias: false }
  const program = trace((all: Tensors): Tensor => {
    const leaves: Record<string, StateLeaf | undefined> = mixer.state(config, { batch: 2, capacity: 0 })
    const there = Object.entries(leaves).filter((entry): entry is [string, StateLeaf] => entry[1] !== undefined)
    const start = there.map(([name, { shape, dtype, change }]) => {
      const nothing = full(shape, 0, dtype)
      return [name, change === 'replace' ? nothing : { buffer: nothing, used: scalar(0, 'i32') }]
    })
    return net.run(all, all.x, Object.fromEntries(start)).y
  }, values)
  return runReference(program, Object.values(values))[0].data
}

function expectEqual(actual: ArrayLike<number>, expected: ArrayLike<number>): void {
  expect(actual.length).toBe(expected.length)
  expect(Math.max(...Array.from(expected, (value, i) => Math.abs(value - actual[i])))).toBeLessThan(1e-12)
}

it.each(['[0,1]', '[-1,1]'])('DeltaProduct of one step is DeltaNet, with eigenvalues in %s', (eigenvalues) => {
  const settings = { eigenvalues, convolution: 4 }
  expectEqual(output(deltaProduct, { ...settings, steps: 1 }), output(deltaNet, settings))
})

it('PaTH attention whose matrices are the identity is softmax attention without positions', () => {
  const nothing = { 'strength.weight': 0, 'strength.bias': -1e3 }
  expectEqual(output(pathAttention, {}, nothing), output(softmaxAttention, { rotary: false }))
})
