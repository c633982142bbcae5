/** The check of operators is itself checked: each kind of mistake in a definition is found. */
import { describe, expect, it } from 'vitest'
import { defineOperator, type Operator } from '#seqlab/engine/operator.js'
import { mul } from '#seqlab/engine/operators/elementwise.js'
import { stopGradient } from '#seqlab/engine/operators/reduce.js'
import { cast } from '#seqlab/engine/operators/selection.js'
import { cos, exp, neg, sin } from '#seqlab/engine/operators/unary.js'
import type { Tensor } from '#seqlab/engine/tensor.js'
import { apply } from '#seqlab/engine/trace.js'
import { checkOperator, type OperatorCase } from './harness.js'

/** A sine, right unless `mistake` says otherwise. */
function sine(mistake: Partial<Operator<null>>): OperatorCase {
  const operator = defineOperator<null>({
    name: 'sine',
    infer: ([x]) => [x],
    gradient: ({ inputs: [x], cotangents: [g] }) => [g && mul(g, cos(x))],
    reference: ([x]) => [Float64Array.from(x.data, Math.sin)],
    onnx: (lowering, [x]) => lowering.node('Sin', [x]),
    ...mistake,
  })
  return { name: 'sine', inputs: (random) => [random.normal([2, 3])], fn: (x) => apply(operator, [x], null)[0] }
}

const found = async (mistake: Partial<Operator<null>>) => (await checkOperator(sine(mistake))).join('\n')

describe('the check of operators', () => {
  it('passes a right definition', async () => {
    expect(await found({})).toBe('')
  })

  it('finds a lowering that computes something else', async () => {
    expect(await found({ onnx: (lowering, [x]) => lowering.node('Tanh', [x]) })).toMatch(
      /^value 0 on ONNX Runtime, simplified, 1 threads: element \d is/,
    )
  })

  it('finds a lowering that is off by more than 1e-5', async () => {
    const slightlyOff: Operator<null>['onnx'] = (lowering, [x]) =>
      lowering.node('Mul', [lowering.node('Sin', [x]), lowering.scalar(1 + 3e-5)])
    expect(await found({ onnx: slightlyOff })).toMatch(/value 0 on ONNX Runtime/)
  })

  it('finds a lowering with another shape', async () => {
    expect(await found({ onnx: (lowering, [x]) => lowering.node('Sin', [lowering.reshape(x, [6])]) })).toMatch(
      /f32\[6\], not f32\[2, 3\]/,
    )
  })

  it('finds a wrong gradient', async () => {
    expect(await found({ gradient: ({ inputs: [x], cotangents: [g] }) => [g && mul(g, neg(cos(x)))] })).toMatch(
      /gradient by input 0, element 0: .* by central differences/,
    )
  })

  it('finds a gradient that is off by more than 1e-6', async () => {
    expect(
      await found({ gradient: ({ inputs: [x], cotangents: [g] }) => [g && mul(g, mul(cos(x), 1 + 3e-6))] }),
    ).toMatch(/gradient by input 0/)
  })

  it('finds a missing gradient', async () => {
    expect(await found({ gradient: undefined })).toMatch(/gradient by input 0, element 0: 0, by central differences/)
  })

  it('finds a gradient that does not differentiate again by the input', async () => {
    const complaints = await found({
      gradient: ({ inputs: [x], cotangents: [g] }) => [g && mul(g, stopGradient(cos(x)))],
    })
    expect(complaints).toMatch(/^second derivative by input 0, element 0: 0, by central differences/)
  })

  it('finds a gradient that does not differentiate again by the cotangent', async () => {
    const complaints = await found({
      gradient: ({ inputs: [x], cotangents: [g] }) => [g && mul(stopGradient(g), cos(x))],
    })
    expect(complaints).toMatch(/^second derivative by cotangent 0, element 0: 0, by central differences/)
  })

  it('finds NaN', async () => {
    expect(await found({ reference: ([x]) => [Float64Array.from(x.data, () => Number.NaN)] })).toMatch(
      /value 0: the reference holds NaN/,
    )
  })

  it('compares with what is known otherwise', async () => {
    const wrong = { ...sine({}), expected: () => [[1, 2, 3, 4, 5, 6]], expectedGradients: [[0, 0, 0, 0, 0, 0]] }
    expect((await checkOperator(wrong)).map((line) => line.slice(0, 27))).toEqual([
      'value 0 of the reference: e',
      'gradient 0 of the reference',
    ])
  })

  it('compares integers exactly', async () => {
    const large = {
      name: 'large',
      inputs: () => [{ shape: [1], dtype: 'i32', data: Int32Array.of(2 ** 24 + 1) }],
      fn: (x: Tensor) => cast(cast(x, 'f32'), 'i32'),
    } as const satisfies OperatorCase
    expect((await checkOperator(large)).join('\n')).toMatch(/is 16777216, not 16777217/)
  })

  it('compares infinities', async () => {
    const overflow: OperatorCase = {
      name: 'overflow',
      inputs: () => [{ shape: [1], dtype: 'f32', data: Float32Array.of(100) }],
      fn: (x) => exp(x),
      differentiable: false,
    }
    expect((await checkOperator(overflow)).join('\n')).toMatch(/is Infinity, not 2.68/)
  })

  it('leaves differences out at a kink', async () => {
    const kinked = {
      ...sine({ gradient: ({ inputs: [x], cotangents: [g] }) => [g && mul(g, sin(x))] }),
      kinks: 'pretended',
    }
    expect(await checkOperator(kinked)).toEqual([])
  })
})
