/** A byte-level tokenizer.json of GPT-2's kind. */
export function byteLevelJson(vocab: object, merges: string[]) {
  return {
    added_tokens: [],
    pre_tokenizer: { type: 'ByteLevel', add_prefix_space: false },
    decoder: { type: 'ByteLevel' },
    model: { type: 'BPE', vocab, merges },
  }
}

const bytes = Array.from({ length: 256 }, (_, i) => `<0x${i.toString(16).toUpperCase().padStart(2, '0')}>`)
const letters = ['▁', ...'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.,:;!?-\n']
const longer = ['▁t', 'th', '▁th', 'he', '▁the', 'in', '▁a', 'er', '▁▁', 'nd', '▁and', 'to', '▁to']

/** A tokenizer.json of Llama's kind: a space in front of the text, spaces as ▁, unknown characters as bytes. */
export function sentencePieceJson(tokens: string[] = ['<unk>', ...bytes, ...letters, ...longer], ranked = longer) {
  const vocab = Object.fromEntries(tokens.map((token, id) => [token, id]))
  const merges = ranked.flatMap((token) => {
    const characters = Array.from(token)
    const splits = characters
      .slice(1)
      .map((_, i) => [characters.slice(0, i + 1).join(''), characters.slice(i + 1).join('')])
    return splits.filter(([left, right]) => left in vocab && right in vocab)
  })
  return {
    added_tokens: [],
    normalizer: {
      type: 'Sequence',
      normalizers: [
        { type: 'Prepend', prepend: '▁' },
        { type: 'Replace', pattern: { String: ' ' }, content: '▁' },
      ],
    },
    pre_tokenizer: null,
    decoder: {
      type: 'Sequence',
      decoders: [
        { type: 'Replace', pattern: { String: '▁' }, content: ' ' },
        { type: 'ByteFallback' },
        { type: 'Fuse' },
        { type: 'Strip', content: ' ', start: 1, stop: 0 },
      ],
    },
    model: { type: 'BPE', unk_token: '<unk>', fuse_unk: true, byte_fallback: true, vocab, merges },
  }
}
