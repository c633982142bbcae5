/**
 * Many texts over one set of parameters, each with its own state, length and pace: what a server reads and writes side by
 * side. A new token of several texts is one run of a program with a row for each; texts enter and leave rows at any time.
 *
 * What a text gets does not depend on which others are there, to the bit: pieces of a prompt are read by themselves, and a
 * row of a product over two or more rows is computed alike in all of them. (Over one row ONNX Runtime takes another path,
 * so there are never fewer than two.) Caches in rows count the positions of each row, which not all mixers can read: models
 * with others take their steps one text after the other.
 */
import {
  compileStateful,
  type Executor,
  type Stateful,
  type Step,
  sizeOf,
  type Tensor,
  type TensorData,
} from '../engine/index.js'
import type { StateLeaf } from '../mechanisms/index.js'
import { carriedLeaves, type Model, startedLeaves } from '../models/index.js'
import { checkedIds, requireGenerator } from './decoder.js'
import { type DecodeShape, decodeProgram, readingProgram, rowsApart } from './program.js'
import { createWeights, type ParameterSource } from './weights.js'

/** What a text is continued from, wherever and whenever. */
export interface TextState {
  /** Tokens read. */
  readonly position: number
  /** By path; of caches, the used part alone. */
  readonly leaves: Readonly<Record<string, TensorData & { readonly used: number }>>
}

/** Texts are known by number. Calls may overlap; they are done in order. */
export interface Texts {
  readonly model: Model
  /** Whether steps of several texts are one run. */
  readonly together: boolean
  /** A new text, or one that goes on from a state. */
  open(state?: TextState): Promise<number>
  /** Tokens read so far. */
  position(text: number): number
  /** Reads tokens of a text in one run; gives the logits after the last, [vocabulary]. */
  read(text: number, tokens: ArrayLike<number>): Promise<Float32Array>
  /** As `read`, but gives the features of each token after the last norm, [n, dim]. */
  readFeatures(text: number, tokens: ArrayLike<number>): Promise<Float32Array>
  /** Reads one token of each text; gives the logits after each. */
  step(texts: readonly number[], tokens: readonly number[]): Promise<Float32Array[]>
  save(text: number): Promise<TextState>
  close(text: number): Promise<void>
  /** Bytes held for the states of all texts. */
  bytes(): Promise<number>
  /** Frees states and parameters. */
  dispose(): Promise<void>
}

interface Text {
  position: number
  capacity: number
  row?: number
}

type Compiled = Step<{ tokens: TensorData }, { values: Tensor }>

const smallestCapacity = 128
const fewestRows = 2

/**
 * @param parameters by path, or what gives them one by one; needed while the texts live
 * @throws UserError when the model does not predict the next token
 */
export async function createTexts(
  model: Model,
  parameters: Readonly<Record<string, TensorData>> | ParameterSource,
  { executor }: { executor: Executor },
): Promise<Texts> {
  const { vocabulary } = requireGenerator(model)
  const store = executor.createStore()
  const weights = createWeights(parameters, { executor, store, form: 'f32' })
  const paths = Object.keys(carriedLeaves(model, 1))
  const caches = paths.filter((path) => Object.hasOwn(Object(carriedLeaves(model, 1)[path].change), 'append'))
  const together = rowsAreSlices(model)
  const programs = new Map<string, Promise<Compiled>>()
  const texts = new Map<number, Text>()
  let opened = 0
  /** The text whose leaves have the names that programs of one row read. */
  let current: number | undefined
  let rows: (number | undefined)[] = []
  /** Positions that the caches of rows have room for. */
  let room = 0
  /**
   * Steps that free rows took since they were last emptied, infinite where one was left since: free rows read along, and
   * must not come to positions that the model or a cache does not have.
   */
  let idle = 0

  const named = (prefix: string) => (path: string) => path.replace(/^carried/, prefix)
  const from = (a: string, b: string) => Object.fromEntries(paths.map((path) => [named(a)(path), named(b)(path)]))
  const own = (id: number) => `text${id}`
  const textOf = (id: number): Text => {
    const text = texts.get(id)
    if (!text) throw new RangeError(`texts: there is no text ${id}`)
    return text
  }

  function program(kind: 'read' | 'features' | 'rows', shape: DecodeShape): Promise<Compiled> {
    const { batch, length } = shape
    const key = `${kind} ${batch} ${length}${caches.length > 0 ? ` of ${shape.capacity}` : ''}`
    const made = programs.get(key) ?? compile(kind, shape)
    programs.set(key, made)
    return made
  }

  async function compile(kind: 'read' | 'features' | 'rows', shape: DecodeShape): Promise<Compiled> {
    const bindAs = async <F>(
      traced: Stateful<F>,
      values: (fetched: F) => Tensor,
    ): Promise<Stateful<{ values: Tensor }>> => {
      const { stateful } = await weights.bind(traced)
      return { ...stateful, fetched: { values: values(stateful.fetched) } }
    }
    const stateful =
      kind === 'features'
        ? await bindAs(
            readingProgram(model, shape, ({ features }) => features),
            (features) => features,
          )
        : await bindAs(decodeProgram(model, { ...shape, apart: kind === 'rows' }), ({ logits }) => logits)
    if (kind !== 'rows') return compileStateful(executor, store, stateful)
    const rename = <B>(binding: B): B => {
      if (typeof binding !== 'object' || binding === null) return binding
      return Object.fromEntries(Object.entries(binding).map(([key, path]) => [key, named('rows')(path)])) as B
    }
    const bindings = { inputs: stateful.bindings.inputs.map(rename), outputs: stateful.bindings.outputs.map(rename) }
    return compileStateful(executor, store, { ...stateful, bindings })
  }

  /** Puts the leaves of a text under the names that programs of one row read. */
  async function load(id: number): Promise<Text> {
    const text = textOf(id)
    if (current !== id) {
      await unload()
      await store.rename(from(own(id), 'carried'))
      current = id
    }
    await leaveRow(id)
    return text
  }

  async function unload(): Promise<void> {
    if (current !== undefined) await store.rename(from('carried', own(current)))
    current = undefined
  }

  /** Where the leaves of a text are. */
  const home = (id: number) => (current === id ? 'carried' : own(id))

  async function leaveRow(id: number): Promise<void> {
    const text = textOf(id)
    if (text.row === undefined) return
    await reserve(id, text.position)
    await store.copyRow(from('rows', home(id)), text.row, 0)
    freeRow(text)
  }

  function freeRow(text: Text): void {
    if (text.row === undefined) return
    rows[text.row] = undefined
    text.row = undefined
    idle = Number.POSITIVE_INFINITY
  }

  /** Makes room for the positions of a text where its own leaves are. */
  async function reserve(id: number, positions: number): Promise<void> {
    const text = textOf(id)
    if (positions <= text.capacity) return
    text.capacity = 2 ** Math.ceil(Math.log2(positions))
    for (const path of caches) await store.grow(named(home(id))(path), text.capacity)
  }

  /** Gives each text a row; no other text keeps one. */
  async function seat(ids: readonly number[]): Promise<void> {
    const stays = new Set(ids)
    for (const id of rows) if (id !== undefined && !stays.has(id)) await leaveRow(id)
    const needed = Math.max(fewestRows, 2 ** Math.ceil(Math.log2(ids.length)))
    const longest = Math.max(...ids.map((id) => textOf(id).position)) + 1
    const wanted = caches.length === 0 ? 0 : Math.max(smallestCapacity, 2 ** Math.ceil(Math.log2(longest)))
    const large = 4 * needed <= rows.length || 4 * wanted <= room
    if (needed > rows.length || wanted > room || large) await resize(needed, wanted)
    for (const id of ids) {
      const text = textOf(id)
      if (text.row !== undefined) continue
      const row = rows.indexOf(undefined)
      await store.copyRow(from(home(id), 'rows'), 0, row)
      rows[row] = id
      text.row = row
    }
    if (rows.includes(undefined) && ++idle >= Math.min(model.longest, room || Number.POSITIVE_INFINITY))
      await emptyFreeRows()
  }

  async function emptyFreeRows(): Promise<void> {
    const fresh = startedLeaves(carriedLeaves(model, 1))
    await store.write(Object.fromEntries(paths.map((path) => [named('fresh')(path), fresh[path]])))
    for (const [row, id] of rows.entries()) if (id === undefined) await store.copyRow(from('fresh', 'rows'), 0, row)
    idle = 0
  }

  async function resize(size: number, capacity: number): Promise<void> {
    const fresh = startedLeaves(rowsApart(carriedLeaves(model, size, capacity)))
    await store.write(Object.fromEntries(paths.map((path) => [named('next')(path), fresh[path]])))
    const seated = rows.filter((id) => id !== undefined)
    for (const [row, id] of seated.entries()) {
      await store.copyRow(from('rows', 'next'), textOf(id).row as number, row)
      textOf(id).row = row
    }
    await store.rename(from('next', 'rows'))
    rows = Array.from({ length: size }, (_, row) => seated[row])
    room = capacity
    idle = 0
  }

  async function readOne(kind: 'read' | 'features', id: number, tokens: ArrayLike<number>): Promise<Float32Array> {
    const ids = checkedIds(tokens, vocabulary)
    const text = await load(id)
    const { length } = ids
    await reserve(id, text.position + length)
    const step = await program(kind, { batch: 1, length, capacity: text.capacity })
    const { values } = await step.run({ tokens: { shape: [1, length], dtype: 'i32', data: ids } })
    text.position += length
    return values.data as Float32Array
  }

  async function stepTogether(ids: readonly number[], tokens: readonly number[]): Promise<Float32Array[]> {
    await seat(ids)
    const data = new Int32Array(rows.length)
    const places = ids.map((id) => textOf(id).row as number)
    checkedIds(tokens, vocabulary).forEach((token, index) => {
      data[places[index]] = token
    })
    const step = await program('rows', { batch: rows.length, length: 1, capacity: room })
    const { values } = await step.run({ tokens: { shape: [rows.length, 1], dtype: 'i32', data } })
    for (const id of ids) textOf(id).position++
    const logits = values.data as Float32Array
    const width = logits.length / rows.length
    return places.map((row) => logits.subarray(row * width, (row + 1) * width))
  }

  let last: Promise<unknown> = Promise.resolve()
  const inOrder =
    <A extends unknown[], R>(action: (...args: A) => Promise<R>) =>
    (...args: A): Promise<R> => {
      const result = last.then(() => action(...args))
      last = result.catch(() => undefined)
      return result
    }

  return {
    model,
    together,
    position: (id) => textOf(id).position,

    open: inOrder(async (state?: TextState) => {
      const id = opened++
      const position = state?.position ?? 0
      const capacity = Math.max(smallestCapacity, 2 ** Math.ceil(Math.log2(Math.max(1, position))))
      const leaves = carriedLeaves(model, 1, capacity)
      if (!state) await store.write(relabelled(startedLeaves(leaves), named(own(id))))
      else {
        const restored = paths.map((path) => [path, { change: leaves[path].change, ...state.leaves[path] }] as const)
        await store.write(relabelled(Object.fromEntries(restored), named(own(id))))
        for (const path of caches) await store.grow(named(own(id))(path), capacity)
      }
      texts.set(id, { position, capacity })
      return id
    }),

    read: inOrder((id: number, tokens: ArrayLike<number>) => readOne('read', id, tokens)),
    readFeatures: inOrder((id: number, tokens: ArrayLike<number>) => readOne('features', id, tokens)),

    step: inOrder(async (ids: readonly number[], tokens: readonly number[]) => {
      if (together) return stepTogether(ids, tokens)
      const logits: Float32Array[] = []
      for (const [index, id] of ids.entries()) logits.push(await readOne('read', id, [tokens[index]]))
      return logits
    }),

    save: inOrder(async (id: number) => {
      const text = await load(id)
      const read = await store.read(paths)
      const leaves = carriedLeaves(model, 1, text.capacity)
      const used = paths.map((path) => {
        const { change } = leaves[path]
        const append = change !== 'replace' && 'append' in change
        return [path, append ? firstSlices(read[path], change.append) : read[path]] as const
      })
      return { position: text.position, leaves: Object.fromEntries(used) }
    }),

    close: inOrder(async (id: number) => {
      freeRow(textOf(id))
      if (current === id) await unload()
      await store.remove(paths.map(named(own(id))))
      texts.delete(id)
    }),

    bytes: inOrder(async () => {
      const prefixes = [...[...texts.keys()].map(home), ...(rows.length > 0 ? ['rows'] : [])]
      return (await store.bytes(prefixes.flatMap((prefix) => paths.map(named(prefix))))).allocated
    }),
    dispose: inOrder(() => store.dispose()),
  }
}

/** Whether leaves have a slice along their first axis for each row, and caches may be apart. */
function rowsAreSlices(model: Model): boolean {
  const [one, three] = [carriedLeaves(model, 1), carriedLeaves(model, 3)]
  const sliced = Object.keys(one).every((path) => {
    const [rows, ...rest] = three[path].shape
    return one[path].shape[0] === 1 && rows === 3 && `${rest}` === `${one[path].shape.slice(1)}`
  })
  const mayBeApart = model.layers.every(({ mixer, settings }) => {
    const leaves = Object.values(mixer.state(settings, { batch: 1, capacity: 0 }) as Record<string, StateLeaf>)
    return mixer.apart || leaves.every((leaf) => !leaf || leaf.change === 'replace')
  })
  return sliced && mayBeApart
}

/** The used slices of a cache along an axis, as a cache without room. */
function firstSlices(leaf: TensorData & { used: number }, axis: number): TensorData & { used: number } {
  const { shape, data, used } = leaf
  const inner = sizeOf(shape.slice(axis + 1))
  const outer = sizeOf(shape.slice(0, axis))
  const kept = new (data.constructor as Float32ArrayConstructor)(outer * used * inner)
  for (let o = 0; o < outer; o++) {
    const start = o * shape[axis] * inner
    kept.set((data as Float32Array).subarray(start, start + used * inner), o * used * inner)
  }
  return { ...leaf, shape: shape.map((extent, index) => (index === axis ? used : extent)), data: kept }
}

function relabelled<V>(leaves: Readonly<Record<string, V>>, name: (path: string) => string): Record<string, V> {
  return Object.fromEntries(Object.entries(leaves).map(([path, value]) => [name(path), value]))
}
