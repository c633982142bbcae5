/** Random numbers: the same bits on both executors, normals to 1e-5 of the largest. How they are distributed: draws.test.ts. */
import { constant } from '#seqlab/engine/operators/constant.js'
import {
  bernoulli,
  categorical,
  foldIn,
  gumbel,
  keyOfSeed,
  normal,
  randomBits,
  randomInteger,
  randomKey,
  splitKey,
  uniform,
} from '#seqlab/engine/operators/random.js'
import { threefry2x32 } from '#seqlab/engine/operators/threefry.js'
import type { Shape, Tensor } from '#seqlab/engine/tensor.js'
import type { OperatorCase } from './harness.js'
import { i32, type Random } from './random.js'
import { large } from './shapes.js'

const anyKey = (r: Random) => i32([2], [Math.floor((r.next() - 0.5) * 2 ** 32), Math.floor((r.next() - 0.5) * 2 ** 32)])
const shapes: readonly Shape[] = [[], [1], [2], [7], [3, 5], [0, 3]]
const drawn = (name: string, fn: (key: Tensor, shape: Shape) => Tensor): OperatorCase[] => [
  { name: `${name}: every shape`, inputs: (r) => [anyKey(r)], fn: (key) => shapes.map((shape) => fn(key, shape)) },
  { name: `${name}: large`, inputs: (r) => [anyKey(r)], fn: (key) => fn(key, large) },
]

/** Counter, key and result of 20 rounds, from the file kat_vectors of the authors' Random123 library. */
const knownAnswers = [
  [0x00000000, 0x00000000, 0x00000000, 0x00000000, 0x6b200159, 0x99ba4efe],
  [0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff, 0x1cb996fc, 0xbb002be7],
  [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344, 0xc4923a9c, 0x483df7a0],
].map((words) => words.map((word) => word | 0))

export const cases: OperatorCase[] = [
  {
    name: 'threefry2x32: the known answers',
    inputs: () => [],
    fn: () => knownAnswers.map(([c0, c1, k0, k1]) => constant(threefry2x32(k0, k1, c0, c1), [2], 'i32')),
    expected: () => knownAnswers.map((words) => words.slice(4)),
  },
  {
    name: 'randomBits: the first known answer',
    inputs: () => [i32([2], [0, 0])],
    fn: (key) => randomBits(key, [2]),
    expected: () => [knownAnswers[0].slice(4)],
  },
  ...drawn('randomBits', randomBits),
  ...drawn('uniform', uniform),
  ...drawn('normal', normal),
  ...drawn('gumbel', gumbel),
  ...drawn('bernoulli', (key, shape) => bernoulli(key, 0.3, shape)),
  {
    name: 'bernoulli: never and always',
    inputs: (r) => [anyKey(r)],
    fn: (key) => [bernoulli(key, 0, [3]), bernoulli(key, 1, [3]), bernoulli(key, 1e-9, [3])],
    expected: () => [
      [0, 0, 0],
      [1, 1, 1],
      [0, 0, 0],
    ],
  },
  ...drawn('randomInteger', (key, shape) => randomInteger(key, shape, -3, 12)),
  {
    name: 'categorical: along both axes',
    inputs: (r) => [anyKey(r), r.normal([20, 7])],
    fn: (key, logits) => [categorical(key, logits), categorical(key, logits, 0)],
  },
  {
    name: 'splitKey: one and three',
    inputs: (r) => [anyKey(r)],
    fn: (key) => [...splitKey(key, 1), ...splitKey(key, 3)],
  },
  {
    name: 'foldIn: a number is what a tensor of it is',
    inputs: (r) => [anyKey(r), i32([], [-12])],
    fn: (key, number) => [foldIn(key, number), foldIn(key, -12), foldIn(foldIn(key, number), 5)],
  },
  {
    name: 'keyOfSeed: beyond 32 bits and below zero',
    inputs: () => [],
    fn: () => [7, 2 ** 32 + 5, -1].map((seed) => constant(keyOfSeed(seed).data)),
    expected: () => [
      [0, 7],
      [1, 5],
      [-1, -1],
    ],
  },
  {
    name: 'randomKey: the key of a seed',
    inputs: () => [],
    fn: () => randomKey(-(2 ** 33) + 3),
    expected: () => [[-2, 3]],
  },
]
