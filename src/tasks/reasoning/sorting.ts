/** Numbers, each one word, to be said again from the smallest to the largest: `42 7 19 = 7 19 42`. */
import { z } from 'zod'
import { defineTask } from '../task.js'
import { questions } from './questions.js'

export const sorting = defineTask({
  kind: 'examples',
  id: 'sorting',
  group: 'reasoning',
  title: 'Sorting',
  shows: 'Whether a model can find, again and again, the next larger of all the numbers that it has read.',
  source: {
    title: 'What Algorithms can Transformers Learn? A Study in Length Generalization',
    authors: 'Zhou, Bradley, Littwin, Razin, Saremi, Susskind, Bengio, Nakkiran',
    year: 2023,
    arxiv: '2310.16028',
    note: 'Numbers are drawn with repetition, and lists of one setting are equally long.',
  },
  config: z.strictObject({
    numbers: z.int().min(2).max(1024).default(8).describe('numbers to sort'),
    values: z.int().min(2).max(10_000).default(100).describe('numbers are drawn from 0 to this, exclusive'),
  }),
  difficulty: { setting: 'numbers', values: [4, 8, 16, 32, 64, 128] },
  metric: 'exact',
  async open({ numbers, values }) {
    return questions({
      task: 'sorting',
      vocabulary: [...Array.from({ length: values }, (_, value) => String(value)), '='],
      most: { question: numbers + 1, answer: numbers },
      chance: likeliest(numbers, values),
      space: ' ',
      draw(random) {
        const drawn = Array.from({ length: numbers }, () => random.below(values))
        const sorted = [...drawn].sort((a, b) => a - b)
        return { question: [...drawn.map(String), '='], answer: sorted.map(String) }
      },
    })
  },
})

/** How likely the likeliest answer is: one in which all values are as equally often as can be (multinomial). */
function likeliest(numbers: number, values: number): number {
  const least = Math.floor(numbers / values)
  const more = numbers % values
  const ways = logFactorial(numbers) - more * logFactorial(least + 1) - (values - more) * logFactorial(least)
  return Math.exp(ways - numbers * Math.log(values))
}

function logFactorial(n: number): number {
  let sum = 0
  for (let i = 2; i <= n; i++) sum += Math.log(i)
  return sum
}
