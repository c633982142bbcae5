/** What control flow leaves in a program: recomputed nodes, loops, names. */
import { describe, expect, it } from 'vitest'
import { gradients } from '#seqlab/engine/gradient.js'
import { checkpoint, name, scope } from '#seqlab/engine/operators/control.js'
import { add } from '#seqlab/engine/operators/elementwise.js'
import { sum } from '#seqlab/engine/operators/reduce.js'
import { scan } from '#seqlab/engine/operators/scan.js'
import { exp, sin } from '#seqlab/engine/operators/unary.js'
import { runReference } from '#seqlab/engine/reference.js'
import { simplify } from '#seqlab/engine/simplify.js'
import type { Program, Tensor } from '#seqlab/engine/tensor.js'
import { trace } from '#seqlab/engine/trace.js'
import { f32 } from './random.js'

const vector = f32([3], [0.1, 0.2, 0.3])
const count = (program: Program, operator: string) =>
  program.nodes.filter((node) => node.operator.name === operator).length
const slope = (fn: (x: Tensor) => Tensor) => simplify(trace((x: Tensor) => gradients(sum(fn(x)), x), vector))

describe('simplification', () => {
  it('keeps what a checkpoint computes again apart from the first computation', () => {
    const layers = (x: Tensor) => exp(sin(exp(sin(x))))
    expect(count(slope(layers), 'sin')).toBe(2)
    expect(
      count(
        slope((x) => sin(checkpoint((x) => [layers(x)], [x])[0])),
        'exp',
      ),
    ).toBe(4)
  })

  it('merges what is computed twice without a checkpoint', () => {
    expect(count(simplify(trace((x: Tensor) => add(exp(sin(x)), exp(sin(x))), vector)), 'exp')).toBe(1)
  })

  it('drops what no output depends on', () => {
    const program = trace((x: Tensor) => {
      exp(x)
      return sin(x)
    }, vector)
    expect(simplify(program).nodes).toHaveLength(1)
  })

  it('drops what a loop stacks and nobody reads', () => {
    const program = trace((x: Tensor) => {
      const body = (h: Tensor) => ({ carry: sin(h), y: [exp(h), h] as [Tensor, Tensor] })
      return scan(body, x, [], { length: 9 }).ys[1]
    }, vector)
    const [loop] = simplify(program).nodes.filter((node) => node.operator.name === 'scan')
    expect(loop.outputs).toHaveLength(2)
    expect(count((loop.attributes as { body: Program }).body, 'exp')).toBe(0)
  })

  it('unrolls 8 steps and keeps 9 as a loop', () => {
    const looped = (length: number) =>
      simplify(
        trace((x: Tensor) => scan((h: Tensor) => ({ carry: sin(h), y: undefined }), x, [], { length }).carry, vector),
      )
    expect([count(looped(8), 'scan'), count(looped(8), 'sin')]).toEqual([0, 8])
    expect([count(looped(9), 'scan'), count(looped(9), 'sin')]).toEqual([1, 0])
  })
})

describe('a name', () => {
  const named = (program: Program, label: string) => {
    const tensor = program.named.get(label)
    return tensor && Array.from(runReference({ ...program, outputs: [tensor] }, [vector])[0].data)
  }
  const wave = Array.from(vector.data, Math.sin)

  it('gives the tensor to whoever asks for it, with its scopes', () => {
    const program = trace((x: Tensor) => scope('block', () => scope('mixer', () => exp(name(sin(x), 'wave')))), vector)
    expect([...program.named.keys()]).toEqual(['block.mixer.wave'])
    expect(named(program, 'block.mixer.wave')).toEqual(wave)
  })

  it('given twice is numbered', () => {
    const program = trace((x: Tensor) => add(name(sin(x), 'wave'), name(exp(x), 'wave')), vector)
    expect([...program.named.keys()]).toEqual(['wave', 'wave#2'])
  })

  it('leaves its scope where the body fails', () => {
    const broken = () => {
      throw new Error('on purpose')
    }
    expect(() => trace(() => scope('broken', broken), vector)).toThrow('on purpose')
    expect([...trace((x: Tensor) => name(sin(x), 'wave'), vector).named.keys()]).toEqual(['wave'])
  })

  it('survives simplification', () => {
    const program = simplify(trace((x: Tensor) => exp(name(sin(x), 'wave')), vector))
    expect(named(program, 'wave')).toEqual(wave)
  })

  it('given inside a checkpoint is found after simplification, with gradients too', () => {
    const layer = (x: Tensor) => checkpoint((x) => [exp(name(sin(x), 'wave'))], [x])[0]
    expect(named(simplify(trace(layer, vector)), 'wave')).toEqual(wave)
    expect(named(slope(layer), 'wave')).toEqual(wave)
  })
})
