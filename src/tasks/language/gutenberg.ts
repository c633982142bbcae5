/** Long books in the public domain: one document of millions of bytes. */
import { z } from 'zod'
import { divide, filesIn, sizeOf } from '../../data/index.js'
import { UserError } from '../../platform/errors.js'
import { platform } from '../../platform/index.js'
import { type Corpora, defineText } from '../task.js'

export const gutenberg = defineText({
  id: 'gutenberg',
  kind: 'text',
  group: 'language',
  title: 'Books of Project Gutenberg',
  shows: 'What a model gains from a long context, in documents where names and plots return after many pages.',
  source: {
    title: 'Compressive Transformers for Long-Range Sequence Modelling',
    authors: 'Rae et al.',
    year: 2019,
    arxiv: '1911.05507',
    note: 'Books of the kind that PG-19 has, but not its parts: its figures do not apply.',
  },
  config: z.strictObject({
    book: z
      .string()
      .default('')
      .describe('how the name of its file begins, for example moby-dick; the longest by default'),
    test: z.string().default('').describe('another book to test on, whole; by default the last tenth of the same'),
    unit: z.enum(['byte', 'char', 'word']).default('byte').describe('what the text is read in'),
  }),
  async open({ book, test: other, unit }, corpora) {
    const books = await booksOf(corpora)
    const { path, size } = book === '' ? longest(books) : named(books, book)
    const [train, validation, test] = await divide(path, size, [0.8, 0.9])
    return {
      train: { path, range: train },
      validation: { path, range: validation },
      test: other === '' ? { path, range: test } : { path: named(books, other).path },
      tokenizer: unit,
    }
  },
})

interface Book {
  readonly name: string
  readonly path: string
  readonly size: number
}

/** Files that end in .txt; those named in capitals are notes on the corpus. */
async function booksOf(corpora: Corpora): Promise<readonly Book[]> {
  const { files } = platform()
  const folder = await corpora.path('gutenberg')
  const found = (await filesIn(folder)).flatMap((file) => {
    const name = /([^/]+)\.txt$/.exec(file)?.[1]
    return name && name !== name.toUpperCase() ? [{ name, path: files.join(folder, file) }] : []
  })
  if (found.length > 0) return Promise.all(found.map(async (book) => ({ ...book, size: await sizeOf(book.path) })))
  throw new UserError(
    `gutenberg: ${folder} has no book – put one .txt file for each into a folder and register it: seqlab data add gutenberg FOLDER`,
  )
}

const longest = (books: readonly Book[]) => books.reduce((a, b) => (b.size > a.size ? b : a))

function named(books: readonly Book[], start: string): Book {
  const found = books.filter(({ name }) => name.startsWith(start))
  if (found.length === 1) return found[0]
  const names = books.map(({ name }) => name).join(', ')
  throw new UserError(
    `gutenberg: book must be how one file’s name begins, and ${found.length} begin with ${JSON.stringify(start)} – they are ${names}`,
  )
}
