/** Words about a whole study: what was asked of whom, who won, and how much the figures can carry. */
import { formatCount, formatList, formatMeasured } from '../../report/format.js'
import type { StudyEntry, StudyReport } from '../types.js'
import { fieldsOf, sizeText } from './fields.js'
import { summarize } from './summary.js'
import { withTitles } from './titles.js'

const plural = (count: number, noun: string) => `${count} ${noun}${count === 1 ? '' : 's'}`

/** What was run, in a line. */
export function extent(report: StudyReport): string {
  const { mechanisms, tasks, seeds, entries } = report
  const sizes = Math.max(...tasks.map((task) => fieldsOf(report, task).length))
  const runs = entries.reduce((sum, entry) => sum + entry.runs.length, 0)
  const parts = [
    plural(mechanisms.length, 'mechanism'),
    plural(tasks.length, 'task'),
    ...(sizes > 1 ? [plural(sizes, 'size')] : []),
    plural(seeds.length, 'seed'),
  ]
  return `${parts.join(' × ')}: ${plural(runs, 'run')}.`
}

/** Who did best at each task, in a line; an index of reports says it too. */
export function outcome(study: StudyReport): string {
  const report = withTitles(study)
  const answers = report.tasks.flatMap((task) => {
    const fields = fieldsOf(report, task)
    return fields.map((field) => {
      const { answer, open } = summarize(report, field)
      const size = fields.length > 1 ? ` (${sizeText(field.size)})` : ''
      return `${task.title}${size}: ${answer}${open.length > 0 ? `, not told apart from ${formatList(open)}` : ''}`
    })
  })
  return `Best mean score. ${answers.join('; ')}.`
}

/** How everyone was tuned, and where it was not alike. */
export function tuning({ search, entries, tasks }: StudyReport): string[] {
  if (search.rates.length === 0) return ['No learning rate was searched for.']
  const where = ({ mechanism, task, size }: StudyEntry) =>
    `${mechanism} on ${tasks.find(({ key }) => key === task)?.title ?? task} (${sizeText(size)})`
  const rates = [...search.rates].sort((a, b) => a - b)
  const wanted = search.rates.flatMap((rate) => search.seeds.map((seed) => `${rate} ${seed}`))
  const unlike = entries.filter(({ tried }) => {
    const had = new Set(tried.map(({ rate, seed }) => `${rate} ${seed}`))
    return had.size !== wanted.length || wanted.some((one) => !had.has(one))
  })
  const edge = entries.filter(({ rate }) => rates.length > 1 && (rate === rates[0] || rate === rates[rates.length - 1]))
  return [
    `Every mechanism was given the same search: ${plural(rates.length, 'learning rate')} (${formatList(rates.map(formatMeasured))}) on ${search.seeds.length === 1 ? 'seed' : 'seeds'} ${formatList(search.seeds.map(String))}, chosen by ${search.chosenBy}.`,
    unlike.length > 0 ? `Not alike: ${formatList(unlike.map(where))} was tried at other rates or seeds.` : '',
    edge.length > 0
      ? `Chosen at the edge of the search, so that a better rate may lie beyond it: ${formatList(edge.map(where))}.`
      : '',
  ].filter(Boolean)
}

/** How much the figures can carry. */
export function trust({ seeds, pairs }: StudyReport): string {
  if (seeds.length < 2)
    return 'Every run was made from one seed, so no interval can be given, and no lead be called one.'
  return [
    `Intervals are 95% intervals of the mean over ${seeds.length} seeds (t distribution): how far other seeds would move a`,
    'score, not other data or larger models. One mechanism is called better than another only where the interval of their',
    'difference, paired by seed, excludes 0.',
    `${formatCount(pairs.length)} differences were looked at, each with an interval of its own: of 20 that are nothing, about one excludes 0 by chance.`,
    seeds.length < 5 ? `${seeds.length} seeds are few: an interval that includes 0 is no proof of a tie.` : '',
  ]
    .join(' ')
    .trim()
}
