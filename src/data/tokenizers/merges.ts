import { heap } from './heap.js'

/** A pre-token as symbols, and how often the corpus has it. `symbols` is rewritten as merges are learned. */
export interface CountedWord {
  symbols: number[]
  readonly count: number
}

export interface Merge {
  readonly left: number
  readonly right: number
  /** The symbol that replaces the pair. */
  readonly merged: number
}

interface Candidate {
  readonly pair: number
  readonly count: number
}

/**
 * Learns byte-pair merges (Gage 1994; Sennrich et al. 2016, arXiv:1508.07909): again and again the most frequent pair of
 * neighbouring symbols becomes one symbol, the pair with the smaller ids where two are equally frequent, until
 * `vocabularySize` symbols exist or no pair occurs twice. Only the words that hold the merged pair are counted anew.
 *
 * @param tokens the spelling of each symbol that exists; the new ones are added to it
 */
export function learnMerges(words: CountedWord[], tokens: string[], vocabularySize: number): Merge[] {
  const pairOf = (symbols: number[], at: number) => symbols[at] * vocabularySize + symbols[at + 1]
  const counts = new Map<number, number>()
  const holders = new Map<number, Set<number>>()
  const queue = heap<Candidate>((a, b) => a.count > b.count || (a.count === b.count && a.pair < b.pair))

  const countPairs = (index: number, sign: 1 | -1, changes: Map<number, number>) => {
    const { symbols, count } = words[index]
    for (let at = 0; at + 1 < symbols.length; at++) {
      const pair = pairOf(symbols, at)
      changes.set(pair, (changes.get(pair) ?? 0) + sign * count)
      if (sign < 0) continue
      const holding = holders.get(pair)
      if (holding) holding.add(index)
      else holders.set(pair, new Set([index]))
    }
  }
  const apply = (changes: Map<number, number>) => {
    for (const [pair, change] of changes) {
      const count = (counts.get(pair) ?? 0) + change
      counts.set(pair, count)
      if (change > 0) queue.push({ pair, count })
    }
  }

  const all = new Map<number, number>()
  for (let index = 0; index < words.length; index++) countPairs(index, 1, all)
  apply(all)

  const merges: Merge[] = []
  while (tokens.length < vocabularySize) {
    const best = queue.pop()
    if (!best) break
    const count = counts.get(best.pair) ?? 0
    if (count !== best.count) {
      // The count fell since this entry was queued: it goes back to its place.
      if (count > 1 && count < best.count) queue.push({ pair: best.pair, count })
      continue
    }
    if (count < 2) break
    const left = Math.floor(best.pair / vocabularySize)
    const right = best.pair % vocabularySize
    // Always a new spelling: text whose ends no merge has crossed is divided alike wherever it stands.
    const merged = tokens.push(tokens[left] + tokens[right]) - 1
    merges.push({ left, right, merged })

    const changes = new Map<number, number>()
    for (const index of holders.get(best.pair) ?? []) {
      countPairs(index, -1, changes)
      words[index].symbols = mergePair(words[index].symbols, left, right, merged)
      countPairs(index, 1, changes)
    }
    holders.delete(best.pair)
    apply(changes)
  }
  return merges
}

function mergePair(symbols: number[], left: number, right: number, merged: number): number[] {
  const result: number[] = []
  for (let at = 0; at < symbols.length; at++) {
    const matches = symbols[at] === left && symbols[at + 1] === right
    result.push(matches ? merged : symbols[at])
    if (matches) at++
  }
  return result
}
