/** What the models learn: a text of this browser, or a task whose examples are drawn. */
import { useEffect, useState } from 'react'
import { settingValue } from 'seqlab/models'
import { type Task, tasks } from 'seqlab/tasks'
import { z } from 'zod'
import { addText, listTexts, shakespeare } from '../runs/texts.js'
import { Field, fieldsOf } from './field.js'
import { ChooseFiles } from './files.js'
import { tokenizers } from './plans.js'

interface Props {
  readonly lesson: string
  readonly tokenizer: string
  readonly problems: Readonly<Record<string, string>>
  readonly sample?: { readonly input: string; readonly answer: string }
  onChange(change: { lesson?: string; tokenizer?: string }): void
}

/** Those that need no corpus. */
const drawn = tasks.filter((task) => task.kind === 'examples' && !task.corpus)
const groups = [...new Set(drawn.map(({ group }) => group))]

export function LessonFields({ lesson, tokenizer, problems, sample, onChange }: Props) {
  const isTask = lesson.startsWith('task:')
  return (
    <fieldset>
      <legend>Learn from</legend>
      <div className="row" role="radiogroup" aria-label="Text or task">
        {(['text', 'task'] as const).map((kind) => (
          <label key={kind} className="inline">
            <input
              type="radio"
              name="lesson"
              checked={isTask === (kind === 'task')}
              onChange={() => onChange({ lesson: kind === 'task' ? `task:${drawn[0].id}` : `text:${shakespeare}` })}
            />
            a {kind}
          </label>
        ))}
      </div>
      {isTask ? (
        <TaskFields
          choice={lesson.slice('task:'.length)}
          problems={problems}
          onChange={(choice) => onChange({ lesson: `task:${choice}` })}
        />
      ) : (
        <TextFields name={lesson.slice('text:'.length)} tokenizer={tokenizer} onChange={onChange} />
      )}
      {problems.lesson && (
        <p className="problem" role="alert">
          {problems.lesson}
        </p>
      )}
      {sample && (
        <figure>
          <figcaption className="quiet">An example, and its answer</figcaption>
          <pre className="sample">
            {sample.input}
            {'\n→ '}
            {sample.answer}
          </pre>
        </figure>
      )}
    </fieldset>
  )
}

function TextFields({ name, tokenizer, onChange }: { name: string; tokenizer: string; onChange: Props['onChange'] }) {
  const [texts, setTexts] = useState<readonly string[]>([shakespeare])
  useEffect(() => void listTexts().then(setTexts), [])
  return (
    <>
      <label className="field">
        Text
        <select value={name} onChange={({ target }) => onChange({ lesson: `text:${target.value}` })}>
          {[...new Set([...texts, name])].map((text) => (
            <option key={text} value={text}>
              {text === shakespeare ? 'Tiny Shakespeare (1 MB of plays)' : text}
            </option>
          ))}
        </select>
      </label>
      <ChooseFiles
        label="Add a text of your own"
        accept="text/*,.txt,.md,.csv,.json"
        take={async ([{ file }]) => onChange({ lesson: `text:${await addText(file)}` })}
      />
      <Field
        label="Tokens"
        schema={z.enum(tokenizers).default('char').describe('how text becomes tokens')}
        value={tokenizer}
        onChange={(value) => onChange({ tokenizer: value })}
      />
    </>
  )
}

interface TaskProps {
  /** NAME[:setting=value…] */
  readonly choice: string
  readonly problems: Readonly<Record<string, string>>
  onChange(choice: string): void
}

function TaskFields({ choice, problems, onChange }: TaskProps) {
  const [id, ...settings] = choice.split(':')
  const given = Object.fromEntries(settings.map((setting) => setting.split('=') as [string, string]))
  const task: Task | undefined = drawn.find((task) => task.id === id)
  const set = (name: string, value: string) => {
    const changed = Object.entries({ ...given, [name]: value.trim() }).filter(
      ([key, text]) => text !== '' && !isDefault(task, key, text),
    )
    onChange([id, ...changed.map((pair) => pair.join('='))].join(':'))
  }
  return (
    <>
      <label className="field">
        Task
        <select value={id} onChange={({ target }) => onChange(target.value)}>
          {groups.map((group) => (
            <optgroup key={group} label={group}>
              {drawn
                .filter((task) => task.group === group)
                .map((task) => (
                  <option key={task.id} value={task.id}>
                    {task.title}
                  </option>
                ))}
            </optgroup>
          ))}
        </select>
        <small className="quiet">{task?.shows}</small>
      </label>
      <div className="pairs">
        {Object.entries(fieldsOf(task?.config ?? z.never())).map(([name, schema]) => (
          <Field
            key={name}
            label={name}
            schema={schema}
            value={given[name] ?? ''}
            problem={problems[name]}
            onChange={(value) => set(name, value)}
          />
        ))}
      </div>
    </>
  )
}

function isDefault(task: Task | undefined, name: string, text: string): boolean {
  const schema = fieldsOf(task?.config ?? z.never())[name]
  return schema instanceof z.ZodDefault && schema.def.defaultValue === settingValue(text)
}
