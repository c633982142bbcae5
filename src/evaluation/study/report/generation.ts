/** Time and memory of generation against length. */
import type { Figure } from '../../report/chart.js'
import { generationTime, stateSize } from '../../report/decodeCharts.js'
import { medianPoint } from '../../report/series.js'
import type { DecodePoint } from '../../report/types.js'
import type { StudyEntry, StudyReport } from '../types.js'
import { atSize, type Field } from './fields.js'

export function generation(report: StudyReport, field: Field): Figure | undefined {
  const decoded = report.mechanisms.map((model) => {
    const entry = field.entries.find(({ mechanism }) => mechanism === model)
    return { model, decode: entry ? overSeeds(entry) : [] }
  })
  if (decoded.every(({ decode }) => decode.length === 0)) return undefined
  const [time, memory] = [generationTime(decoded), stateSize(decoded)]
  const { title: _, caption: timeCaption, description: timeDescription, ...timePlane } = time
  const { title: __, caption: memoryCaption, description: memoryDescription, ...memoryPlane } = memory
  return {
    title: 'Time and memory of generation against length',
    caption: [
      'Left, the time of one token:',
      lowered(timeCaption),
      'Right, the state carried:',
      lowered(memoryCaption),
      atSize(report, field),
    ]
      .filter(Boolean)
      .join(' '),
    description: `${timeDescription} ${memoryDescription}`,
    planes: [timePlane, memoryPlane],
  }
}

const lowered = (text: string) => text.charAt(0).toLowerCase() + text.slice(1)

/** The median time at each position: what a run costs does not depend on its seed. */
function overSeeds({ runs }: StudyEntry): DecodePoint[] {
  const points = runs.flatMap(({ decode }) => decode)
  const positions = [...new Set(points.map(({ position }) => position))].sort((a, b) => a - b)
  return positions.map((position) => {
    const same = points.filter((point) => point.position === position)
    const { y } = medianPoint(same.map(({ microseconds }) => ({ x: position, y: microseconds })))
    return { ...same[0], microseconds: y }
  })
}
