/** What can be known of the weights w in y = w·x + noise after some points were seen: exact Bayesian linear regression. */

export interface Posterior {
  /** Mean of y at x, and the variance of w·x; noise is not counted. */
  predict(x: ArrayLike<number>): { readonly mean: number; readonly variance: number }
  observe(x: ArrayLike<number>, y: number): void
}

/**
 * A deviation of noise that stands for none: y is stored in single precision, and what is consistent with it must not be
 * ruled out for its last bit.
 */
const rounding = 1e-6
const varianceOf = (noise: number) => Math.max(noise, rounding) ** 2

/**
 * w ~ N(0, I) over some coordinates, 0 elsewhere. Mean μ and covariance C follow each point, as in a Kalman filter
 * whose state stands still; after n points C = (I + XᵀX/σ²)⁻¹, the ridge regression with penalty σ².
 *
 *   g = C x / (xᵀC x + σ²),   μ ← μ + g (y − μ·x),   C ← C − g (C x)ᵀ
 */
export function gaussianPosterior(coordinates: readonly number[], noise: number): Posterior {
  const size = coordinates.length
  const mean = new Float64Array(size)
  const covariance = new Float64Array(size * size)
  for (let i = 0; i < size; i++) covariance[i * size + i] = 1
  const product = new Float64Array(size)

  const predict = (x: ArrayLike<number>) => {
    let expected = 0
    let variance = 0
    for (let i = 0; i < size; i++) {
      product[i] = 0
      for (let j = 0; j < size; j++) product[i] += covariance[i * size + j] * x[coordinates[j]]
      expected += mean[i] * x[coordinates[i]]
      variance += product[i] * x[coordinates[i]]
    }
    return { mean: expected, variance: Math.max(variance, 0) }
  }
  return {
    predict,
    observe(x, y) {
      const { mean: expected, variance } = predict(x)
      const total = variance + varianceOf(noise)
      for (let i = 0; i < size; i++) {
        mean[i] += (product[i] / total) * (y - expected)
        for (let j = 0; j < size; j++) covariance[i * size + j] -= (product[i] * product[j]) / total
      }
    },
  }
}

/** Below this share of the most likely support's, a weight cannot change a sum in double precision. */
const negligible = -40

/** w ~ N(0, I) over one of the supports, each equally likely: their posteriors, weighted by marginal likelihood. */
export function mixturePosterior(supports: Iterable<readonly number[]>, noise: number): Posterior {
  let candidates = Array.from(supports, (support) => ({ posterior: gaussianPosterior(support, noise), logWeight: 0 }))
  return {
    predict(x) {
      let [total, first, second] = [0, 0, 0]
      for (const { posterior, logWeight } of candidates) {
        const { mean, variance } = posterior.predict(x)
        const weight = Math.exp(logWeight)
        total += weight
        first += weight * mean
        second += weight * (variance + mean * mean)
      }
      const mean = first / total
      return { mean, variance: Math.max(second / total - mean * mean, 0) }
    },
    observe(x, y) {
      for (const candidate of candidates) {
        const { mean, variance } = candidate.posterior.predict(x)
        const total = variance + varianceOf(noise)
        candidate.logWeight -= (Math.log(total) + (y - mean) ** 2 / total) / 2
        candidate.posterior.observe(x, y)
      }
      const most = candidates.reduce((most, { logWeight }) => Math.max(most, logWeight), Number.NEGATIVE_INFINITY)
      for (const candidate of candidates) candidate.logWeight -= most
      candidates = candidates.filter(({ logWeight }) => logWeight > negligible)
    },
  }
}
