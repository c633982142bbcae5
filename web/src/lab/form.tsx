/** The form: mechanisms, lesson, size, budget, and the button that trains. */
import { modelConfig } from 'seqlab/models'
import { trainingSettings } from 'seqlab/training'
import { z } from 'zod'
import { ExecutorFields } from './executor-fields.js'
import { Field } from './field.js'
import { LessonFields } from './lesson-fields.js'
import { Mechanisms } from './mechanisms.js'
import { budgetFields, type Checked, moreFields, sizeFields, threadsFor } from './plans.js'
import { defaults, fieldOf, type Setup } from './setup.js'

interface Props {
  readonly setup: Setup
  /** Absent until the form was looked at. */
  readonly checked?: Checked
  readonly isStarting: boolean
  /** Why nothing was started. */
  readonly failure?: string
  change(change: Partial<Setup>): void
  start(): void
}

const schemas: Readonly<Record<string, z.ZodType>> = {
  ...modelConfig.shape,
  ...trainingSettings.shape,
  threads: z.number().describe('threads of each run').optional(),
}
const names: Readonly<Record<string, string>> = {
  dim: 'Width',
  rate: 'Learning rate',
  evaluateEvery: 'Validate every',
  saveEvery: 'Save every',
  weightDecay: 'Weight decay',
}
const nameOf = (field: string) => names[field] ?? field[0].toUpperCase() + field.slice(1)

export function Form({ setup, checked, isStarting, failure, change, start }: Props) {
  const problems = checked?.problems ?? {}
  const set = (name: string, value: string) => change({ fields: { ...setup.fields, [name]: value } })
  const field = (name: string) => (
    <Field
      key={name}
      label={nameOf(name)}
      schema={schemas[name]}
      value={fieldOf(setup, name)}
      problem={problems[name]}
      placeholder={name === 'threads' ? String(threadsFor(setup.models.length)) : 'automatic'}
      onChange={(value) => set(name, value)}
    />
  )
  const count = setup.models.length
  const isWrong = Object.keys(problems).length > 0
  return (
    <form
      className="card setup"
      aria-label="What to train"
      noValidate
      onSubmit={(event) => {
        event.preventDefault()
        if (checked && !isWrong && !isStarting) start()
      }}
    >
      <Mechanisms chosen={setup.models} problems={problems} onChange={(models) => change({ models })} />
      <LessonFields
        lesson={setup.lesson}
        tokenizer={fieldOf(setup, 'tokenizer')}
        problems={problems}
        sample={checked?.sample}
        onChange={({ lesson, tokenizer }) =>
          change({ ...(lesson && { lesson }), ...(tokenizer && { fields: { ...setup.fields, tokenizer } }) })
        }
      />
      <fieldset>
        <legend>Size</legend>
        <div className="pairs">{sizeFields.map(field)}</div>
      </fieldset>
      <fieldset>
        <legend>Budget</legend>
        <div className="pairs">{budgetFields.map(field)}</div>
        <details open={moreFields.some((name) => problems[name]) || undefined}>
          <summary>More settings</summary>
          <div className="pairs">{moreFields.map(field)}</div>
        </details>
      </fieldset>
      <ExecutorFields
        executor={fieldOf(setup, 'executor')}
        problem={problems.executor}
        onChange={(executor) => set('executor', executor)}
      >
        {field('threads')}
      </ExecutorFields>
      <div className="start row">
        <button type="submit" className="primary" disabled={!checked || isWrong || isStarting}>
          Train {count} {count === 1 ? 'model' : 'models'}
        </button>
        <button type="button" onClick={() => change(defaults)}>
          Start over
        </button>
        {isWrong && <span className="problem">Something above does not fit yet.</span>}
      </div>
      {failure && (
        <p className="problem" role="alert">
          {failure}
        </p>
      )}
    </form>
  )
}
