/** deconvae: paragraphs through one vector and back, all at once or word by word, clean or with wrong letters. */
import { bleu } from '../../../evaluation/index.js'
import { deconvae, lstmAutoencoder } from '../../../models/index.js'
import { countParameters } from '../../../nn/parameter.js'
import { createRandom, type Random } from '../../../tasks/index.js'
import type { Batch } from '../../../training/index.js'
import type { Demonstration, Lab } from '../../demonstration.js'
import { choices, integers, learnNetwork, type Outputs } from '../../lab/index.js'

/** The commonest words of the plays with two letters or more. */
const words =
  'the and to of you my that in is not for with it me be your he his this but have thou as what him so thy will we king by all'.split(
    ' ',
  )
const letters = 27
const longest = 60
const lengths = [15, 30, 45, 60] as const
const wrong = 0.1
const frame = { vocabulary: letters + 1, length: longest, latent: 128, temperature: 0.05 }
const steps = { deconvolution: 4000, lstm: 1500 }

/** Letters are 1 … 26, the space 27; 0 pads. */
const codes = (text: string) => Array.from(text, (letter) => (letter === ' ' ? letters : letter.charCodeAt(0) - 96))

/** Paragraphs of `length` letters, or of 10 … 60, of words drawn evenly; a share of the letters is replaced by any. */
const paragraphs =
  (corrupted: number, length?: number) =>
  (random: Random, count: number): Batch => {
    const all = Array.from({ length: count }, () => {
      const size = length ?? random.between(10, longest)
      let text = ''
      while (text.length < size) text += `${random.pick(words)} `
      const target = codes(text.slice(0, size))
      return { target, text: target.map((code) => (random.chance(corrupted) ? 1 + random.below(letters) : code)) }
    })
    const padded = (rows: readonly number[][]) =>
      integers(
        rows.map((row) => [...row, ...new Array<number>(longest - row.length).fill(0)]),
        [longest],
      )
    return { text: padded(all.map(({ text }) => text)), target: padded(all.map(({ target }) => target)) }
  }

/** BLEU of what is decoded, and the share of letters that are wrong in it and were wrong in the input. */
function compared({ logits }: Outputs, { text, target }: Batch) {
  const decoded = choices(logits)
  const real = (values: ArrayLike<number>, row: number) =>
    Array.from({ length: longest }, (_, at) => row * longest + at)
      .filter((index) => target.data[index] > 0)
      .map((index) => values[index])
  const rows = (values: ArrayLike<number>) => Array.from({ length: target.shape[0] }, (_, row) => real(values, row))
  const [found, given, wanted] = [rows(decoded), rows(text.data), rows(target.data)]
  const share = (texts: number[][]) => {
    const all = wanted.flat()
    return texts.flat().filter((code, index) => code !== all[index]).length / all.length
  }
  return { bleu: bleu(found, wanted), errors: share(found), given: share(given) }
}

/** Trained on corrupted paragraphs, asked with clean ones of each length and with corrupted ones. */
async function learned(lab: Lab, kind: 'deconvolution' | 'lstm', width: number) {
  lab.progress(`${kind}, ${steps[kind]} steps`)
  let early = 0
  let step = 0
  const learning = {
    examples: paragraphs(wrong),
    steps: steps[kind],
    batch: 16,
    rate: 3e-3,
    until: {
      every: 500,
      reached(outputs: Outputs, inputs: Batch) {
        step += 500
        if (step === steps.lstm) early = compared(outputs, inputs).bleu
        return false
      },
    },
  }
  const { ask } =
    kind === 'lstm'
      ? await learnNetwork(lab, lstmAutoencoder, { ...frame, embedding: 32, width }, learning)
      : await learnNetwork(lab, deconvae, convolutions, learning)
  const random = () => createRandom(lab.seed, 4)
  const clean = []
  for (const length of lengths) {
    const test = paragraphs(0, length)(random(), 300)
    clean.push(compared(await ask(test), test).bleu)
  }
  const test = paragraphs(wrong, longest)(random(), 300)
  return { early, clean, ...compared(await ask(test), test) }
}

const convolutions = { ...frame, width: 32, filters: 48 }
const size = {
  deconvolution: countParameters(deconvae.parameters(deconvae.config.parse(convolutions))),
  lstm: (width: number) =>
    countParameters(lstmAutoencoder.parameters(lstmAutoencoder.config.parse({ ...frame, embedding: 32, width }))),
}

export const deconvaeDemonstration: Demonstration = {
  id: 'deconvae',
  files: ['models/networks/deconvae.ts', 'models/networks/lstm-autoencoder.ts'],
  seed: 1,
  changed:
    'paragraphs of up to 60 letters made of 32 words, the temperature 0.05; both nets are trained to remove wrong letters ' +
    'and asked with clean and with corrupted paragraphs; the LSTM takes fewer steps, which cost about as much; as it is ' +
    'near chance at every length, how flat it is says nothing, and deconvolution is held to a slope of its own',
  async run(lab) {
    let width = 1
    while (size.lstm(width) < size.deconvolution) width++
    const [convolution, lstm] = await lab.each(['deconvolution', 'lstm'] as const, (kind, own) =>
      learned(own, kind, width),
    )
    const named = { deconvolution: convolution, LSTM: lstm }
    const curve = (tolerance: number) =>
      Object.entries(named).flatMap(([name, { clean }]) =>
        clean.map((value, index) => ({ name: `BLEU, ${name}, ${lengths[index]} letters`, value, tolerance })),
      )
    const kept = convolution.clean[3] / convolution.clean[0]
    return {
      claims: [
        {
          says: 'paragraphs of 60 letters come back with a higher BLEU than from an LSTM autoencoder of equal size',
          holds: convolution.clean[3] > lstm.clean[3] + 0.1 && convolution.early > lstm.early + 0.1,
          figures: [
            ...curve(0.06),
            { name: `BLEU after ${steps.lstm} steps, deconvolution`, value: convolution.early, tolerance: 0.1 },
            { name: `BLEU after ${steps.lstm} steps, LSTM`, value: lstm.early, tolerance: 0.06 },
            { name: 'parameters, deconvolution', value: size.deconvolution, tolerance: 0 },
            { name: 'parameters, LSTM', value: size.lstm(width), tolerance: 0 },
          ],
        },
        {
          says: 'from 15 to 60 letters deconvolution loses less than a tenth of its BLEU',
          holds: kept > 0.9 && convolution.clean[0] > 0.5,
          figures: [
            { name: 'BLEU at 60 letters as a share of that at 15, deconvolution', value: kept, tolerance: 0.06 },
          ],
        },
        {
          says: 'of one letter in ten that is wrong, less than it was given is left over',
          holds: convolution.errors < 0.8 * convolution.given,
          figures: [
            { name: 'wrong letters in the input', value: convolution.given, tolerance: 0 },
            { name: 'wrong letters from deconvolution', value: convolution.errors, tolerance: 0.025 },
            { name: 'wrong letters from the LSTM', value: lstm.errors, tolerance: 0.06 },
          ],
        },
      ],
      sentence:
        `BLEU of 60 letters ${convolution.clean[3].toFixed(3)} by deconvolution and ${lstm.clean[3].toFixed(3)} by the ` +
        `LSTM autoencoder, of 15 letters ${convolution.clean[0].toFixed(3)} and ${lstm.clean[0].toFixed(3)}; of ` +
        `${(100 * convolution.given).toFixed(1)} % wrong letters ${(100 * convolution.errors).toFixed(1)} % are left.`,
    }
  },
}
