/** Strokes to pixels. */
import type { Random } from '../random.js'
import type { Point, Stroke } from './digits.js'

const spread = (random: Random, low: number, high: number) => low + (high - low) * random.uniform()

/** A hand's manner: how it sizes, slants, turns and places what it draws in the unit square. */
export function drawHand(random: Random): (point: Point) => Point {
  const [wide, high] = [spread(random, 0.65, 1), spread(random, 0.7, 1)]
  const slant = spread(random, -0.3, 0.3)
  const turn = spread(random, -0.15, 0.15)
  const [right, down] = [spread(random, -0.1, 0.1), spread(random, -0.1, 0.1)]
  const [cosine, sine] = [Math.cos(turn), Math.sin(turn)]
  return ([x, y]) => {
    const v = high * (y - 0.5)
    const u = wide * (x - 0.5) - slant * v
    return [0.5 + right + cosine * u - sine * v, 0.5 + down + sine * u + cosine * v]
  }
}

/** Width of a pen as a share of the image, never below one pixel. */
export const drawPen = (random: Random, size: number) => Math.max(spread(random, 0.07, 0.14), 1 / size)

/**
 * Ink of each pixel in [0, 1], [size × size] row by row. A pixel's ink falls over the width of a pixel at the edge of
 * a stroke, by the distance of its centre from the middle of the stroke.
 */
export function rasterized(strokes: readonly Stroke[], pen: number, size: number): Float32Array {
  const ink = new Float32Array(size * size)
  for (let row = 0; row < size; row++) {
    for (let column = 0; column < size; column++) {
      const pixel: Point = [(column + 0.5) / size, (row + 0.5) / size]
      const distance = Math.sqrt(Math.min(...strokes.map((stroke) => squaredDistance(stroke, pixel))))
      ink[row * size + column] = Math.min(Math.max((pen / 2 - distance) * size + 0.5, 0), 1)
    }
  }
  return ink
}

function squaredDistance(stroke: Stroke, [x, y]: Point): number {
  let least = Number.POSITIVE_INFINITY
  for (let i = 1; i < stroke.length; i++) {
    const [fromX, fromY] = stroke[i - 1]
    const [alongX, alongY] = [stroke[i][0] - fromX, stroke[i][1] - fromY]
    const share = ((x - fromX) * alongX + (y - fromY) * alongY) / (alongX ** 2 + alongY ** 2)
    const nearest = Math.min(Math.max(share, 0), 1)
    least = Math.min(least, (x - fromX - nearest * alongX) ** 2 + (y - fromY - nearest * alongY) ** 2)
  }
  return least
}
