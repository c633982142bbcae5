import '#seqlab/index.js'
import { describe, expect, it } from 'vitest'
import { type Fault, leakySum } from './conformance/leaky-sum.js'
import { failures, minutes } from './conformance/registry.js'

describe('conformance', () => {
  it(
    'holds for a mechanism that is in no registry',
    async () => {
      expect(await failures(leakySum())).toEqual([])
    },
    minutes,
  )

  const found: Record<Fault, string> = {
    'the step keeps the state over a new document': 'packed documents equal separate ones (float64)',
    'the chunked form drops the state it is given': 'splits agree (float64)',
    'outputs read the next token': 'the future changes nothing before it',
    'rows are centred over the batch': 'rows of a batch are independent',
    'a gradient is one percent too large': 'gradients (float64, central differences)',
    'padding is written': 'padding leaks nothing (f32)',
    'a leaf is declared and never returned': 'forms return the declared state',
    'decays are undone by dividing': 'extreme values: forms agree (f32)',
    'a parameter has no use': 'gradients flow where they should',
    'starting values are drawn anew': 'parameters start finite and repeatable, in their shape',
  }
  it.each(Object.entries(found))(
    'notices that %s',
    async (fault, criterion) => {
      const names = (await failures(leakySum(fault as Fault))).map(({ name }) => name)
      expect(names).toContain(criterion)
    },
    minutes,
  )
})
