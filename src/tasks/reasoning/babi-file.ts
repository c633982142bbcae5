/** The files of bAbI: numbered statements that make a story, and questions with a tab before the answer. */
import { UserError } from '../../platform/errors.js'
import { platform } from '../../platform/index.js'

/** A question and the statements of the story before it; questions are no part of stories. */
export interface StoryQuestion {
  /** Which story of the file, from 0 on. */
  readonly story: number
  readonly statements: readonly (readonly string[])[]
  readonly question: readonly string[]
  /** One word: lists stay joined by commas. */
  readonly answer: string
}

/**
 * The questions of one task, from the files qa1_…_train.txt to qa20_…_test.txt in a folder or in the folder `en` in it.
 *
 * @throws UserError when the file is missing or broken
 */
export async function readStories(folder: string, task: number, part: 'train' | 'test'): Promise<StoryQuestion[]> {
  const { files } = platform()
  for (const place of [folder, files.join(folder, 'en')]) {
    const name = (await files.list(place)).find(
      (name) => name.startsWith(`qa${task}_`) && name.endsWith(`_${part}.txt`),
    )
    if (!name) continue
    const path = files.join(place, name)
    return parseStories(new TextDecoder().decode(await files.read(path)), path)
  }
  throw new UserError(
    `${folder}: expected a file qa${task}_…_${part}.txt in it or in its folder en, found none – register the folder of the bAbI files`,
  )
}

/** Words in lower case; full stops, commas and question marks are words too. */
const wordsOf = (text: string) => text.toLowerCase().match(/[a-z0-9'-]+|[.?,]/g) ?? []

/** @throws UserError with path and line where the text is not of that form */
export function parseStories(text: string, path: string): StoryQuestion[] {
  const questions: StoryQuestion[] = []
  let statements: string[][] = []
  let story = -1
  let number = 0
  const lines = text.split(/\r?\n/)
  if (lines.at(-1) === '') lines.pop()
  lines.forEach((line, index) => {
    const refuse = (expected: string): never => {
      const got = line.length > 60 ? `${line.slice(0, 60)}…` : line
      throw new UserError(
        `${path}:${index + 1}: expected ${expected}, got ${JSON.stringify(got)} – give the files of bAbI as they are`,
      )
    }
    const [, digits, rest] = /^(\d+) (.*)$/.exec(line) ?? refuse('a number, a space and a sentence')
    if (Number(digits) === 1) {
      statements = []
      story++
    } else if (Number(digits) !== number + 1 || story < 0)
      refuse(story < 0 ? 'line number 1' : `line number 1 or ${number + 1}`)
    number = Number(digits)
    const [sentence, answer] = rest.split('\t')
    const words = wordsOf(sentence)
    if (words.length === 0) refuse('a sentence after the number')
    if (!rest.includes('\t')) statements.push(words)
    else if (!answer?.trim()) refuse('an answer after the tab')
    else questions.push({ story, statements: [...statements], question: words, answer: answer.trim().toLowerCase() })
  })
  if (questions.length === 0)
    throw new UserError(`${path}: expected questions with answers, got none – give the files of bAbI as they are`)
  return questions
}
