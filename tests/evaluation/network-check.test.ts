/** The check of networks notices what is wrong; those of the registry are in conformance/. */
import '#seqlab/index.js'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { customGradient, mean, mul, square, sub, type Tensor } from '#seqlab/engine/index.js'
import { checkMechanism } from '#seqlab/evaluation/index.js'
import { defineNetwork, type Network } from '#seqlab/models/index.js'
import { gaussian } from '#seqlab/nn/initializers.js'
import { linear } from '#seqlab/nn/layers.js'
import { parameter } from '#seqlab/nn/parameter.js'

const failures = async (network: Network) =>
  (await checkMechanism(network)).checks.filter(({ pass }) => !pass).map(({ name }) => name)

type Fault =
  | 'rows are centred over the batch'
  | 'a gradient is one percent too large'
  | 'a parameter has no use'
  | 'it overflows'

/** Regression by one matrix, with one thing wrong. */
const regression = (fault?: Fault) =>
  defineNetwork({
    id: 'regression',
    family: 'test',
    citation: { title: 'Regression', authors: 'nobody', year: 2000, equations: 'none' },
    summary: 'One matrix.',
    config: z.object({ width: z.number().int().min(1).default(3) }),
    parameters: ({ width }) => ({
      map: linear(width, 1),
      unused: fault === 'a parameter has no use' ? parameter([2], gaussian(1)) : undefined,
    }),
    inputs: ({ width }, batch) => ({
      x: { shape: [batch, width], dtype: 'f32' },
      y: { shape: [batch, 1], dtype: 'f32' },
    }),
    forward(p, { x, y }) {
      const given = fault === 'rows are centred over the batch' ? sub(x, mean(x, 0)) : x
      const exact = p.map(given)
      const guess = fault === 'a gradient is one percent too large' ? steeper(exact) : exact
      const error = square(sub(guess, y))
      return { loss: mean(fault === 'it overflows' ? square(square(square(error))) : error), outputs: { guess } }
    },
  })

const steeper = (x: Tensor) =>
  customGradient(
    [x],
    (y) => ({ outputs: [mul(y, 1)], saved: [] }),
    (_, [g]) => [mul(g, 1.01)],
  )[0]

describe('the check of networks', () => {
  it('holds for a network that is in no registry', async () => {
    expect(await failures(regression())).toEqual([])
  })

  const found: Record<Fault, string> = {
    'rows are centred over the batch': 'rows of a batch are independent',
    'a gradient is one percent too large': 'gradients (float64, central differences)',
    'a parameter has no use': 'each parameter gets a gradient',
    'it overflows': 'extreme values: finite (f32)',
  }
  it.each(Object.entries(found))('notices that %s', async (fault, criterion) => {
    expect(await failures(regression(fault as Fault))).toContain(criterion)
  })
})
