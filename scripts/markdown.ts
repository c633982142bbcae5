/** Pieces of Markdown. */

/** The first rows are the header and what sets the alignment. */
export const markdownTable = (rows: readonly (readonly string[])[]): string =>
  rows.map((row) => `| ${row.join(' | ')} |`).join('\n')

/** A citation, linked where the paper is on arXiv. */
export const linked = (label: string, arxiv: string | undefined): string =>
  arxiv ? `[${label}](https://arxiv.org/abs/${arxiv})` : label

/** Text as it is, where Markdown or a table would read signs of their own into it. */
export const plain = (text: string): string => text.replace(/[\\|*_<`[\]~]/g, '\\$&')
