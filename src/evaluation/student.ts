/** Student's t distribution with whole degrees of freedom, as confidence intervals need it. */

/** The normal distribution's 97.5 % quantile. */
export const normalQuantile = 1.959963984540054

/** Above this many degrees of freedom, the expansion about the normal quantile is exact to 2e-12. */
const many = 1000

/** The t that lies between −t and t with probability 0.95, at `degrees` = 1, 2, … degrees of freedom. */
export function studentQuantile(degrees: number): number {
  if (!Number.isInteger(degrees) || degrees < 1)
    throw new RangeError(`studentQuantile: degrees must be an integer from 1, got ${degrees}`)
  if (degrees > many) return expanded(degrees)
  let [low, high] = [normalQuantile, 13]
  while (true) {
    const middle = (low + high) / 2
    if (middle === low || middle === high) return middle
    if (probabilityWithin(middle, degrees) < 0.95) low = middle
    else high = middle
  }
}

/** P(|X| ≤ t) in closed form: Abramowitz and Stegun, 26.7.3 for odd and 26.7.4 for even degrees of freedom. */
function probabilityWithin(t: number, degrees: number): number {
  const angle = Math.atan(t / Math.sqrt(degrees))
  const [sine, cosine] = [Math.sin(angle), Math.cos(angle)]
  const odd = degrees % 2 === 1
  let total = 0
  let term = odd ? cosine : 1
  for (let power = odd ? 1 : 0; power <= degrees - 2; power += 2) {
    total += term
    term *= ((power + 1) / (power + 2)) * cosine * cosine
  }
  return odd ? (2 / Math.PI) * (angle + sine * total) : sine * total
}

/** Abramowitz and Stegun, 26.7.5. */
function expanded(degrees: number): number {
  const z = normalQuantile
  const terms = [
    (z ** 3 + z) / 4,
    (5 * z ** 5 + 16 * z ** 3 + 3 * z) / 96,
    (3 * z ** 7 + 19 * z ** 5 + 17 * z ** 3 - 15 * z) / 384,
  ]
  return terms.reduce((sum, term, index) => sum + term / degrees ** (index + 1), z)
}
