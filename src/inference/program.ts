/** The programs of reading: some tokens in, the model's state changed by what was read for good, and what is asked for. */
import {
  broadcastTo,
  type Cache,
  concat,
  reshape,
  type Spec,
  type StateTensors,
  slice,
  type Tensor,
  traceStateful,
} from '../engine/index.js'
import type { StateLeaf } from '../mechanisms/index.js'
import {
  carriedLeaves,
  carriedState,
  flatState,
  type Model,
  type ModelResult,
  parameterLeaves,
} from '../models/index.js'
import { logits } from '../nn/index.js'

export interface DecodeShape {
  readonly batch: number
  /** Tokens taken at once. */
  readonly length: number
  /** Positions that appended leaves of the state have room for. */
  readonly capacity: number
  /** Whether rows hold different numbers of positions. */
  readonly apart?: boolean
}

/** `fetch` says what of a model's results, and of its parameters as `model.nest` nests them, is handed out. */
export function readingProgram<F>(
  model: Model,
  { batch, length, capacity, apart }: DecodeShape,
  fetch: (result: ModelResult, parameters: unknown) => F,
) {
  const carried = carriedLeaves(model, batch, capacity)
  const state = { ...parameterLeaves(model), ...(apart ? rowsApart(carried) : carried) }
  const tokens: Spec = { shape: [batch, length], dtype: 'i32' }
  return traceStateful(state, { tokens }, (before, feeds) => {
    const parameters = model.nest(({ path }) => before[`parameters.${path}`])
    const result = model.forward(parameters, { x: feeds.tokens }, carriedState(model, before, batch))
    const next = Object.entries(flatState(result.state)).filter(([path, value]) => value !== (before[path] as Tensor))
    return { state: Object.fromEntries(next), fetch: fetch(result, parameters) }
  })
}

/** Leaves whose caches count the positions of each row. */
export function rowsApart(leaves: Readonly<Record<string, StateLeaf>>): Record<string, StateLeaf> {
  return Object.fromEntries(
    Object.entries(leaves).map(([path, leaf]) => [path, leaf.change === 'replace' ? leaf : { ...leaf, apart: true }]),
  )
}

/** Fetches `logits` after the last token, [batch, vocabulary]. */
export function decodeProgram(model: Model, shape: DecodeShape) {
  const { batch, length } = shape
  return readingProgram(model, shape, ({ features }, parameters) => {
    const newest = reshape(slice(features, 1, length - 1, length), [batch, -1])
    return { logits: logits(newest, model.head(parameters)) }
  })
}

export interface LookAheadShape {
  /** Tokens read for good. */
  readonly read: number
  /** Texts that may follow, and the tokens of each; with a depth of 0, what is read alone. */
  readonly branches: number
  readonly depth: number
  readonly capacity: number
}

/**
 * Reads tokens [1, read] for good, and looks at what each of `branches` [branches, depth] would be after them. Fetches
 * `logits` [branches, …, vocabulary]: after the last token read, where there is one, and after each token of the branch.
 *
 * Each branch is a row that starts from the state before the tokens read, so that the two passes do not wait for each
 * other, and both are right for every mixer. The state that stays is that of the tokens read, whatever the branches were.
 */
export function lookAheadProgram(model: Model, { read, branches, depth, capacity }: LookAheadShape) {
  const leaves = carriedLeaves(model, 1, capacity)
  const wide = carriedLeaves(model, branches, capacity)
  const feeds: { tokens?: Spec; ahead?: Spec } = {
    ...(read > 0 && { tokens: { shape: [1, read], dtype: 'i32' } }),
    ...(depth > 0 && { ahead: { shape: [branches, depth], dtype: 'i32' } }),
  }
  return traceStateful({ ...parameterLeaves(model), ...leaves }, feeds, (before, { tokens, ahead }) => {
    const parameters = model.nest(({ path }) => before[`parameters.${path}`])
    const next = tokens ? model.forward(parameters, { x: tokens }, carriedState(model, before, 1)).state : {}

    const copied = (path: string) => {
      const rows = (t: Tensor) => broadcastTo(t, wide[path].shape)
      const leaf: Tensor | Cache = before[path]
      return 'buffer' in leaf ? { ...leaf, buffer: rows(leaf.buffer) } : rows(leaf)
    }
    const copies = Object.fromEntries(Object.keys(leaves).map((path) => [path, copied(path)])) as StateTensors
    const rows = [tokens && broadcastTo(tokens, [branches, read]), ahead].filter((part) => part !== undefined)
    const seen = model.forward(parameters, { x: concat(rows, 1) }, carriedState(model, copies, branches))
    const wanted = slice(seen.features, 1, Math.max(0, read - 1))
    const [, places, dim] = wanted.shape
    const scores = logits(reshape(wanted, [branches * places, dim]), model.head(parameters))
    const changed = Object.entries(flatState(next)).filter(([path, value]) => value !== (before[path] as Tensor))
    return { state: Object.fromEntries(changed), fetch: { logits: reshape(scores, [branches, places, -1]) } }
  })
}
