import { randomBelow } from '#seqlab/data/random.js'

/** Texts with what goes wrong in tokenizers: every plane of Unicode, line ends, marks, clusters, runs. */
export const texts: Record<string, string> = {
  plain: 'First Citizen:\nBefore we proceed any further, hear me speak.\n',
  'windows line ends': 'one\r\ntwo\r\n\r\nthree\r',
  'byte order mark': '\ufeffafter the mark \ufeff inside',
  accents: 'Äpfel, naïve, e\u0301 combined, ﬁ ligature',
  scripts: 'нещо на Български, កាន់តែពិសេស, 日本語のテキスト。吾輩は猫である, עברית',
  emoji: '🚀 (normal) 😶‍🌫️ (joined) 🇩🇪 👩‍👩‍👧‍👦',
  numbers: '3 33 333 3333 33333 ½ ² ٣',
  spaces: '  two   three\t\ttabs\u00a0\u2003 wide \n \n\n end   ',
  'replacement character': 'genuine \ufffd mark',
  'null and controls': 'a\u0000b\u0007c\u007f',
  'every plane': Array.from({ length: 17 }, (_, plane) => String.fromCodePoint(plane * 0x10000 + 0x41)).join(' '),
  'borders of the planes': String.fromCodePoint(0x7f, 0x80, 0x7ff, 0x800, 0xd7ff, 0xe000, 0xffff, 0x10000, 0x10ffff),
}

/** Random text of code points from all planes; the surrogates, which are no characters, are left out. */
export function randomText(length: number, seed: number): string {
  const limits = [0x80, 0x800, 0xd800, 0x110000]
  const points = Array.from({ length }, (_, i) => {
    const point = randomBelow(limits[randomBelow(limits.length, seed, i, 0)], seed, i, 1)
    return point >= 0xd800 && point <= 0xdfff ? 0x20 : point
  })
  return points.map((point) => String.fromCodePoint(point)).join('')
}
