/** Answers found a second time, by other means than the generators', from nothing but the words of a question. */

export function add(question: string, format: string): string {
  const [a, b] = question.slice(0, -1).split('+')
  const sum = String(BigInt(a) + BigInt(b))
  if (format !== 'scratchpad') return `${inOrder(sum, format)}$`
  const columns = [...a].map((_, i) => {
    const place = 10n ** BigInt(i + 1)
    const tail = (BigInt(a) % place) + (BigInt(b) % place)
    return `A${(tail % place) / (place / 10n)}C${tail / place}`
  })
  return `${columns.join('')}=${sum}$`
}

export function multiply(question: string, format: string): string {
  const [a, b] = question.slice(0, -1).split('*').map(BigInt)
  if (format !== 'scratchpad') return `${inOrder(String(a * b), format)}$`
  const parts: bigint[] = []
  for (let place = 1n; place <= b || place === 1n; place *= 10n) parts.push(a * ((b / place) % 10n) * place)
  return `${parts.join('+')}=${parts.reduce((sum, part) => sum + part, 0n)}$`
}

const inOrder = (number: string, format: string) => (format === 'reversed' ? [...number].reverse().join('') : number)

/** Counting sort. */
export function sort(question: string): string {
  const numbers = question.replace(' =', '').split(' ').map(Number)
  const counts = new Array<number>(Math.max(...numbers) + 1).fill(0)
  for (const number of numbers) counts[number]++
  return counts.flatMap((count, number) => new Array<number>(count).fill(number)).join(' ')
}

export interface ParsedMaze {
  readonly edges: string[][]
  readonly start: string
  readonly goal: string
}

export function parseMaze(question: string): ParsedMaze {
  const [, edges, start, goal] = /^(.* ;) from (\w+) to (\w+) :$/.exec(question) ?? []
  return {
    edges: edges
      .split(' ;')
      .slice(0, -1)
      .map((edge) => edge.trim().split(' ')),
    start,
    goal,
  }
}

/** Breadth first from the start, whole paths in the queue. */
export function walk(question: string): string {
  const { edges, start, goal } = parseMaze(question)
  const queue = [[start]]
  const seen = new Set([start])
  for (const path of queue) {
    const last = path[path.length - 1]
    if (last === goal) return [...path.slice(1), '.'].join(' ')
    for (const [a, b] of edges)
      for (const next of a === last ? [b] : b === last ? [a] : []) {
        if (seen.has(next)) continue
        seen.add(next)
        queue.push([...path, next])
      }
  }
  return 'no path'
}

export interface Tree {
  readonly operator?: string
  readonly value: number
  readonly children: Tree[]
}

/** A stack machine. */
export function parseListOps(question: string): Tree {
  const stack: { operator: string; children: Tree[] }[] = [{ operator: '', children: [] }]
  for (const word of question.split(' ')) {
    if (word.startsWith('[')) stack.push({ operator: word.slice(1), children: [] })
    else if (word === 'X') {
      const { operator, children } = stack.pop()!
      const value = operate(
        operator,
        children.map((child) => child.value),
      )
      stack.at(-1)!.children.push({ operator, value, children })
    } else stack.at(-1)!.children.push({ value: Number(word), children: [] })
  }
  if (stack.length !== 1 || stack[0].children.length !== 1) throw new Error(`not one tree: ${question}`)
  return stack[0].children[0]
}

function operate(operator: string, values: number[]): number {
  const sorted = values.toSorted()
  const n = sorted.length
  if (operator === 'MIN') return sorted[0]
  if (operator === 'MAX') return sorted[n - 1]
  if (operator === 'SM') return Number(String(values.reduce((a, b) => a + b)).at(-1))
  return Math.trunc(n % 2 ? sorted[(n - 1) / 2] : (sorted[n / 2 - 1] + sorted[n / 2]) / 2)
}

/** Clauses as literals in words, with `-` before those that are negated. */
export const parseFormula = (question: string): string[][] =>
  question
    .slice(0, -1)
    .split(' ;')
    .slice(0, -1)
    .map((clause) => clause.trim().split(' '))

export const parseRules = (question: string): string[][] =>
  question
    .replace(' possible ?', '')
    .split(' .')
    .slice(0, -1)
    .map((rule) => {
      const [, conditions, conclusion] = /^if (.*) then (.*)$/.exec(rule.trim()) ?? []
      const opposite = (said: string) => (said.startsWith('not ') ? said.slice(4) : `-${said}`)
      return [...conditions.split(' and ').map(opposite), conclusion.replace('not ', '-')]
    })

/** A truth table: tries every assignment. */
export function satisfiable(clauses: string[][]): boolean {
  const names = [...new Set(clauses.flat().map((literal) => literal.replace('-', '')))]
  const masks = clauses.map((clause) => ({
    yes: bits(
      clause.filter((literal) => !literal.startsWith('-')),
      names,
    ),
    no: bits(
      clause.filter((literal) => literal.startsWith('-')).map((literal) => literal.slice(1)),
      names,
    ),
  }))
  for (let assignment = 0; assignment < 2 ** names.length; assignment++)
    if (masks.every(({ yes, no }) => (assignment & yes) !== 0 || (~assignment & no) !== 0)) return true
  return false
}

const bits = (chosen: string[], names: string[]) => chosen.reduce((mask, name) => mask | (1 << names.indexOf(name)), 0)

export interface ParsedCauses {
  readonly edges: string[][]
  readonly query: string[]
}

export function parseCauses(question: string): ParsedCauses {
  const sentences = question.split(' . ')
  return { edges: sentences.slice(0, -1).map((edge) => edge.split(' causes ')), query: sentences.at(-1)!.split(' ') }
}

/** Transitivity by Warshall's closure; d-separation by the moral graph of the ancestors (Lauritzen et al. 1990). */
export function reason(question: string): string {
  const { edges, query } = parseCauses(question)
  const nodes = [...new Set(edges.flat())]
  const leads = new Set(edges.map((edge) => edge.join()))
  for (const k of nodes)
    for (const i of nodes)
      for (const j of nodes) if (leads.has(`${i},${k}`) && leads.has(`${k},${j}`)) leads.add(`${i},${j}`)
  if (query[0] === 'does') return leads.has(`${query[1]},${query[3]}`) ? 'yes' : 'no'

  const [, a, , b, , , ...rest] = query
  const given = rest.filter((word) => word !== '?' && word !== 'nothing')
  const ends = [a, b, ...given]
  const kept = nodes.filter((node) => ends.some((end) => end === node || leads.has(`${node},${end}`)))
  const near = edges.filter((edge) => edge.every((node) => kept.includes(node)))
  const married = near.flatMap(([x, child]) => near.filter(([, other]) => other === child).map(([y]) => [x, y]))
  const reached = new Set([a])
  for (const node of reached)
    for (const pair of [...near, ...married])
      if (pair.includes(node)) for (const other of pair) if (!given.includes(other)) reached.add(other)
  return reached.has(b) ? 'no' : 'yes'
}

/** bAbI's first task: where somebody went last. */
export function locate(question: string): string {
  const who = /where is (\w+) \?$/.exec(question)?.[1]
  const moves = [...question.matchAll(/(\w+) (?:moved|went|went back|travelled|journeyed) to the (\w+)/g)]
  return moves.findLast(([, name]) => name === who)?.[2] ?? 'nowhere'
}
