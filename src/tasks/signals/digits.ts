/** The ten digits as pens draw them, in a square from (0, 0) at the upper left to (1, 1) at the lower right. */

export type Point = readonly [x: number, y: number]
/** Points joined by straight lines. */
export type Stroke = readonly Point[]

const line = (...points: Point[]): Stroke => points

/** Part of an ellipse, clockwise; 0° is right of the centre, 90° below it. */
function arc([x, y]: Point, [width, height]: Point, from: number, to: number): Stroke {
  const steps = Math.ceil((to - from) / 20)
  return Array.from({ length: steps + 1 }, (_, i) => {
    const angle = ((from + ((to - from) * i) / steps) * Math.PI) / 180
    return [x + width * Math.cos(angle), y + height * Math.sin(angle)]
  })
}

export const digits: readonly (readonly Stroke[])[] = [
  [arc([0.5, 0.5], [0.28, 0.4], 0, 360)],
  [line([0.32, 0.28], [0.52, 0.1], [0.52, 0.9])],
  [[...arc([0.5, 0.33], [0.27, 0.23], 190, 400), [0.22, 0.9], [0.8, 0.9]]],
  [arc([0.48, 0.3], [0.25, 0.2], 200, 450), arc([0.48, 0.7], [0.28, 0.2], 270, 520)],
  [line([0.62, 0.9], [0.62, 0.1], [0.2, 0.65], [0.82, 0.65])],
  [[[0.75, 0.1], [0.31, 0.1], ...arc([0.48, 0.65], [0.28, 0.25], 220, 510)]],
  [arc([0.5, 0.66], [0.26, 0.24], 0, 360), arc([0.72, 0.66], [0.48, 0.56], 180, 270)],
  [line([0.2, 0.1], [0.8, 0.1], [0.42, 0.9])],
  [arc([0.5, 0.3], [0.22, 0.2], 0, 360), arc([0.5, 0.7], [0.27, 0.2], 0, 360)],
  [arc([0.5, 0.34], [0.26, 0.24], 0, 360), arc([0.28, 0.34], [0.48, 0.56], 0, 90)],
]
