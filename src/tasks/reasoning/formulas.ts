/** Random k-SAT: formulas near the threshold where half of them are satisfiable, as many with each label. */
import { z } from 'zod'
import { UserError } from '../../platform/errors.js'
import { createRandom, type Random } from '../random.js'
import type { ExampleSource } from '../task.js'
import { type Question, questions } from './questions.js'

/** A literal is a variable, from 1 on, or its negative; one of a clause's literals must hold, and all clauses. */
export type Clause = readonly number[]

export const mostVariables = 20
export const formulaSettings = {
  variables: z.int().min(3).max(mostVariables).default(5).describe('variables, up to 20'),
  ratio: z
    .number()
    .positive()
    .max(50)
    .default(4.27)
    .describe(
      'clauses for each variable; with many variables half of all formulas are satisfiable at 1 (2 literals), 4.27 (3), 9.93 (4), 21.1 (5)',
    ),
  literals: z.int().min(2).max(5).default(3).describe('literals of a clause'),
}
type Settings = { [name in keyof typeof formulaSettings]: number }

/** How formulas are told. */
export interface Language {
  readonly task: string
  readonly vocabulary: readonly string[]
  /** Most words for a formula of so many clauses. */
  readonly words: (clauses: number) => number
  write(random: Random, formula: readonly Clause[], satisfiable: boolean): Question
}

/** Labelled formulas in some language. @throws UserError when formulas of the settings (almost) all have the same label */
export function formulaQuestions(
  { task, vocabulary, words, write }: Language,
  { variables, ratio, literals }: Settings,
): ExampleSource {
  if (literals > variables)
    throw new UserError(
      `task ${task}: literals of a clause are different variables, so at most ${variables}, got ${literals} – use fewer literals or more variables`,
    )
  const clauses = Math.max(1, Math.round(ratio * variables))
  const withLabel = (random: Random, label: boolean, attempts: number) => {
    for (let attempt = 0; attempt < attempts; attempt++) {
      const formula = Array.from({ length: clauses }, () => randomClause(random, variables, literals))
      if (satisfiable(formula) === label) return formula
    }
    const [kind, way] = label ? ['satisfiable', 'smaller'] : ['unsatisfiable', 'larger']
    throw new UserError(
      `task ${task}: of ${attempts} formulas with ${variables} variables and ${clauses} clauses of ${literals} literals none is ${kind} – use a ${way} ratio than ${ratio}`,
    )
  }
  for (const label of [true, false]) withLabel(createRandom(0), label, 300)
  return questions({
    task,
    vocabulary,
    most: { question: words(clauses), answer: 1 },
    chance: 0.5,
    space: ' ',
    draw(random) {
      const label = random.chance(0.5)
      return write(random, withLabel(random, label, 100_000), label)
    },
  })
}

const randomClause = (random: Random, variables: number, literals: number): Clause =>
  random.distinct(literals, variables).map((variable) => (random.chance(0.5) ? variable + 1 : -variable - 1))

/** Davis, Logemann and Loveland 1962: take what single literals force, then try both values of a literal that is left. */
function satisfiable(formula: readonly Clause[]): boolean {
  if (formula.length === 0) return true
  if (formula.some((clause) => clause.length === 0)) return false
  const forced = formula.find((clause) => clause.length === 1)
  const [literal] = forced ?? formula[0]
  return satisfiable(assumed(formula, literal)) || (!forced && satisfiable(assumed(formula, -literal)))
}

/** What is left of a formula once a literal holds. */
const assumed = (formula: readonly Clause[], literal: number): Clause[] =>
  formula
    .filter((clause) => !clause.includes(literal))
    .map((clause) => (clause.includes(-literal) ? clause.filter((other) => other !== -literal) : clause))
