/** Arithmetic expressions modulo m: drawn, with their values, and how those values are distributed. */
import type { Random } from '../random.js'

export type Operator = '+' | '-' | '*'

const apply: Readonly<Record<Operator, (a: number, b: number) => number>> = {
  '+': (a, b) => a + b,
  '-': (a, b) => a - b,
  '*': (a, b) => a * b,
}
const residue = (value: number, modulus: number) => ((value % modulus) + modulus) % modulus

export interface Expression {
  /** Numbers in decimal, operators and brackets. */
  readonly tokens: readonly string[]
  /** In [0, modulus). */
  readonly value: number
}

/** How expressions of one kind are drawn; lengths are in tokens. */
export interface Expressions {
  draw(random: Random, length: number): Expression
  /** The probability of each value. */
  distribution(length: number): readonly number[]
}

const uniform = (modulus: number) => Array.from({ length: modulus }, () => 1 / modulus)

/** n ∘ n ∘ … ∘ n: numbers and operators uniform, products before sums, lengths odd. */
export const flatExpressions = (modulus: number, operators: readonly Operator[]): Expressions => ({
  draw(random, length) {
    let product = random.below(modulus)
    let sum = 0
    const tokens = [String(product)]
    while (tokens.length < length) {
      const operator = random.pick(operators)
      const number = random.below(modulus)
      tokens.push(operator, String(number))
      if (operator === '*') product = residue(product * number, modulus)
      else {
        sum += product
        product = apply[operator](0, number)
      }
    }
    return { tokens, value: residue(sum + product, modulus) }
  },
  // The pair (sum of finished products, current product) is a Markov chain; −n is as uniform as n.
  distribution(length) {
    const zeros = () => Array.from({ length: modulus }, () => new Float64Array(modulus))
    const times = operators.includes('*') ? 1 / operators.length : 0
    let states = zeros()
    states[0].set(uniform(modulus))
    for (let tokens = 1; tokens < length; tokens += 2) {
      const next = zeros()
      for (const [sum, products] of states.entries())
        for (const [product, probability] of products.entries())
          for (let number = 0; number < modulus; number++) {
            next[sum][(product * number) % modulus] += (probability * times) / modulus
            next[(sum + product) % modulus][number] += (probability * (1 - times)) / modulus
          }
      states = next
    }
    const values = Array.from({ length: modulus }, () => 0)
    for (const [sum, products] of states.entries())
      for (const [product, probability] of products.entries()) values[(sum + product) % modulus] += probability
    return values
  },
})

/**
 * Fully bracketed: (L ∘ R), the length of L uniform among those that leave a token to R; one to four tokens are n, −n,
 * (n) and (−n).
 */
export function bracketedExpressions(modulus: number, operators: readonly Operator[]): Expressions {
  function draw(random: Random, length: number): Expression {
    if (length < 5) return signed(random.below(modulus), length)
    const leftLength = random.between(1, length - 4)
    const left = draw(random, leftLength)
    const right = draw(random, length - 3 - leftLength)
    const operator = random.pick(operators)
    return {
      tokens: ['(', ...left.tokens, operator, ...right.tokens, ')'],
      value: residue(apply[operator](left.value, right.value), modulus),
    }
  }

  function signed(number: number, length: number): Expression {
    const negative = length % 2 === 0
    const inner = negative ? ['-', String(number)] : [String(number)]
    return {
      tokens: length > 2 ? ['(', ...inner, ')'] : inner,
      value: residue(negative ? -number : number, modulus),
    }
  }

  return {
    draw,
    distribution(length) {
      const byLength = Array.from({ length: 5 }, () => uniform(modulus))
      for (let tokens = 5; tokens <= length; tokens++) {
        const values = Array.from({ length: modulus }, () => 0)
        for (let a = 0; a < modulus; a++)
          for (let b = 0; b < modulus; b++) {
            let both = 0
            for (let left = 1; left <= tokens - 4; left++) both += byLength[left][a] * byLength[tokens - 3 - left][b]
            const probability = both / (tokens - 4) / operators.length
            for (const operator of operators) values[residue(apply[operator](a, b), modulus)] += probability
          }
        byLength.push(values)
      }
      return byLength[length]
    },
  }
}
