import { describe, expect, it } from 'vitest'
import { createPrefixes } from '#seqlab/serving/index.js'

const mebibyte = 2 ** 20
/** A prompt of this many tokens that begins as no other does. */
const prompt = (number: number, length = 65) => new Int32Array(length).fill(number)
const state = (bytes: number) => ({
  position: 64,
  leaves: { memory: { shape: [bytes / 4], dtype: 'f32', data: new Float32Array(bytes / 4), used: bytes / 4 } as const },
})

describe('states after the beginnings of prompts', () => {
  it('are found for a prompt that goes on after one, the longest first', () => {
    const prefixes = createPrefixes(mebibyte)
    const long = prompt(1, 200)
    prefixes.put(long.subarray(0, 64), state(1000))
    prefixes.put(long.subarray(0, 128), state(2000))
    expect(prefixes.find(long)?.read).toBe(128)
    expect(prefixes.find(prompt(1, 100))?.read).toBe(64)
    expect(prefixes.find(prompt(1, 64)), 'leaves nothing to read').toBeUndefined()
    expect(prefixes.find(prompt(2, 200))).toBeUndefined()
  })

  it('that came once take an eighth of the room, and drive out none that came again', () => {
    const prefixes = createPrefixes(8 * mebibyte)
    prefixes.put(prompt(0).subarray(0, 64), state(100_000))
    expect(prefixes.find(prompt(0))).toBeDefined()
    for (let number = 1; number <= 500; number++) prefixes.put(prompt(number).subarray(0, 64), state(100_000))
    expect(prefixes.bytes).toBeLessThan(1.3 * mebibyte)
    expect(prefixes.find(prompt(500)), 'the newest').toBeDefined()
    expect(prefixes.find(prompt(1)), 'the oldest of those').toBeUndefined()
    expect(prefixes.find(prompt(0)), 'what came again').toBeDefined()
  })

  it('that came again fill the room and no more, the least recently used going first', () => {
    const prefixes = createPrefixes(mebibyte)
    for (let number = 0; number < 30; number++) {
      prefixes.put(prompt(number).subarray(0, 64), state(100_000))
      prefixes.find(prompt(number))
    }
    expect(prefixes.bytes).toBeLessThanOrEqual(mebibyte)
    expect(prefixes.find(prompt(29))).toBeDefined()
    expect(prefixes.find(prompt(0))).toBeUndefined()
  })

  it('of one prompt are all kept where they are large', () => {
    const prefixes = createPrefixes(16 * mebibyte)
    const long = prompt(1, 600)
    for (const length of [64, 128, 256, 512]) prefixes.put(long.subarray(0, length), state(length * 10_000))
    expect(prefixes.find(prompt(1, 100))?.read).toBe(64)
    expect(prefixes.find(long)?.read).toBe(512)
  })

  it('that are larger than the room are not kept', () => {
    const prefixes = createPrefixes(1000)
    prefixes.put(prompt(1).subarray(0, 64), state(2000))
    expect(prefixes.bytes).toBe(0)
  })
})
