/** seqlab paper, seqlab papers */
import { type Command, Option } from 'commander'
import {
  type Claim,
  catalogue,
  type Demonstration,
  type DemonstrationResult,
  demonstrationOf,
  families,
  nearestPapers,
  type Paper,
  paperById,
  readResults,
  runDemonstration,
  searchPapers,
  statuses,
  statusOf,
  withinTolerance,
  writeResult,
} from '../../papers/index.js'
import { UserError } from '../../platform/errors.js'
import { interruptedCode } from '../exit.js'
import { onInterrupt } from '../interrupt.js'
import { createOutput, type Output } from '../output.js'
import { resultsFolder, runContext, sourcePath } from '../papers.js'

export function definePapers(program: Command, exit: (code: number) => void): void {
  program
    .command('papers')
    .description('search the papers that the survey knows, and see which work here')
    .argument('[words...]', 'each must be in the id, the title, the system, the idea or the family')
    .addOption(new Option('--status <status>', 'only these').choices(statuses))
    .addOption(new Option('--family <family>', 'only of this family').choices(families))
    .option('--json', 'print JSON lines only')
    .action(async (words: string[], { status, family, json }) => {
      const output = createOutput(json)
      const results = await readResults(resultsFolder)
      const found = searchPapers(catalogue, words)
        .map((paper) => ({ ...paper, status: statusOf(paper, results), verdict: results.get(paper.id)?.verdict }))
        .filter((paper) => (!status || paper.status === status) && (!family || paper.family === family))
      for (const name of new Set(found.map((paper) => paper.family))) {
        output.line(name)
        for (const paper of found.filter((entry) => entry.family === name))
          output.line(`  ${paper.id.padEnd(44)} ${(paper.verdict ?? paper.status).padEnd(14)} ${titleOf(paper)}`)
      }
      output.line(`${found.length} of ${catalogue.length} papers`)
      if (output.json) output.result({ papers: found })
    })

  program
    .command('paper <id>')
    .description('show a paper: its idea, the file that holds it, and what was found; or find it again')
    .option('--run', 'measure what the paper claims; exit code 1 where that is not what was found before')
    .option('--save', 'with --run: store what is found, in place of what was')
    .option('--json', 'print JSON lines only')
    .action(async (id: string, { run, save, json }) => {
      const output = createOutput(json)
      if (save && !run) throw new UserError('paper: --save stores what --run finds – give both')
      const paper = chosen(id)
      const stored = (await readResults(resultsFolder)).get(id)
      if (run) exit(await rerun(demonstrationFor(paper), { stored, save, output }))
      else show(paper, stored, output)
    })
}

const titleOf = ({ title, year }: Paper) => `${title} (${year})`

function chosen(id: string): Paper {
  const paper = paperById(id)
  if (paper) return paper
  const near = nearestPapers(catalogue, id).map((entry) => entry.id)
  throw new UserError(
    `paper: none has the id "${id}" – the nearest are ${near.join(', ')}; "seqlab papers" finds others`,
  )
}

function demonstrationFor({ id, out }: Paper): Demonstration {
  const demonstration = demonstrationOf(id)
  if (demonstration) return demonstration
  throw new UserError(
    out === undefined
      ? `paper ${id}: has no demonstration yet – "seqlab papers --status works" lists those that have`
      : `paper ${id}: is left out: ${out}`,
  )
}

interface Rerun {
  /** Of an earlier run. */
  readonly stored?: DemonstrationResult
  readonly save?: boolean
  readonly output: Output
}

/** Resolves to the exit code. */
async function rerun(demonstration: Demonstration, { stored, save, output }: Rerun): Promise<number> {
  const { id } = demonstration
  const interrupt = onInterrupt(() => output.warn('stopping; nothing is stored'))
  const onProgress = (message: string) => {
    output.event({ event: 'progress', id, message })
    output.line(`… ${message}`)
  }
  try {
    const result = await runDemonstration(demonstration, { ...runContext, signal: interrupt.signal, onProgress })
    tell(result, output)
    const within = stored ? withinTolerance(result, stored) : null
    const saved = save ? await writeResult(resultsFolder, result) : undefined
    output.line(comparison(within, saved))
    if (output.json) output.result({ event: 'done', ...result, withinTolerance: within, ...(saved && { saved }) })
    return within === false && !saved ? 1 : 0
  } catch (error) {
    if (!interrupt.signal.aborted) throw error
    output.event({ event: 'interrupted', id })
    return interruptedCode
  } finally {
    interrupt.dispose()
  }
}

function comparison(within: boolean | null, saved: string | undefined): string {
  const before = 'what was found before'
  const compared =
    within === null
      ? 'No result was stored before.'
      : `This is ${within ? '' : 'not '}${before}, within its tolerances.`
  return saved ? `${compared} Stored in ${saved}.` : compared
}

function show(paper: Paper, stored: DemonstrationResult | undefined, output: Output): void {
  const status = statusOf(paper, new Map(stored && [[paper.id, stored]]))
  const files = (demonstrationOf(paper.id)?.files ?? []).map((file) => ({ file, path: sourcePath(file) }))
  const { arxiv, system, family, kind, what, headline, worksWhen, out } = paper
  output.line(`${titleOf(paper)}${arxiv ? ` · https://arxiv.org/abs/${arxiv}` : ''}`)
  const rows = {
    id: `${paper.id} · ${family}, ${kind}${system ? ` · ${system}` : ''}`,
    what,
    known: headline,
    'works when': worksWhen,
    status: out === undefined ? status : `out: ${out}`,
    ...Object.fromEntries(files.map(({ file, path }) => [file, path])),
  }
  for (const [name, text] of Object.entries(rows)) if (text) output.line(`${name.padEnd(12)} ${text}`)
  if (stored) {
    output.line('')
    tell(stored, output)
    output.line(`(${stored.command}, ${stored.seconds} s)`)
  }
  if (output.json) output.result({ ...paper, status, files, result: stored ?? null })
}

/** What was claimed, what was measured, and the verdict. */
function tell({ claims, verdict, sentence, changed }: DemonstrationResult, { line }: Output): void {
  for (const claim of claims) tellClaim(claim, line)
  if (changed) line(`changed: ${changed}`)
  line(`${verdict}: ${sentence}`)
}

function tellClaim({ says, figures, holds, because }: Claim, line: Output['line']): void {
  line(`${holds === 'planned' ? '·' : holds ? '✓' : '✗'} ${says}`)
  for (const { name, value, tolerance } of figures) line(`    ${name}: ${shown(value)} ± ${shown(tolerance)}`)
  if (because) line(`    ${holds === 'planned' ? 'planned' : 'why not'}: ${because}`)
}

/** Four digits, and no more than a whole number has. */
const shown = (value: number) => (Number.isInteger(value) ? `${value}` : `${Number(value.toPrecision(4))}`)
