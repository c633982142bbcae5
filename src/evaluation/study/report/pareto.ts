export interface Cost {
  readonly cost: number
  readonly quality: number
}

/**
 * The items that no other beats: none is as cheap and better, or as good and cheaper. Cheapest first; equal items are
 * all on the front.
 */
export function paretoFront<T extends Cost>(items: readonly T[]): T[] {
  const finite = items.filter(({ cost, quality }) => Number.isFinite(cost) && Number.isFinite(quality))
  const sorted = finite.sort((a, b) => a.cost - b.cost || b.quality - a.quality)
  const front: T[] = []
  for (const item of sorted) {
    const last = front[front.length - 1]
    const equal = last && last.cost === item.cost && last.quality === item.quality
    if (!last || equal || item.quality > last.quality) front.push(item)
  }
  return front
}
