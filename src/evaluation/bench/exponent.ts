/** How a cost grows with a length, as the exponent of a power. */

/** The slope of the least-squares line through (log length, log cost): p where the cost grows as lengthᵖ. */
export function fittedExponent(lengths: readonly number[], costs: readonly number[]): number {
  const [x, y] = [lengths, costs].map((values) => values.map(Math.log))
  const [meanX, meanY] = [x, y].map((values) => values.reduce((a, b) => a + b, 0) / values.length)
  const covariance = x.reduce((sum, value, at) => sum + (value - meanX) * (y[at] - meanY), 0)
  return covariance / x.reduce((sum, value) => sum + (value - meanX) ** 2, 0)
}
