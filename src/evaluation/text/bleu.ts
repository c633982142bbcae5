/** BLEU: how many n-grams of texts stand in their references. */

/**
 * Corpus BLEU of Papineni et al. 2002 with one reference a text: the geometric mean of the precisions of 1- to `order`-grams,
 * each counted at most as often as in the reference, times the penalty for texts that are too short. From 0 to 1.
 */
export function bleu(
  texts: readonly (readonly number[])[],
  references: readonly (readonly number[])[],
  order = 4,
): number {
  const precisions = Array.from({ length: order }, (_, index) => {
    let found = 0
    let all = 0
    texts.forEach((text, row) => {
      const allowed = counts(references[row], index + 1)
      for (const [gram, count] of counts(text, index + 1)) {
        found += Math.min(count, allowed.get(gram) ?? 0)
        all += count
      }
    })
    return all > 0 ? found / all : 0
  })
  const total = (rows: readonly (readonly number[])[]) => rows.reduce((sum, { length }) => sum + length, 0)
  const brevity = Math.min(1, Math.exp(1 - total(references) / Math.max(total(texts), 1)))
  return brevity * Math.exp(precisions.reduce((sum, precision) => sum + Math.log(precision), 0) / order)
}

function counts(text: readonly number[], length: number): Map<string, number> {
  const found = new Map<string, number>()
  for (let at = 0; at + length <= text.length; at++) {
    const gram = text.slice(at, at + length).join(' ')
    found.set(gram, (found.get(gram) ?? 0) + 1)
  }
  return found
}
