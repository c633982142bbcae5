/** The conformance suite over the registries, in parts that run side by side; each option by itself is for check --all. */
import '#seqlab/index.js'
import { describe, expect, it } from 'vitest'
import { checkMechanism } from '#seqlab/evaluation/conformance/index.js'
import { channelMixers, mixers } from '#seqlab/mechanisms/index.js'
import { networks } from '#seqlab/models/index.js'

export const minutes = 60_000
const parts = 4

/** Criteria that are not met. */
export async function failures(mechanism: Parameters<typeof checkMechanism>[0]) {
  return (await checkMechanism(mechanism, { settings: 'few' })).checks.filter(({ pass }) => !pass)
}

/** Every fourth mechanism, from `part` on. */
export function conformancePart(part: number): void {
  describe(`conformance, part ${part + 1} of ${parts}`, () => {
    it.each([...mixers, ...channelMixers, ...networks].filter((_, index) => index % parts === part))(
      'holds for $id in every criterion',
      async (mechanism) => {
        expect(await failures(mechanism)).toEqual([])
      },
      4 * minutes,
    )
  })
}
