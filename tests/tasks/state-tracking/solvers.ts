/** Answers worked out from the inputs alone, by other means than the generators'. Keys are positions, values token ids. */
export type Answers = Map<number, number>
export type Solver = (inputs: readonly number[]) => Answers

export const lastParity: Solver = (bits) => new Map([[bits.length - 1, bits.filter((bit) => bit === 1).length % 2]])

export const prefixParity: Solver = (bits) =>
  new Map(bits.map((_, t) => [t, bits.slice(0, t + 1).filter((bit) => bit === 1).length % 2]))

/** Recursive descent over `+ - * = ( )`, numbered from `modulus` on in this order. */
export const expressionValue =
  (modulus: number): Solver =>
  (inputs) => {
    const [plus, minus, times, equals, open, close] = [0, 1, 2, 3, 4, 5].map((i) => modulus + i)
    let at = 0
    const factor = (): number => {
      const token = inputs[at++]
      if (token < modulus) return token
      if (token === minus) return -factor()
      if (token !== open) throw new Error(`token ${token} at ${at - 1} starts no number`)
      const value = sum()
      if (inputs[at++] !== close) throw new Error(`bracket not closed at ${at - 1}`)
      return value
    }
    const product = (): number => {
      let value = factor()
      while (inputs[at] === times) {
        at++
        value = (value * factor()) % modulus
      }
      return value
    }
    const sum = (): number => {
      let value = product()
      while (inputs[at] === plus || inputs[at] === minus) value += inputs[at++] === plus ? product() : -product()
      return value % modulus
    }
    const value = sum()
    if (inputs[at] !== equals || at !== inputs.length - 1) throw new Error(`= expected at the end, stopped at ${at}`)
    return new Map([[at, (value + modulus) % modulus]])
  }

/** Carries n labelled balls from place to place; ids are ranks in lexicographic order, by factorial digits. */
export const composition =
  (degree: number): Solver =>
  (inputs) => {
    const unrank = (id: number): number[] => {
      const left = Array.from({ length: degree }, (_, i) => i)
      return left.slice().map((_, i) => {
        const block = factorial(degree - 1 - i)
        const digit = Math.floor(id / block)
        id %= block
        return left.splice(digit, 1)[0]
      })
    }
    const rank = (permutation: number[]) =>
      permutation.reduce(
        (sum, value, i) =>
          sum + permutation.slice(i + 1).filter((other) => other < value).length * factorial(degree - 1 - i),
        0,
      )
    const places = Array.from({ length: degree }, (_, ball) => ball)
    return new Map(
      inputs.map((id, t) => {
        const move = unrank(id)
        for (const ball of places.keys()) places[ball] = move[places[ball]]
        return [t, rank(places)]
      }),
    )
  }
const factorial = (n: number): number => (n < 2 ? 1 : n * factorial(n - 1))

/** Finds each partner by walking back over balanced brackets; asked are those that are not neighbours. */
export const partners =
  (kinds: number): Solver =>
  (inputs) => {
    const answers: Answers = new Map()
    for (const [t, token] of inputs.entries()) {
      if (token < kinds) continue
      let partner = t
      for (let height = 1; height > 0; ) height += inputs[--partner] < kinds ? -1 : 1
      if (partner < t - 1) answers.set(t - 1, inputs[partner] + kinds)
    }
    return answers
  }

export const occurrences =
  (symbols: number, modulus: number): Solver =>
  (inputs) =>
    new Map(
      inputs.map((symbol, t) => [
        t,
        symbols + (inputs.slice(0, t + 1).filter((other) => other === symbol).length % modulus),
      ]),
    )

const primitives: Readonly<Record<string, string>> = {
  walk: 'I_WALK',
  look: 'I_LOOK',
  run: 'I_RUN',
  jump: 'I_JUMP',
}

/** The meaning of a SCAN command. */
export function interpret(command: string): string {
  const [, first, joint, second] = /^(.*) (and|after) (.*)$/.exec(command) ?? []
  if (joint) return (joint === 'and' ? [first, second] : [second, first]).map(interpret).join(' ')
  const [, repeated, times] = /^(.*) (twice|thrice)$/.exec(command) ?? []
  if (times)
    return Array(times === 'twice' ? 2 : 3)
      .fill(interpret(repeated))
      .join(' ')
  const words = command.split(' ')
  const action = primitives[words[0]]
  if (words.length === 1) return action
  const side = words[words.length - 1]
  const turn = side === 'left' ? 'I_TURN_LEFT' : 'I_TURN_RIGHT'
  const step = action ? [turn, action] : [turn]
  if (words[1] === 'around') return Array(4).fill(step).flat().join(' ')
  if (words[1] === 'opposite') return [turn, ...step].join(' ')
  return step.join(' ')
}
