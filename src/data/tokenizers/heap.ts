/** A binary heap: `pop` gives the item that comes before all others. */
export interface Heap<Item> {
  push(item: Item): void
  pop(): Item | undefined
}

export function heap<Item>(isBefore: (a: Item, b: Item) => boolean): Heap<Item> {
  const items: Item[] = []
  const swap = (i: number, j: number) => {
    const item = items[i]
    items[i] = items[j]
    items[j] = item
  }
  return {
    push(item) {
      let at = items.push(item) - 1
      while (at > 0) {
        const parent = (at - 1) >> 1
        if (!isBefore(items[at], items[parent])) return
        swap(at, parent)
        at = parent
      }
    },
    pop() {
      if (items.length < 2) return items.pop()
      const top = items[0]
      items[0] = items.pop() as Item
      for (let at = 0; ; ) {
        let first = at
        for (const child of [2 * at + 1, 2 * at + 2]) {
          if (child < items.length && isBefore(items[child], items[first])) first = child
        }
        if (first === at) return top
        swap(at, first)
        at = first
      }
    },
  }
}
