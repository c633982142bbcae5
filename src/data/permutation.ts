import { randomBits } from './random.js'

const rounds = 6

/**
 * Where position `index` goes in a seeded permutation of 0 … size − 1, in constant time and memory: a Feistel network
 * over pairs (left, right) of a side × side square, with additions modulo the side in place of the usual exclusive or, so
 * that the square is hardly larger than `size`. Results outside `size` are sent through again until they fall inside
 * (cycle walking; Black and Rogaway 2002). Seed and counter choose the permutation.
 */
export function permute(index: number, size: number, seed: number, counter: number): number {
  const side = Math.ceil(Math.sqrt(size))
  let position = index
  do {
    let left = Math.floor(position / side)
    let right = position % side
    for (let round = 0; round < rounds; round++) {
      const next = (left + randomBits(seed, counter, round, right)) % side
      left = right
      right = next
    }
    position = left * side + right
  } while (position >= size)
  return position
}
