/** How much of the state each token kept, and how much it wrote, over the whole text. */
import type { StateCourse } from 'seqlab/inference'
import { short } from './colouring.js'

const [width, height] = [320, 60]

export function Course({ course, position }: { course: StateCourse; position: number }) {
  const lines = [
    { label: 'kept', values: course.kept, colour: 'var(--run-0)', dash: undefined },
    { label: 'written', values: course.written, colour: 'var(--run-1)', dash: '5 3' },
  ]
  return (
    <div className="courses">
      {lines.map(({ label, values, colour, dash }) => {
        const most = Math.max(...values)
        const x = (t: number) => (values.length > 1 ? (t / (values.length - 1)) * width : 0)
        const y = (value: number) => height - 2 - (Math.max(0, value) / (most || 1)) * (height - 4)
        return (
          <figure key={label}>
            <svg
              viewBox={`0 0 ${width} ${height}`}
              role="img"
              aria-label={`${label}, token by token: from ${short(Math.min(...values))} to ${short(most)}`}
            >
              <line x1={x(position)} x2={x(position)} y1={0} y2={height} stroke="var(--quiet)" />
              <polyline
                points={Array.from(values, (value, t) => `${x(t)},${y(value)}`).join(' ')}
                fill="none"
                stroke={colour}
                strokeWidth={2}
                strokeDasharray={dash}
              />
            </svg>
            <figcaption className="quiet number">
              {label}: {short(values[position])} here, at most {short(most)}
            </figcaption>
          </figure>
        )
      })}
    </div>
  )
}
