/** One task of a study: its table, and its figures, learning curves by what one asks of them. */
import { useState } from 'react'
import {
  fieldsOf,
  type StudiedTask,
  type StudyReport,
  sizeText,
  studyColumns,
  taskFigures,
} from 'seqlab/evaluation/study/report'
import { Axis } from './axis.js'
import { DrawnFigure } from './drawn-figure.js'
import { SortedTable } from './sorted-table.js'
import { Swatch } from './swatch.js'

interface Given {
  readonly report: StudyReport
  readonly task: StudiedTask
}

export function TaskSection({ report, task }: Given) {
  const names = [...report.mechanisms]
  const figures = taskFigures(report, task)
  const learning = figures.find(({ id }) => id.endsWith('-learning'))
  const efforts = learning?.figure.planes.map(({ x }, at) => [`${at}`, x.label] as const) ?? []
  const [effort, follow] = useState('0')
  const fields = fieldsOf(report, task)
  const [score, ...rest] = studyColumns(task)
  return (
    <section className="card" aria-labelledby={task.key}>
      <h2 id={task.key}>{task.title}</h2>
      <p>
        {task.shows} <code>{task.key}</code>
      </p>
      {fields.map(({ size, entries }) => (
        <SortedTable
          key={sizeText(size)}
          label={`Results of ${task.title}, ${sizeText(size)}`}
          caption={fields.length > 1 ? sizeText(size) : undefined}
          name="Mechanism"
          nameOf={({ mechanism }) => (
            <>
              <Swatch series={names.indexOf(mechanism)} /> {mechanism}
            </>
          )}
          keyOf={({ mechanism }) => mechanism}
          columns={[{ ...score, descending: task.higherIsBetter }, ...rest]}
          rows={entries}
        />
      ))}
      {efforts.length > 1 && <Axis title="Learning curves by" options={efforts} value={effort} choose={follow} />}
      <div className="report-figures">
        {figures.map((placed) => {
          const { planes } = placed.figure
          const figure =
            placed === learning ? { ...placed.figure, planes: [planes[Number(effort)] ?? planes[0]] } : placed.figure
          return <DrawnFigure key={placed.id} id={placed.id} figure={figure} names={names} wide={placed.width > 600} />
        })}
      </div>
    </section>
  )
}
