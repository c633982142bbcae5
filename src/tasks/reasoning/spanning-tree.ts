/** Spanning trees of a square grid, all equally likely, and how likely each edge is to be in one. */
import type { Random } from '../random.js'

/** Cells in reading order. */
export function gridNeighbours(side: number): number[][] {
  return Array.from({ length: side * side }, (_, cell) => {
    const column = cell % side
    return [
      ...(cell >= side ? [cell - side] : []),
      ...(column > 0 ? [cell - 1] : []),
      ...(column < side - 1 ? [cell + 1] : []),
      ...(cell < side * (side - 1) ? [cell + side] : []),
    ]
  })
}

/**
 * Wilson 1996: from each cell that is not in the tree yet, walk at random until the tree is met and keep the walk without
 * its loops. Returns each cell's neighbours in the tree.
 */
export function uniformSpanningTree(random: Random, neighbours: readonly (readonly number[])[]): number[][] {
  const tree = neighbours.map((): number[] => [])
  const inside = neighbours.map(() => false)
  const next = new Int32Array(neighbours.length)
  inside[random.below(neighbours.length)] = true
  for (let start = 0; start < neighbours.length; start++) {
    // A cell that is passed again forgets where it went before: that erases the loop.
    for (let cell = start; !inside[cell]; cell = next[cell]) next[cell] = random.pick(neighbours[cell])
    for (let cell = start; !inside[cell]; cell = next[cell]) {
      inside[cell] = true
      tree[cell].push(next[cell])
      tree[next[cell]].push(cell)
    }
  }
  return tree
}

/** The only path between two cells, both included. */
export function treePath(tree: readonly (readonly number[])[], from: number, to: number): number[] {
  const towards = new Map([[to, to]])
  for (const cell of towards.keys())
    for (const neighbour of tree[cell]) if (!towards.has(neighbour)) towards.set(neighbour, cell)
  const path = [from]
  for (let cell = from; cell !== to; ) {
    cell = towards.get(cell) ?? to
    path.push(cell)
  }
  return path
}

/**
 * The expected number of a cell's neighbours in a uniform spanning tree, for each cell. An edge is in the tree with a
 * probability that equals its resistance between its ends when every edge is a resistor of 1 (Kirchhoff 1847), which the
 * inverse of L + J/n tells, L the Laplacian and J all ones: R(u, v) = M(u, u) + M(v, v) − 2 M(u, v).
 */
export function expectedDegrees(neighbours: readonly (readonly number[])[]): number[] {
  const n = neighbours.length
  const inverse = inverted(
    neighbours.map((near, u) =>
      Float64Array.from({ length: n }, (_, v) => 1 / n + (u === v ? near.length : near.includes(v) ? -1 : 0)),
    ),
  )
  return neighbours.map((near, u) =>
    near.reduce((sum, v) => sum + inverse[u][u] + inverse[v][v] - 2 * inverse[u][v], 0),
  )
}

/** Gauss and Jordan, in place; a positive definite matrix needs no pivots. */
function inverted(matrix: Float64Array[]): Float64Array[] {
  const n = matrix.length
  for (let pivot = 0; pivot < n; pivot++) {
    const row = matrix[pivot]
    const scale = 1 / row[pivot]
    row[pivot] = 1
    for (let j = 0; j < n; j++) row[j] *= scale
    for (let i = 0; i < n; i++) {
      if (i === pivot) continue
      const factor = matrix[i][pivot]
      matrix[i][pivot] = 0
      for (let j = 0; j < n; j++) matrix[i][j] -= factor * row[j]
    }
  }
  return matrix
}
