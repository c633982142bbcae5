/** seqlab tasks, seqlab task */
import type { Command } from 'commander'
import { Option } from 'commander'
import { type ChosenTask, choiceText, type Part, tasks } from '../../tasks/index.js'
import { userCorpora } from '../jobs.js'
import { whole } from '../options.js'
import { createOutput, type Output } from '../output.js'
import { taskFrom } from '../task.js'

export function defineTasks(program: Command): void {
  program
    .command('tasks')
    .description('list tasks with what each shows')
    .option('--json', 'print JSON lines only')
    .action((options) => {
      const output = createOutput(options.json)
      for (const group of new Set(tasks.map((task) => task.group))) {
        output.line(group)
        for (const { id, shows } of tasks.filter((task) => task.group === group))
          output.line(`  ${id.padEnd(28)} ${shows}`)
      }
      if (output.json) {
        output.result({
          tasks: tasks.map(({ id, group, kind, title, shows, source, difficulty, published }) => {
            return { id, group, kind, title, shows, source, difficulty, published }
          }),
        })
      }
    })

  program
    .command('task <name>')
    .description('show a task: its settings, and examples with answers')
    .option('--sample <n>', 'examples to print', whole(0), 1)
    .addOption(new Option('--part <name>', 'of which part').choices(['train', 'validation', 'test']).default('train'))
    .option('--seed <n>', 'another seed gives other examples', whole(0), 1)
    .option('--json', 'print JSON lines only')
    .action(async (name, { sample, part, seed, json }) => {
      const output = createOutput(json)
      const chosen = await taskFrom(name)
      describe(chosen, output)
      const shown = await samples(chosen, sample, part, seed)
      for (const { input, answer } of shown) output.line(`\n${input}\n→ ${answer}`)
      if (output.json) output.result({ task: choiceText(chosen), config: chosen.config, samples: shown })
    })
}

function describe({ task, config }: ChosenTask, { line }: Output): void {
  const { title, authors, year, note } = task.source
  line(`${task.title} (${task.id})\n${task.shows}\n${title}: ${authors}, ${year}${note ? `\n${note}` : ''}`)
  const shape = (task.config as { shape?: Record<string, { description?: string }> }).shape ?? {}
  line('settings')
  for (const [key, value] of Object.entries(config))
    line(`  ${`${key}=${value}`.padEnd(24)} ${shape[key]?.description ?? ''}`)
}

async function samples({ task, config }: ChosenTask, count: number, part: Part, seed: number) {
  if (task.kind === 'examples') {
    const source = await task.open(config, userCorpora())
    const some = Math.min(count, source.size(part))
    return Array.from({ length: some }, (_, index) => source.show(source.example(part, index, seed)))
  }
  if (task.kind === 'probe') {
    const { items } = await task.open(config, userCorpora())
    return items.slice(0, count).map(({ context, choices }) => {
      const wrong = choices.slice(1).map((choice) => ` (not:${choice})`)
      return { input: context, answer: choices[0] + wrong.join('') }
    })
  }
  const { train } = await task.open(config, userCorpora())
  return [{ input: train.path, answer: 'the next token, all along' }].slice(0, count)
}
