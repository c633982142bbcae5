/** Complex arithmetic. */
export interface Complex {
  readonly re: number
  readonly im: number
}

export const zero: Complex = { re: 0, im: 0 }
export const polar = (radius: number, angle: number): Complex => ({
  re: radius * Math.cos(angle),
  im: radius * Math.sin(angle),
})
export const plus = (x: Complex, y: Complex): Complex => ({ re: x.re + y.re, im: x.im + y.im })
export const minus = (x: Complex, y: Complex): Complex => ({ re: x.re - y.re, im: x.im - y.im })
export const times = (x: Complex, y: Complex): Complex => ({
  re: x.re * y.re - x.im * y.im,
  im: x.re * y.im + x.im * y.re,
})
export const scaled = (x: Complex, factor: number): Complex => ({ re: x.re * factor, im: x.im * factor })

/** x to the powers 0 to `most`. */
export function powers(x: Complex, most: number): Complex[] {
  const result: Complex[] = [{ re: 1, im: 0 }]
  for (let i = 0; i < most; i++) result.push(times(result[i], x))
  return result
}

export function binomial(n: number, k: number): number {
  let result = 1
  for (let i = 1; i <= k; i++) result = (result * (n - k + i)) / i
  return result
}
