import type { MaskedBatch } from './validation.js'

/** Packed documents; `reset` is by token here. */
export interface PackedBatch extends Omit<MaskedBatch, 'reset'> {
  /** [batch, context]: 1 at the first token of each document, and of the padding after the last. */
  readonly starts: Uint8Array
}

interface Row {
  room: number
  readonly pieces: Int32Array[]
}

/**
 * Packs documents of any lengths into rows of `context` positions, several in a row. A document gives a prediction for
 * each token but its first; its last token is a target only, so no prediction crosses into the next document. One that is
 * longer than a row is divided, each piece starting with the token that the piece before predicted last. Each piece goes
 * to the row with the least room that takes it (best fit), documents in the order given.
 *
 * @returns batches of [batch, context]; a document of fewer than 2 tokens has nothing to predict and is left out
 */
export function packDocuments(
  documents: Iterable<Int32Array>,
  options: { batch: number; context: number },
): PackedBatch[] {
  const { batch, context } = options
  const rows: Row[] = []
  const withRoom: Row[][] = Array.from({ length: context + 1 }, () => [])
  for (const piece of divide(documents, context)) {
    const need = piece.length - 1
    let room = need
    while (room <= context && withRoom[room].length === 0) room++
    const row = withRoom[room]?.pop() ?? addRow(rows, context)
    row.pieces.push(piece)
    row.room -= need
    if (row.room > 0) withRoom[row.room].push(row)
  }
  const batches: PackedBatch[] = []
  for (let first = 0; first < rows.length; first += batch) {
    batches.push(fillBatch(rows.slice(first, first + batch), batch, context))
  }
  return batches
}

function* divide(documents: Iterable<Int32Array>, context: number): Generator<Int32Array> {
  for (const document of documents) {
    for (let start = 0; start + 1 < document.length; start += context) {
      yield document.subarray(start, start + context + 1)
    }
  }
}

function addRow(rows: Row[], room: number): Row {
  const row = { room, pieces: [] }
  rows.push(row)
  return row
}

function fillBatch(rows: Row[], batch: number, context: number): PackedBatch {
  const size = batch * context
  const result = {
    inputs: new Int32Array(size),
    targets: new Int32Array(size),
    weights: new Float32Array(size),
    starts: new Uint8Array(size),
  }
  for (let index = 0; index < batch; index++) {
    let at = index * context
    for (const piece of rows[index]?.pieces ?? []) {
      result.starts[at] = 1
      result.inputs.set(piece.subarray(0, -1), at)
      result.targets.set(piece.subarray(1), at)
      at += piece.length - 1
      result.weights.fill(1, at - piece.length + 1, at)
    }
    if (at < (index + 1) * context) result.starts[at] = 1
  }
  return result
}
