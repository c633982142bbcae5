/** The exact Bayesian predictor of a coin that is exchanged now and then, unseen. */

/** Probability that a coin's next toss is 1, given what it showed so far. */
export type Coin = (zeros: number, ones: number) => number

/** A coin whose bias is drawn from Beta(½, ½), integrated out: the estimator of Krichevsky and Trofimov 1981. */
export const drawnCoin: Coin = (zeros, ones) => (ones + 0.5) / (zeros + ones + 1)

/** A coin that has one of these biases, each equally likely. */
export function knownCoins(biases: readonly number[]): Coin {
  const logs = biases.map((bias) => ({ bias, zero: Math.log1p(-bias), one: Math.log(bias) }))
  return (zeros, ones) => {
    const likelihoods = logs.map(({ zero, one }) => zeros * zero + ones * one)
    const most = Math.max(...likelihoods)
    let [total, sum] = [0, 0]
    for (const [i, { bias }] of logs.entries()) {
      const weight = Math.exp(likelihoods[i] - most)
      total += weight
      sum += weight * bias
    }
    return sum / total
  }
}

/**
 * Probability before each toss that it shows 1, given the tosses before it: a mixture over when the present coin was
 * taken. With w_s the posterior that it was taken at time s, and h(n) the probability of an exchange after n tosses,
 *
 *   P(x_t = 1) = Σ_s w_s P(1 | x_s … x_{t−1})
 *   w_s ← w_s P(x_t | x_s … x_{t−1}) (1 − h(t − s + 1)),   w_{t+1} = what the exchanges took
 *
 * Cost O(T²). Willems 1996 for a falling hazard; for a constant one also Adams and MacKay 2007, arXiv:0710.3742.
 */
export function switchingPredictions(
  tosses: ArrayLike<number>,
  hazard: (tosses: number) => number,
  coin: Coin,
): Float64Array {
  const T = tosses.length
  const result = new Float64Array(T)
  const posterior = new Float64Array(T + 1)
  const ones = new Int32Array(T + 1)
  const shown = new Float64Array(T)
  posterior[0] = 1
  for (let t = 0; t < T; t++) {
    for (let s = 0; s <= t; s++) {
      shown[s] = coin(t - s - ones[s], ones[s])
      result[t] += posterior[s] * shown[s]
    }
    const evidence = tosses[t] === 1 ? result[t] : 1 - result[t]
    for (let s = 0; s <= t; s++) {
      const kept = (posterior[s] * (tosses[t] === 1 ? shown[s] : 1 - shown[s])) / evidence
      const exchanged = kept * hazard(t - s + 1)
      posterior[s] = kept - exchanged
      posterior[t + 1] += exchanged
      ones[s] += tosses[t]
    }
  }
  return result
}
