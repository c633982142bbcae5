/** Rotary positions stretched, so that a model reads longer texts than it was trained on at first. */

export type RotaryScaling =
  | { readonly kind: 'linear'; readonly factor: number }
  | {
      readonly kind: 'by-wavelength'
      readonly factor: number
      readonly context: number
      readonly slow: number
      readonly fast: number
    }
  | {
      readonly kind: 'yarn'
      readonly factor: number
      readonly context: number
      readonly slow: number
      readonly fast: number
      readonly whole: boolean
      readonly amplitude: number
    }
  | {
      readonly kind: 'listed'
      readonly factors: readonly number[]
      readonly amplitude: number
      readonly longest: number
    }
  | { readonly kind: 'dynamic'; readonly factor: number; readonly longest: number }

/**
 * Turns per position of each pair of `width` features, and the factor on what is turned. Linear: arXiv:2306.15595, eq. 4.
 * By wavelength: arXiv:2407.21783, section 3.4, as its authors' code has it. YaRN: arXiv:2309.00071, definition 2 and
 * section 3.4, by pairs. Listed: arXiv:2402.13753, eq. 5. Dynamic scaling leaves all as it is up to its longest text.
 */
export function rotaryRates(width: number, base: number, scaling?: RotaryScaling) {
  const plain = Array.from({ length: width / 2 }, (_, i) => base ** ((-2 * i) / width))
  switch (scaling?.kind) {
    case 'linear':
      return { rates: plain.map((rate) => rate / scaling.factor), amplitude: 1 }
    case 'by-wavelength': {
      const { factor, context, slow, fast } = scaling
      const rates = plain.map((rate) => {
        const turns = (context * rate) / (2 * Math.PI)
        const share = Math.min(Math.max((turns - slow) / (fast - slow), 0), 1)
        return rate * ((1 - share) / factor + share)
      })
      return { rates, amplitude: 1 }
    }
    case 'yarn': {
      const { factor, context, slow, fast, whole, amplitude } = scaling
      // The pair that turns so often within the context.
      const pair = (turns: number) => (width * Math.log(context / (turns * 2 * Math.PI))) / (2 * Math.log(base))
      const first = Math.max(whole ? Math.floor(pair(fast)) : pair(fast), 0)
      const last = Math.min(whole ? Math.ceil(pair(slow)) : pair(slow), width - 1)
      const extent = last === first ? 0.001 : last - first
      const rates = plain.map((rate, i) => {
        const stretched = Math.min(Math.max((i - first) / extent, 0), 1)
        return rate * (stretched / factor + 1 - stretched)
      })
      return { rates, amplitude }
    }
    case 'listed':
      return { rates: plain.map((rate, i) => rate / scaling.factors[i]), amplitude: scaling.amplitude }
    default:
      return { rates: plain, amplitude: 1 }
  }
}
