/**
 * SentencePiece models as what a tokenizer.json holds. A model is a protobuf message (sentencepiece_model.proto): pieces
 * with scores and kinds, how it was trained, how text is normalised. The two kinds that models are published in are read:
 * unigram, where the likeliest split counts, and byte-pair encoding, where a piece's score is the rank of its merge.
 */
import protobuf from 'protobufjs/minimal.js'
import { UserError } from '../../platform/errors.js'

const space = '▁'
const kinds = { unknown: 2, control: 3, userDefined: 4 } as const
const modelTypes = { unigram: 1, bpe: 2 } as const

interface Piece {
  readonly text: string
  readonly score: number
  readonly kind: number
}

interface SentencePieceModel {
  readonly pieces: Piece[]
  readonly type: number
  readonly byteFallback: boolean
  readonly prefix: boolean
  readonly removeSpaces: boolean
  readonly normalized: boolean
}

/** @throws UserError for what is no such model, and for one of a kind that is not read */
export function sentencePieceJson(bytes: Uint8Array, path: string): object {
  const model = read(bytes, path)
  const { pieces, type } = model
  const added_tokens = pieces.flatMap(({ text, kind }, id) =>
    kind === kinds.control || kind === kinds.userDefined || kind === kinds.unknown ? [addedToken(id, text, kind)] : [],
  )
  const unknown = pieces.findIndex(({ kind }) => kind === kinds.unknown)
  if (type === modelTypes.bpe) return { added_tokens, ...bytePairs(model, pieces[unknown]?.text) }
  if (type !== modelTypes.unigram || model.byteFallback) {
    const got = type === modelTypes.unigram ? 'unigram with bytes for what is unknown' : `kind ${type}`
    throw new UserError(`${path}: a SentencePiece model of ${got}, which is not read – unigram and bpe are`)
  }
  if (unknown < 0)
    throw new UserError(
      `${path}: a SentencePiece model without a piece for what is unknown – take the .model file beside a model`,
    )
  const metaspace = {
    type: 'Metaspace',
    replacement: space,
    prepend_scheme: model.prefix ? 'always' : 'never',
    split: true,
  }
  return {
    added_tokens,
    normalizer: { type: 'Sequence', normalizers: unigramNormalizers(model) },
    pre_tokenizer: metaspace,
    decoder: metaspace,
    model: { type: 'Unigram', unk_id: unknown, vocab: pieces.map(({ text, score }) => [text, score]) },
  }
}

function unigramNormalizers({ normalized, removeSpaces }: SentencePieceModel): object[] {
  return [
    ...(normalized ? [{ type: 'Precompiled', precompiled_charsmap: null }] : []),
    ...(removeSpaces
      ? [
          { type: 'Strip', strip_left: true, strip_right: true },
          { type: 'Replace', pattern: { Regex: ' {2,}' }, content: ' ' },
        ]
      : []),
  ]
}

function bytePairs({ pieces, prefix, byteFallback }: SentencePieceModel, unk_token: string | undefined): object {
  const vocab = Object.fromEntries(pieces.map(({ text }, id) => [text, id]))
  const ranked = pieces.filter(({ kind }) => kind === 1).sort((a, b) => b.score - a.score)
  const merges = ranked.flatMap(({ text }) => {
    const characters = Array.from(text)
    return characters
      .slice(1)
      .map((_, index) => [characters.slice(0, index + 1).join(''), characters.slice(index + 1).join('')])
      .filter(([left, right]) => left in vocab && right in vocab)
      .sort((a, b) => vocab[a[0]] - vocab[b[0]] || vocab[a[1]] - vocab[b[1]])
  })
  return {
    normalizer: {
      type: 'Sequence',
      normalizers: [
        ...(prefix ? [{ type: 'Prepend', prepend: space }] : []),
        { type: 'Replace', pattern: { String: ' ' }, content: space },
      ],
    },
    decoder: {
      type: 'Sequence',
      decoders: [
        { type: 'Replace', pattern: { String: space }, content: ' ' },
        { type: 'ByteFallback' },
        { type: 'Fuse' },
        ...(prefix ? [{ type: 'Strip', content: ' ', start: 1, stop: 0 }] : []),
      ],
    },
    model: { type: 'BPE', unk_token, fuse_unk: true, byte_fallback: byteFallback, vocab, merges },
  }
}

function addedToken(id: number, content: string, kind: number): object {
  const plain = { single_word: false, lstrip: false, rstrip: false, normalized: false }
  return { id, content, special: kind !== kinds.userDefined, ...plain }
}

function read(bytes: Uint8Array, path: string): SentencePieceModel {
  const model = {
    pieces: [] as Piece[],
    type: 1,
    byteFallback: false,
    prefix: true,
    removeSpaces: true,
    normalized: false,
  }
  try {
    const message = protobuf.Reader.create(bytes)
    eachField(message, message.len, {
      1: (reader) => model.pieces.push(readPiece(reader)),
      2: (reader) =>
        eachField(reader, reader.uint32() + reader.pos, {
          3: () => {
            model.type = reader.int32()
          },
          35: () => {
            model.byteFallback = reader.bool()
          },
        }),
      3: (reader) =>
        eachField(reader, reader.uint32() + reader.pos, {
          2: () => {
            model.normalized = reader.bytes().length > 0
          },
          3: () => {
            model.prefix = reader.bool()
          },
          4: () => {
            model.removeSpaces = reader.bool()
          },
        }),
    })
  } catch {
    throw new UserError(`${path}: not a SentencePiece model – take the .model file beside a model`)
  }
  if (model.pieces.length > 0) return model
  throw new UserError(`${path}: a SentencePiece model without pieces – take the .model file beside a model`)
}

function readPiece(reader: protobuf.Reader): Piece {
  const piece = { text: '', score: 0, kind: 1 }
  eachField(reader, reader.uint32() + reader.pos, {
    1: () => {
      piece.text = reader.string()
    },
    2: () => {
      piece.score = reader.float()
    },
    3: () => {
      piece.kind = reader.int32()
    },
  })
  return piece
}

/** Reads a message up to `end`, field by field; fields without a function are skipped. */
function eachField(reader: protobuf.Reader, end: number, fields: Record<number, (reader: protobuf.Reader) => unknown>) {
  if (end > reader.len) throw new RangeError('a message ends behind the file')
  while (reader.pos < end) {
    const tag = reader.uint32()
    const field = fields[tag >>> 3]
    if (field) field(reader)
    else reader.skipType(tag & 7)
  }
}
