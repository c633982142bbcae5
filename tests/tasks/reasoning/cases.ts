/** The tasks under test at the settings under test, each with a solver of its own. */

import { reasoningTasks } from '#seqlab/tasks/reasoning/index.js'
import type { ExampleSource, ExampleTask, Part } from '#seqlab/tasks/task.js'
import * as solve from './solvers.js'

export interface Case {
  readonly id: string
  readonly settings: Record<string, unknown>
  answer(question: string): string
}

export const taskOf = (id: string) => reasoningTasks.find((task) => task.id === id) as ExampleTask
export const noCorpora = {
  path: async (name: string): Promise<string> => {
    throw new Error(`no corpus ${name}`)
  },
}
export const openCase = (id: string, settings: Record<string, unknown>): Promise<ExampleSource> => {
  const task = taskOf(id)
  return task.open(task.config.parse(settings), noCorpora)
}
export const nameOf = ({ id, settings }: Pick<Case, 'id' | 'settings'>) =>
  [id, ...Object.entries(settings).map(([name, value]) => `${name}=${value}`)].join(':')

/** What a reader of the inputs alone sees of the question: targets are blanked first. */
export function asked(source: ExampleSource, part: Part, index: number, stream = 0) {
  const example = source.example(part, index, stream)
  const blank = new Int32Array(example.targets.length)
  return {
    example,
    question: source.show({ ...example, targets: blank }).input,
    answer: source.show(example).answer,
  }
}

export const parts: readonly Part[] = ['train', 'validation', 'test']
export const stream = 7
/** Sixteenths of all examples that belong to each part. */
export const proportions: Record<Part, number> = { train: 12, validation: 2, test: 2 }

const formats = ['plain', 'reversed', 'scratchpad']
const truth = (holds: boolean, yes: string, no: string) => (holds ? yes : no)
const cnf = (question: string) => truth(solve.satisfiable(solve.parseFormula(question)), 'sat', 'unsat')
const rules = (question: string) => truth(solve.satisfiable(solve.parseRules(question)), 'yes', 'no')
const reduce = (question: string) => String(solve.parseListOps(question).value)

export const cases: readonly Case[] = [
  ...formats.flatMap((format): Case[] => [
    ...[{ digits: 1 }, { digits: 3 }, { digits: 12 }, { digits: 4, shorter: true }].map((settings) => ({
      id: 'addition',
      settings: { ...settings, format },
      answer: (question: string) => solve.add(question, format),
    })),
    ...[{ digits: 1 }, { digits: 2 }, { digits: 4 }, { digits: 3, shorter: true }].map((settings) => ({
      id: 'multiplication',
      settings: { ...settings, format },
      answer: (question: string) => solve.multiply(question, format),
    })),
  ]),
  { id: 'sorting', settings: {}, answer: solve.sort },
  { id: 'sorting', settings: { numbers: 12, values: 5 }, answer: solve.sort },
  ...[3, 4, 10].map((side) => ({ id: 'maze', settings: { side }, answer: solve.walk })),
  { id: 'listops', settings: {}, answer: reduce },
  { id: 'listops', settings: { minLength: 10, maxLength: 30, maxDepth: 3, maxArgs: 4 }, answer: reduce },
  { id: 'listops', settings: { minLength: 200, maxLength: 600 }, answer: reduce },
  { id: 'boolean-satisfiability', settings: {}, answer: cnf },
  { id: 'boolean-satisfiability', settings: { variables: 10 }, answer: cnf },
  { id: 'boolean-satisfiability', settings: { variables: 12, literals: 2, ratio: 1.2 }, answer: cnf },
  { id: 'natural-language-satisfiability', settings: {}, answer: rules },
  { id: 'natural-language-satisfiability', settings: { variables: 10 }, answer: rules },
  ...['chain', 'flipped', 'reversed', 'shuffled', 'branching'].flatMap((structure) =>
    ['transitivity', 'd-separation'].map((axiom) => ({
      id: 'causal-axioms',
      settings: { structure, axiom },
      answer: solve.reason,
    })),
  ),
  {
    id: 'causal-axioms',
    settings: { structure: 'branching', axiom: 'd-separation', nodes: 12, shorter: false, given: 4 },
    answer: solve.reason,
  },
  { id: 'causal-axioms', settings: { structure: 'flipped', axiom: 'd-separation', given: 0 }, answer: solve.reason },
]
