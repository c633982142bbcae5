/** A study: tasks, mechanisms and seeds to be chosen; words, table and figures are those of the choice. */
import { useMemo, useState } from 'react'
import { formatList } from 'seqlab/evaluation/report'
import {
  extent,
  fieldsOf,
  narrowStudy,
  overviewFigures,
  type StudyReport,
  sizeText,
  summarize,
  trust,
  tuning,
  withTitles,
} from 'seqlab/evaluation/study/report'
import { Answers } from './answers.js'
import { Choices } from './choices.js'
import { DrawnFigure } from './drawn-figure.js'
import { Repeat } from './repeat.js'
import { TaskSection } from './task-section.js'

export function StudyView({ report: given }: { readonly report: StudyReport }) {
  const report = useMemo(() => withTitles(given), [given])
  const [tasks, chooseTasks] = useState<readonly string[]>(report.tasks.map(({ key }) => key))
  const [mechanisms, chooseMechanisms] = useState<readonly string[]>(report.mechanisms)
  const [seeds, chooseSeeds] = useState<readonly string[]>(report.seeds.map(String))
  const part = useMemo(
    () => narrowStudy(report, { tasks, mechanisms, seeds: seeds.map(Number) }),
    [report, tasks, mechanisms, seeds],
  )
  const titles = Object.fromEntries(report.tasks.map(({ key, title }) => [key, title]))
  const names = [...report.mechanisms]
  return (
    <>
      <h1>{report.title}</h1>
      <p>{report.question}</p>
      <p className="quiet">
        {extent(report)} {report.budget.text[0]?.toUpperCase() + report.budget.text.slice(1)}.
      </p>
      <div className="card">
        <Choices
          title="Tasks"
          all={Object.keys(titles)}
          chosen={tasks}
          choose={chooseTasks}
          nameOf={(key) => titles[key]}
        />
        <Choices title="Mechanisms" all={names} chosen={mechanisms} choose={chooseMechanisms} series={names} />
        <Choices title="Seeds" all={report.seeds.map(String)} chosen={seeds} choose={chooseSeeds} />
      </div>
      {part.entries.length === 0 ? (
        <p className="notice">Choose a task, a mechanism and a seed or more to see them.</p>
      ) : (
        <>
          <Answers answers={part.tasks.flatMap((task) => fieldsOf(part, task).map((field) => answerOf(part, field)))} />
          <p className="notice">
            <strong>How far to trust this.</strong> {trust(part)}
          </p>
          <div className="report-figures">
            {overviewFigures(part).map(({ id, figure }) => (
              <DrawnFigure key={id} id={id} figure={figure} names={names} wide />
            ))}
          </div>
          {part.tasks.map((task) => (
            <TaskSection key={task.key} report={part} task={task} />
          ))}
        </>
      )}
      <section className="card" aria-labelledby="tuning">
        <h2 id="tuning">Everyone tuned alike</h2>
        {tuning(report).map((sentence) => (
          <p key={sentence}>{sentence}</p>
        ))}
      </section>
      <Repeat
        command={report.command}
        facts={[
          ['seqlab', report.version],
          ...Object.entries(report.machine),
          ['seeds', report.seeds],
          ['rates tried', report.search.rates],
        ]}
        configurations={report.entries.map(({ mechanism, task, size, configuration }) => [
          `${mechanism}, ${titles[task]}, ${sizeText(size)}`,
          configuration,
        ])}
      />
    </>
  )
}

type Field = ReturnType<typeof fieldsOf>[number]

function answerOf(report: StudyReport, field: Field) {
  const { answer, value, open, sentences } = summarize(report, field)
  const several = fieldsOf(report, field.task).length > 1
  return {
    title: field.task.title + (several ? `, ${sizeText(field.size)}` : ''),
    answer,
    value: value + (open.length > 0 ? ` – not told apart from ${formatList(open)}` : ''),
    details: sentences,
  }
}
