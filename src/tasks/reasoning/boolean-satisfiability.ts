/** Random k-SAT in symbols: clauses between `;`, then whether they can all hold. `x1 -x3 x2 ; -x2 x3 x1 ; ?` is `sat`. */
import { z } from 'zod'
import { defineTask } from '../task.js'
import { formulaQuestions, formulaSettings, type Language, mostVariables } from './formulas.js'

const wordOf = (literal: number) => (literal > 0 ? `x${literal}` : `-x${-literal}`)
const literalWords = Array.from({ length: mostVariables }, (_, i) => [wordOf(i + 1), wordOf(-i - 1)]).flat()

export const booleanSatisfiability = defineTask({
  kind: 'examples',
  id: 'boolean-satisfiability',
  group: 'reasoning',
  title: 'Boolean satisfiability',
  shows: 'Whether a model can search, or at least sense when constraints are too many, where no rule of thumb decides.',
  source: {
    title: 'Hard and Easy Distributions of SAT Problems',
    authors: 'Mitchell, Selman, Levesque',
    year: 1992,
    note: 'Clauses are independent, with different variables each; as many formulas are satisfiable as not, each kind uniform.',
  },
  config: z.strictObject(formulaSettings),
  difficulty: { setting: 'variables', values: [4, 5, 6, 8, 10, 12, 16, 20] },
  metric: 'accuracy',
  async open(settings) {
    const language: Language = {
      task: 'boolean-satisfiability',
      vocabulary: [...literalWords, ';', '?', 'sat', 'unsat'],
      words: (clauses) => clauses * (settings.literals + 1) + 1,
      write: (_, formula, satisfiable) => ({
        question: [...formula.flatMap((clause) => [...clause.map(wordOf), ';']), '?'],
        answer: [satisfiable ? 'sat' : 'unsat'],
      }),
    }
    return formulaQuestions(language, settings)
  },
})
