import { describe, expect, it } from 'vitest'
import { runReference, type Tensor, type TensorData, trace } from '#seqlab/engine/index.js'
import { denseSystem } from '#seqlab/nn/dense-state.js'
import { diagonalScan, diagonalSystem, type Modes } from '#seqlab/nn/diagonal-state.js'
import { generalizedBilinear, legendreScaled, normalLegendre, zeroOrderHold } from '#seqlab/nn/hippo.js'
import { addMatrix, hostMatrix, identityMatrix, multiplyMatrix } from '#seqlab/nn/host-matrix.js'
import { gaussian, parameterStream } from '#seqlab/nn/initializers.js'
import { type LinearSystem, runSystem } from '#seqlab/nn/linear-system.js'

const drawn = (label: string, shape: number[], size = 1): TensorData => ({
  shape,
  dtype: 'f32',
  data: gaussian(size)(shape, parameterStream(3, label)),
})

/** Values of both, which must be alike. */
function compare(inputs: Record<string, TensorData>, fn: (x: Record<string, Tensor>) => readonly [Tensor, Tensor][]) {
  const program = trace((given: Record<string, Tensor>) => fn(given).flat(), inputs)
  const values = runReference(program, Object.values(inputs))
  for (let i = 0; i < values.length; i += 2) {
    const scale = Math.max(...Array.from(values[i + 1].data, Math.abs))
    const worst = Math.max(...Array.from(values[i].data, (value, k) => Math.abs(value - values[i + 1].data[k])))
    expect(worst / scale).toBeLessThan(1e-9)
  }
}

const [B, T, C, N] = [2, 150, 3, 4]
const documents = (given: Record<string, Tensor>) => ({ documents: given.documents, carriedDocument: given.carried })
const oneDocument = {
  documents: { shape: [B, T], dtype: 'i32', data: new Int32Array(B * T) } as TensorData,
  carried: { shape: [B], dtype: 'i32', data: new Int32Array(B) } as TensorData,
}

/** The convolution at a length that takes Fourier transforms, against the loop that packed documents take. */
function alike<H>(
  given: Record<string, Tensor>,
  system: LinearSystem<H>,
  state: H,
  leaves: (state: H) => Tensor[],
): [Tensor, Tensor][] {
  const whole = runSystem(system, given.u, state, {})
  const stepped = runSystem(system, given.u, state, documents(given))
  const before = leaves(stepped.state)
  return [[whole.y, stepped.y], ...leaves(whole.state).map((leaf, i): [Tensor, Tensor] => [leaf, before[i]])]
}

describe('linear systems', () => {
  const modes = (label: string, size = 1) => ({
    [`${label}Re`]: drawn(`${label}Re`, [C, N], size),
    [`${label}Im`]: drawn(`${label}Im`, [C, N], size),
  })
  const parts = (x: Record<string, Tensor>, label: string): Modes => ({ re: x[`${label}Re`], im: x[`${label}Im`] })

  it('with diagonal transitions are the same as convolutions and as steps, from any state', () => {
    compare(
      {
        u: drawn('u', [B, T, C]),
        ...modes('kept', 0.4),
        ...modes('written'),
        ...modes('read'),
        hRe: drawn('hRe', [B, C, N]),
        hIm: drawn('hIm', [B, C, N]),
        ...oneDocument,
      },
      (x) => {
        const system = diagonalSystem({ kept: parts(x, 'kept'), written: parts(x, 'written'), read: parts(x, 'read') })
        return alike(x, system, parts(x, 'h'), ({ re, im }) => [re, im!])
      },
    )
  })

  it('with full transitions are the same as convolutions and as steps, from any state', () => {
    compare(
      {
        u: drawn('u', [B, T, C]),
        change: drawn('change', [C, N, N], 0.2),
        written: drawn('written', [C, N]),
        read: drawn('read', [C, N]),
        h: drawn('h', [B, C, N]),
        ...oneDocument,
      },
      (x) => {
        const change = { change: x.change, written: x.written, read: x.read }
        return alike(x, denseSystem(change), x.h, (h) => [h])
      },
    )
  })

  it('shared by all features scan blocks as they scan steps', () => {
    compare(
      {
        vRe: drawn('vRe', [B, T, N]),
        vIm: drawn('vIm', [B, T, N]),
        keptRe: drawn('keptRe', [N], 0.5),
        keptIm: drawn('keptIm', [N], 0.5),
        hRe: drawn('hRe', [B, N]),
        hIm: drawn('hIm', [B, N]),
        ...oneDocument,
      },
      (x) => {
        const blocks = diagonalScan(parts(x, 'kept'), parts(x, 'v'), parts(x, 'h'), {})
        const steps = diagonalScan(parts(x, 'kept'), parts(x, 'v'), parts(x, 'h'), documents(x))
        return [
          [blocks.states.re, steps.states.re],
          [blocks.last.im!, steps.last.im!],
        ]
      },
    )
  })
})

describe('HiPPO', () => {
  it('LegS is normal but for a rank of one', () => {
    const { frequencies, lowRank, input, basis } = normalLegendre(8)
    const { A, B: written } = legendreScaled(16)
    const normal = addMatrix(
      A,
      hostMatrix(16, 16, (n, k) => Math.sqrt(n + 0.5) * Math.sqrt(k + 0.5)),
    )
    // V (A + P Pᵀ) = (−½ + iω) V for each row of V*, conjugated.
    const [re, im] = [multiplyMatrix(basis.re, normal), multiplyMatrix(basis.im, normal)]
    for (let m = 0; m < 8; m++) {
      for (let n = 0; n < 16; n++) {
        const [a, b] = [basis.re.data[m * 16 + n], basis.im.data[m * 16 + n]]
        expect(re.data[m * 16 + n]).toBeCloseTo(-0.5 * a - frequencies[m] * b, 9)
        expect(im.data[m * 16 + n]).toBeCloseTo(-0.5 * b + frequencies[m] * a, 9)
      }
    }
    // Else rounding, which is not the same in every browser, would choose the phase.
    for (let m = 0; m < 8; m++) {
      expect(basis.re.data[m * 16]).toBeGreaterThan(0.01)
      expect(basis.im.data[m * 16]).toBeCloseTo(0, 14)
    }
    const energy = (parts: { re: Float64Array; im: Float64Array }) =>
      2 * parts.re.reduce((total, value, m) => total + value ** 2 + parts.im[m] ** 2, 0)
    expect(energy(input)).toBeCloseTo(
      written.data.reduce((total, value) => total + value ** 2, 0),
      8,
    )
    expect(energy(lowRank)).toBeCloseTo(energy(input) / 2, 8)
  })

  it('discretisations agree where steps are small', () => {
    const memory = legendreScaled(8)
    const [held, bilinear] = [zeroOrderHold(memory, 1e-3), generalizedBilinear(memory, 1e-3)]
    for (let i = 0; i < 64; i++) expect(held.A.data[i]).toBeCloseTo(bilinear.A.data[i], 5)
    for (let i = 0; i < 8; i++) expect(held.B.data[i]).toBeCloseTo(bilinear.B.data[i], 5)
    const euler = generalizedBilinear(memory, 1e-3, 0)
    expect(euler.A.data[0]).toBe(addMatrix(identityMatrix(8), memory.A, 1e-3).data[0])
  })
})
