/** A comparison on one text, models and the axis of the curves to be chosen. */
import { useState } from 'react'
import {
  type ComparisonReport,
  findings,
  formatCount,
  growth,
  hasData,
  leaves,
  type Measure,
  type ModelResult,
  measures,
  ofSeries,
  placedFigure,
  standfirst,
  trust,
} from 'seqlab/evaluation/report'
import { Answers } from './answers.js'
import { Axis } from './axis.js'
import { Choices } from './choices.js'
import { DrawnFigure } from './drawn-figure.js'
import { Repeat } from './repeat.js'
import { type Column, SortedTable } from './sorted-table.js'
import { Swatch } from './swatch.js'

const curves = [
  ['loss-steps', 'steps'],
  ['loss-tokens', 'tokens'],
  ['loss-time', 'time'],
  ['loss-flops', 'FLOPs'],
] as const
type Curve = (typeof curves)[number][0]

interface Given {
  readonly report: ComparisonReport
  /** What is told of a model beyond what all comparisons tell. */
  readonly more?: readonly Column<ModelResult>[]
}

export function ComparisonView({ report, more = [] }: Given) {
  const names = report.models.map(({ model }) => model)
  const [chosen, choose] = useState<readonly string[]>(names)
  const [curve, follow] = useState<Curve>('loss-steps')
  const models = report.models.filter(({ model }) => chosen.includes(model))
  const part = { ...report, models }
  const figures = [curve, 'generation-time', 'state-bytes'] as const
  const shown = new Set(chosen.map((name) => names.indexOf(name)))
  const drawn = figures
    .map((id) => placedFigure(report, id))
    .map(({ figure, ...placed }) => ({ ...placed, figure: ofSeries(figure, shown) }))
    .filter(({ figure }) => hasData(figure))
  return (
    <>
      <h1>{report.title}</h1>
      <p>{standfirst(report)}</p>
      <div className="card row">
        <Choices title="Models" all={names} chosen={chosen} choose={choose} series={names} />
        <Axis<Curve>
          title="Curves by"
          options={curves.filter(([id]) => hasData(placedFigure(report, id).figure))}
          value={curve}
          choose={follow}
        />
      </div>
      {models.length === 0 && <p className="notice">Choose a model or more to see them.</p>}
      {models.length > 0 && (
        <>
          <Answers
            answers={findings(part)
              .filter(({ answer }) => answer !== 'None')
              .map(({ question, answer, value, detail }) => ({ title: question, answer, value, details: [detail] }))}
          />
          <p className="notice">
            <strong>How far to trust this.</strong> {trust(report)}
          </p>
          <section className="card" aria-labelledby="results">
            <h2 id="results">Results</h2>
            <SortedTable
              label="All models"
              name="Model"
              nameOf={({ model }) => (
                <>
                  <Swatch series={names.indexOf(model)} /> {model}
                </>
              )}
              keyOf={({ model }) => model}
              columns={[...more, ...columnsOf(models)]}
              rows={models}
            />
          </section>
          <div className="report-figures">
            {drawn.map(({ id, figure, width }) => (
              <DrawnFigure key={id} id={id} figure={figure} names={names} wide={width > 600} />
            ))}
          </div>
          {growth(part).length > 0 && (
            <ul>
              {growth(part).map((sentence) => (
                <li key={sentence}>{sentence}</li>
              ))}
            </ul>
          )}
          <Samples models={models} />
        </>
      )}
      <Repeat
        command={report.command}
        facts={[
          ['seqlab', report.version],
          ...leaves(report.machine),
          ['data', report.data.name],
          ['tokenizer', report.data.tokenizer],
          ...leaves(report.settings),
        ]}
        configurations={report.models.map(({ model, configuration }) => [model, configuration])}
      />
    </>
  )
}

/** What was measured of some model; the validation loss first, by which rows are ordered. */
function columnsOf(models: readonly ModelResult[]): Column<ModelResult>[] {
  const all: readonly Measure[] = Object.values(measures)
  return [
    ...all
      .filter(({ value }) => models.some((model) => Number.isFinite(value(model))))
      .map(({ label, unit, better, value, format }) => ({
        label,
        unit,
        descending: better === 'higher',
        value,
        text: (model: ModelResult) => (Number.isFinite(value(model)) ? format(value(model)) : '–'),
      })),
    { label: 'Parameters', unit: '', value: ({ params }) => params, text: ({ params }) => formatCount(params) },
  ]
}

function Samples({ models }: { readonly models: readonly ModelResult[] }) {
  const told = models.filter(({ sample }) => sample)
  if (told.length === 0) return null
  return (
    <section className="card" aria-labelledby="samples">
      <h2 id="samples">A sample of text from each</h2>
      <div className="samples">
        {told.map(({ model, sample }) => (
          <article key={model}>
            <h3>{model}</h3>
            <pre lang="">{sample}</pre>
          </article>
        ))}
      </div>
    </section>
  )
}
