/** What the conformance suite finds, as figures of a demonstration. */
import { checkMechanism } from '../../evaluation/index.js'
import type { ChannelMixer, Mixer } from '../../mechanisms/index.js'
import type { Claim, Figure, Lab } from '../demonstration.js'

/** The claim that all forms of a mechanism are one function, values and gradients, by the whole conformance suite. */
export async function formsAgree(
  lab: Lab,
  mechanism: Mixer | ChannelMixer,
  says = 'all forms agree to 1e-5, their gradients to 1e-4; nothing leaks',
): Promise<Claim> {
  lab.progress(`${mechanism.id}: comparing forms`)
  const { checks } = await checkMechanism(mechanism)
  const named = (name: string, label: string): Figure[] => {
    const check = checks.find((entry) => entry.name === name)
    return check ? [{ name: `${mechanism.id}: ${label}`, value: check.maxError, tolerance: check.limit }] : []
  }
  const failed = checks.filter(({ pass }) => !pass)
  return {
    says,
    holds: failed.length === 0,
    figures: [
      ...named('forms agree (f32)', 'largest difference between forms'),
      ...named('gradients (f32)', 'largest error of gradients'),
      ...named('the future changes nothing before it', 'largest leak from the future'),
      { name: `${mechanism.id}: criteria that fail`, value: failed.length, tolerance: 0 },
    ],
    ...(failed.length > 0 && { because: failed.map(({ name }) => name).join('; ') }),
  }
}
