/** The words of the tasks in plain English, and sentences made of them to be read past. */
import type { Random } from '../random.js'
import type { Vocabulary } from './vocabulary.js'

const list = (words: string) => words.trim().split(/\s+/)

export const nouns = list(`
  actor anchor apple arrow basket beach bell bird blanket boat bottle bread bridge brush bucket butter button camera
  candle carpet castle chair cheese cherry church clock cloud coat coin corn cousin crown curtain desk diamond doctor
  door dragon drum eagle engine farmer feather fence field flag flower forest fountain garden gate ghost glove grape
  guitar hammer harbor hat horse island jacket jewel kettle king kitchen ladder lake lamp lemon letter lion market
  mirror monkey mountain needle nurse ocean onion oven painter paper pencil piano pillow pilot planet plate pocket
  potato prince queen rabbit river rocket rope sailor salt saddle school shadow sheep ship shirt soldier spider spoon
  stone sugar table teacher temple tiger tower train tree valley village violin wagon wheel window winter wolf
`)

const adjectives = list(
  'big blue brave bright broken clean cold dark empty gentle green heavy loud new old quiet red small',
)
const verbs = list(
  'carries covers finds follows helps hides keeps leaves likes meets misses moves needs sees takes wants',
)

/** The words that sentences are made of. */
export const sentenceWords = ['the', ...adjectives, ...nouns, ...verbs, '.']

/** Words of a sentence. */
export const sentenceLength = 8

/** Makes random sentences, as tokens of a vocabulary: `the old king needs the red boat .` */
export function sentencesIn(vocabulary: Vocabulary): (random: Random) => number[] {
  const tokens = (words: readonly string[]) => vocabulary.encode(words.join(' '))
  const [things, qualities, actions] = [nouns, adjectives, verbs].map(tokens)
  const [the, stop] = vocabulary.encode('the .')
  return (random) => {
    const thing = () => [the, random.pick(qualities), random.pick(things)]
    return [...thing(), random.pick(actions), ...thing(), stop]
  }
}
