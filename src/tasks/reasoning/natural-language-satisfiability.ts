/**
 * Random k-SAT in sentences: each clause is a rule about one and the same thing, whose last literal follows from the
 * others' opposites, and the answer says whether something can obey all rules.
 *
 *   if red and not tall then round . if not round then tall . possible ?   yes
 */
import { z } from 'zod'
import { defineTask } from '../task.js'
import { type Clause, formulaQuestions, formulaSettings, type Language } from './formulas.js'

const properties =
  'big blue brave bright calm clean cold dark deep dry fast flat gentle green heavy kind light loud old quiet red rich rough round sharp slow small smooth soft strong sweet tall thin warm wet wide wild wise yellow young'.split(
    ' ',
  )

export const naturalLanguageSatisfiability = defineTask({
  kind: 'examples',
  id: 'natural-language-satisfiability',
  group: 'reasoning',
  title: 'Natural-language satisfiability',
  shows: 'Whether a model that has to read rules still finds out if they contradict each other.',
  source: {
    title: 'Pushing the Limits of Rule Reasoning in Transformers through Natural Language Satisfiability',
    authors: 'Richardson, Sabharwal',
    year: 2022,
    arxiv: '2112.09054',
    note: 'In the manner of its grounded rule language, with words of its own: 40 properties, drawn anew for each example.',
  },
  config: z.strictObject(formulaSettings),
  difficulty: { setting: 'variables', values: [4, 5, 6, 8, 10, 12, 16, 20] },
  metric: 'accuracy',
  async open(settings) {
    const { literals, variables } = settings
    const language: Language = {
      task: 'natural-language-satisfiability',
      vocabulary: [...properties, 'if', 'not', 'and', 'then', '.', 'possible', '?', 'yes', 'no'],
      // A word for each literal, perhaps a not, an and between them; if, then and the full stop.
      words: (clauses) => clauses * (2 * literals + (literals - 2) + 3) + 2,
      write(random, formula, satisfiable) {
        const names = random.distinct(variables, properties.length).map((property) => properties[property])
        return {
          question: [...formula.flatMap((clause) => rule(clause, names)), 'possible', '?'],
          answer: [satisfiable ? 'yes' : 'no'],
        }
      },
    }
    return formulaQuestions(language, settings)
  },
})

/** (a or b or c) as: if not a and not b then c. */
function rule(clause: Clause, names: readonly string[]): string[] {
  const said = (literal: number) => (literal > 0 ? [names[literal - 1]] : ['not', names[-literal - 1]])
  const conditions = clause.slice(0, -1).flatMap((literal, i) => [...(i > 0 ? ['and'] : []), ...said(-literal)])
  return ['if', ...conditions, 'then', ...clause.slice(-1).flatMap(said), '.']
}
