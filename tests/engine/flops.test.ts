import { describe, expect, it } from 'vitest'
import {
  add,
  boundedWhile,
  checkpoint,
  constant,
  conv1d,
  countFlops,
  customGradient,
  depthwiseConv1d,
  einsum,
  exp,
  fftConvolution,
  gather,
  gradients,
  layerNorm,
  less,
  linearRecurrence,
  matmul,
  mul,
  relu,
  scalar,
  scan,
  simplify,
  softmax,
  sum,
  type Tensor,
  trace,
  unitLowerInverse,
} from '#seqlab/engine/index.js'

const f32 = (...shape: number[]) => ({ shape, dtype: 'f32' as const })

describe('operators that count', () => {
  it('matmul: two for each of the M · K · N multiply-adds of every batch entry, read transposed or not', () => {
    expect(countFlops(trace((a: Tensor, b: Tensor) => matmul(a, b), f32(3, 5), f32(5, 7)))).toBe(2 * 3 * 5 * 7)
    const swapped = (a: Tensor, b: Tensor) => matmul(a, b, { transposeA: true, transposeB: true, scale: 2 })
    expect(countFlops(trace(swapped, f32(5, 3), f32(7, 5)))).toBe(2 * 3 * 5 * 7)
    expect(countFlops(trace((a: Tensor, b: Tensor) => matmul(a, b), f32(2, 1, 3, 5), f32(4, 5, 7)))).toBe(
      2 * 8 * 3 * 5 * 7,
    )
    expect(countFlops(trace((a: Tensor, b: Tensor) => matmul(a, b), f32(3, 0), f32(0, 7)))).toBe(0)
  })

  it('affine, which simplification makes of a product and a sum: as its product', () => {
    const program = simplify(
      trace((x: Tensor, w: Tensor, b: Tensor) => add(matmul(x, w), b), f32(2, 3, 5), f32(5, 7), f32(7)),
    )
    expect(program.nodes.map(({ operator }) => operator.name)).toContain('affine')
    expect(countFlops(program)).toBe(2 * 6 * 5 * 7)
  })

  it('unitLowerInverse: two for each multiply-add of forward substitution, counted one by one', () => {
    for (const C of [1, 2, 5, 16]) {
      let multiplyAdds = 0
      for (let column = 0; column < C; column++)
        for (let row = column + 1; row < C; row++) for (let k = column; k < row; k++) multiplyAdds++
      expect(countFlops(trace((a: Tensor) => unitLowerInverse(a), f32(2, 3, C, C)))).toBeCloseTo(
        2 * 6 * multiplyAdds,
        6,
      )
    }
  })

  it('convolutions, sums of products and Fourier transforms: as the matrix products they are made of', () => {
    const [B, T, K, inputs, outputs] = [2, 9, 3, 4, 6]
    const convolved = (x: Tensor, w: Tensor) => conv1d(x, w)
    expect(countFlops(trace(convolved, f32(B, T, inputs), f32(K, inputs, outputs)))).toBe(
      2 * B * T * K * inputs * outputs,
    )
    const grouped = (x: Tensor, w: Tensor) => conv1d(x, w, { groups: 2 })
    expect(countFlops(trace(grouped, f32(B, T, inputs), f32(K, inputs / 2, outputs)))).toBe(
      B * T * K * inputs * outputs,
    )
    const scores = (q: Tensor, k: Tensor) => einsum('bthd,bshd->bhts', q, k)
    expect(countFlops(trace(scores, f32(2, 3, 4, 5), f32(2, 6, 4, 5)))).toBe(2 * 2 * 4 * 3 * 6 * 5)
    // T = 8 with a kernel of 8: real transforms of 16 → 9 complex values as one matrix each, [8, 18], [8, 18], [18, 8].
    const filtered = (x: Tensor, w: Tensor) => fftConvolution(x, w)
    expect(countFlops(trace(filtered, f32(5, 8), f32(5, 8)))).toBe(5 * 2 * (8 * 18 + 8 * 18 + 18 * 8))
  })
})

describe('operators that do not count', () => {
  it('are elementwise, normalisations, reductions and linear recurrences', () => {
    const program = trace(
      (x: Tensor, a: Tensor) => sum(linearRecurrence(a, softmax(mul(exp(x), x)), undefined, { axis: 0 })),
      f32(4, 3),
      f32(4, 3),
    )
    expect(countFlops(program)).toBe(0)
    expect(countFlops(trace((x: Tensor, w: Tensor) => depthwiseConv1d(x, w), f32(2, 9, 4), f32(3, 4)))).toBe(0)
  })

  it('do not count in their gradients either, where sums and look-ups are written as products for speed', () => {
    const normalized = (x: Tensor, scale: Tensor, shift: Tensor) =>
      gradients(sum(exp(layerNorm(x, scale, shift))), { x, scale, shift })
    const program = trace(normalized, f32(3, 4), f32(4), f32(4))
    expect(program.nodes.map(({ operator }) => operator.name)).toContain('matmul')
    expect(countFlops(program)).toBe(0)
    expect(countFlops(simplify(program))).toBe(0)
    const looked = trace((table: Tensor, at: Tensor) => gradients(sum(exp(gather(table, at, 0))), table), f32(5, 64), {
      shape: [7],
      dtype: 'i32' as const,
    })
    expect(looked.nodes.map(({ operator }) => operator.name)).toContain('matmul')
    expect(countFlops(looked)).toBe(0)
  })
})

describe('what is counted of a program', () => {
  it('is each node that an output depends on, once', () => {
    const program = trace(
      (x: Tensor, w: Tensor) => {
        matmul(x, x)
        const y = matmul(x, w)
        return [y, add(y, y)]
      },
      f32(3, 3),
      f32(3, 5),
    )
    expect(countFlops(program)).toBe(2 * 3 * 3 * 5)
  })

  it('does not change when a layer and its gradients are simplified', () => {
    const program = trace(
      (x: Tensor, w: Tensor, b: Tensor, v: Tensor) =>
        gradients(sum(exp(matmul(relu(add(matmul(x, w), b)), v))), { x, w, b, v }),
      f32(2, 3, 5),
      f32(5, 7),
      f32(7),
      f32(7, 4),
    )
    expect(countFlops(program)).toBe(3 * 2 * 6 * 7 * (5 + 4))
    expect(countFlops(simplify(program))).toBe(countFlops(program))
  })

  it('of a function with its own gradient: what its outputs need, and what it saved only where the gradient is', () => {
    const own = (x: Tensor, w: Tensor) =>
      customGradient(
        [x, w],
        (a, b) => ({ outputs: [sum(matmul(a, b))], saved: [matmul(b, a)] }),
        ([saved], [g]) => [mul(saved, g), undefined],
      )[0]
    const product = 2 * 3 ** 3
    expect(countFlops(trace(own, f32(3, 3), f32(3, 3)))).toBe(product)
    const slope = (x: Tensor, w: Tensor) => ({ y: own(x, w), g: gradients(own(x, w), x) })
    expect(countFlops(trace((x: Tensor, w: Tensor) => gradients(own(x, w), x), f32(3, 3), f32(3, 3)))).toBe(product)
    expect(countFlops(trace(slope, f32(3, 3), f32(3, 3)))).toBe(2 * product)
  })
})

describe('loops', () => {
  const rolled = (length: number, segment?: number) => (w: Tensor, x: Tensor) => {
    const body = (h: Tensor, at: Tensor) => {
      const next = add(matmul(h, w), at)
      return { carry: next, y: { next, product: matmul(at, w) } }
    }
    return scan(body, constant(new Float32Array(8), [2, 4]), x, { length, segment })
  }
  const specs = (length: number) => [f32(4, 4), f32(length, 2, 4)] as const
  const product = 2 * 2 * 4 * 4

  it('count the body of a scan once a step, without results that nothing reads', () => {
    for (const length of [3, 20]) {
      expect(countFlops(trace((w: Tensor, x: Tensor) => rolled(length)(w, x).carry, ...specs(length)))).toBe(
        length * product,
      )
      expect(countFlops(trace(rolled(length), ...specs(length)))).toBe(2 * length * product)
      expect(
        countFlops(simplify(trace((w: Tensor, x: Tensor) => rolled(length)(w, x).ys.next, ...specs(length)))),
      ).toBe(length * product)
    }
  })

  it('count the gradient of a scan as two more products a step', () => {
    const loss = (length: number, segment?: number) =>
      trace(
        (w: Tensor, x: Tensor) => gradients(sum(exp(rolled(length, segment)(w, x).ys.next)), { w, x }),
        ...specs(length),
      )
    expect(countFlops(loss(20))).toBe(3 * 20 * product)
    // Segments compute everything again, which is not counted.
    for (const segment of [1, 4, 7]) expect(countFlops(loss(20, segment))).toBe(3 * 20 * product)
  })

  it('count a bounded while at its bound', () => {
    const program = trace(
      (x: Tensor) => {
        const [, result] = boundedWhile(
          (i: Tensor) => less(i, 3),
          (i: Tensor, h: Tensor) => [add(i, 1), matmul(h, x)],
          [scalar(0), x],
          10,
        )
        return result
      },
      f32(4, 4),
    )
    expect(countFlops(program)).toBe(10 * 2 * 4 ** 3)
  })
})

describe('checkpoints', () => {
  const layer = (x: Tensor, w: Tensor) => exp(matmul(relu(matmul(x, w)), w))
  const again = (x: Tensor, w: Tensor) => checkpoint((x) => [layer(x, w)], [x])[0]
  const product = 2 * 3 * 5 * 5
  const count = (loss: (x: Tensor, w: Tensor) => Tensor) => {
    const both = (x: Tensor, w: Tensor) => {
      const value = loss(x, w)
      return { value, gradient: gradients(value, { x, w }) }
    }
    return countFlops(trace(both, f32(3, 5), f32(5, 5)))
  }

  it('count the first computation alone', () => {
    expect(countFlops(trace(again, f32(3, 5), f32(5, 5)))).toBe(2 * product)
    expect(count((x, w) => sum(mul(layer(x, w), x)))).toBe(6 * product)
    expect(count((x, w) => sum(mul(again(x, w), x)))).toBe(6 * product)
    const program = trace((x: Tensor, w: Tensor) => gradients(sum(exp(again(x, w))), { x, w }), f32(3, 5), f32(5, 5))
    expect(countFlops(simplify(program))).toBe(6 * product)
  })

  it('count gradients whose cotangents are constants, and those within each other', () => {
    expect(count((x, w) => sum(again(x, w)))).toBe(6 * product)
    expect(count((x, w) => sum(checkpoint((x) => [matmul(x, w)], [x])[0]))).toBe(3 * product)
    expect(count((x, w) => sum(mul(again(again(x, w), w), x)))).toBe(12 * product)
    expect(count((x, w) => sum(mul(checkpoint((x) => [again(again(x, w), w)], [x])[0], x)))).toBe(12 * product)
  })
})
