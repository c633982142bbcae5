import { expect, test } from 'vitest'
import { inks, palette, seriesLook } from '#seqlab/evaluation/report/theme.js'

type Linear = [red: number, green: number, blue: number]

const themes = ['light', 'dark'] as const

const linear = (color: string) =>
  [1, 3, 5].map((at) => {
    const value = Number.parseInt(color.slice(at, at + 2), 16) / 255
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4
  }) as Linear

/** WCAG 2.2's contrast ratio. */
function contrast(one: string, other: string): number {
  const luminances = [one, other].map((color) => {
    const [red, green, blue] = linear(color)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
  })
  return (Math.max(...luminances) + 0.05) / (Math.min(...luminances) + 0.05)
}

// Machado, Oliveira and Fernandes 2009, severity 1.0, in linear RGB.
const visions: Record<string, number[][]> = {
  normal: [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ],
  protanopia: [
    [0.152286, 1.052583, -0.204868],
    [0.114503, 0.786281, 0.099216],
    [-0.003882, -0.048116, 1.051998],
  ],
  deuteranopia: [
    [0.367322, 0.860646, -0.227968],
    [0.280085, 0.672501, 0.047413],
    [-0.01182, 0.04294, 0.968881],
  ],
  tritanopia: [
    [1.255528, -0.076749, -0.178779],
    [-0.078411, 0.930809, 0.147602],
    [0.004733, 0.691367, 0.3039],
  ],
}

const times = (matrix: number[][], vector: number[]) =>
  matrix.map((row) => row.reduce((sum, factor, i) => sum + factor * vector[i], 0))

/** Ottosson 2020, linear sRGB to OKLab. */
function oklab(color: number[]): number[] {
  const cones = times(
    [
      [0.4122214708, 0.5363325363, 0.0514459929],
      [0.2119034982, 0.6806995451, 0.1073969566],
      [0.0883024619, 0.2817188376, 0.6299787005],
    ],
    color,
  )
  return times(
    [
      [0.2104542553, 0.793617785, -0.0040720468],
      [1.9779984951, -2.428592205, 0.4505937099],
      [0.0259040371, 0.7827717662, -0.808675766],
    ],
    cones.map(Math.cbrt),
  )
}

test('text has a contrast of 4.5 or more on both grounds, lines and markers 3 or more, in both themes', () => {
  for (const theme of themes) {
    const { paper, raised, ink, muted } = inks[theme]
    for (const text of [ink, muted])
      for (const ground of [paper, raised]) expect(contrast(text, ground)).toBeGreaterThan(4.5)
    for (const color of palette[theme]) expect(contrast(color, paper)).toBeGreaterThan(3)
  }
})

test('every two colours stay 0.09 apart in OKLab for normal, protan, deutan and tritan vision', () => {
  for (const theme of themes) {
    for (const matrix of Object.values(visions)) {
      const seen = palette[theme].map((color) => oklab(times(matrix, linear(color)).map((part) => Math.max(0, part))))
      for (let i = 0; i < seen.length; i++) {
        for (let j = 0; j < i; j++) {
          expect(Math.hypot(...seen[i].map((part, axis) => part - seen[j][axis]))).toBeGreaterThan(0.09)
        }
      }
    }
  }
})

test('neighbouring models differ in colour, dash and marker, and no two of 280 look alike', () => {
  const looks = Array.from({ length: 280 }, (_, i) => seriesLook(i))
  expect(new Set(looks.map((look) => JSON.stringify(look))).size).toBe(280)
  for (let i = 1; i < looks.length; i++) {
    expect(looks[i].color).not.toBe(looks[i - 1].color)
    expect(looks[i].dash).not.toBe(looks[i - 1].dash)
    expect(looks[i].symbol).not.toBe(looks[i - 1].symbol)
  }
})
