/** What docs/tasks.md takes from the registry of tasks. */
import { type Group, lowerIsBetter, type Task, tasks } from '#seqlab/tasks/index.js'
import { knownCorpora } from '#seqlab/tasks/known-corpora.js'
import { linked, markdownTable } from './markdown.js'

const groups: Readonly<Record<Group, string>> = {
  recall: 'Recall',
  'state-tracking': 'State tracking and formal languages',
  reasoning: 'Reasoning and arithmetic',
  functions: 'Functions learned in context',
  language: 'Language',
  signals: 'Signals',
}

/** A table for each group. */
export function taskTables(): string {
  return Object.entries(groups)
    .map(([group, heading]) => {
      const rows = tasks.filter((task) => task.group === group).map(rowOf)
      const header = ['Task', 'What it shows', 'Settings', 'Score', 'Published', 'Source']
      return `### ${heading}\n\n${markdownTable([header, ['---', '---', '---', '---', '---:', '---'], ...rows])}`
    })
    .join('\n\n')
}

function rowOf(task: Task): string[] {
  const { id, shows, source, published = [] } = task
  const citation = linked(`${shortAuthors(source.authors)} ${source.year}`, source.arxiv)
  return [`\`${id}\``, shows, settingsOf(task), scoreOf(task), published.length ? `${published.length}` : '', citation]
}

/** With their defaults; the difficulty in bold. */
function settingsOf({ config, difficulty }: Task): string {
  return Object.entries(config.parse({}))
    .map(([name, value]) => {
      const text = `\`${value === '' ? name : `${name}=${value}`}\``
      return name === difficulty?.setting ? `**${text}**` : text
    })
    .join(' ')
}

function scoreOf(task: Task): string {
  if (task.kind === 'text') return 'loss ↓'
  if (task.kind === 'probe') return 'accuracy (probe)'
  const name = task.metric === 'squaredError' ? 'squared error' : task.metric
  return lowerIsBetter(task.metric) ? `${name} ↓` : name
}

function shortAuthors(authors: string): string {
  const names = authors.split(/, | and /)
  return names.length > 2 ? `${names[0]} et al.` : names.join(' and ')
}

export function corpusTable(): string {
  const rows = Object.entries(knownCorpora).map(([name, { holds, from, licence }]) => [
    `\`${name}\``,
    holds,
    from,
    licence,
  ])
  return markdownTable([
    ['Name', 'What to register', 'Where it comes from', 'Licence'],
    rows[0].map(() => '---'),
    ...rows,
  ])
}
