/** One run: where it is, what it reached, and what can be done with it. */
import type { RunView, Status } from '../runs/runs.js'
import { lookOf } from './chart.js'
import { countText, durationText, lossText } from './format.js'
import { RunActions } from './run-actions.js'

interface Props {
  readonly run: RunView
  /** Its place among the curves; −1 where it is not shown. */
  readonly look: number
  show(isShown: boolean): void
}

const statusText: Readonly<Record<Status, string>> = {
  waiting: 'waiting for its turn',
  starting: 'starting',
  training: 'training',
  pausing: 'saving',
  paused: 'paused',
  finished: 'finished',
  failed: 'failed',
}

export function RunCard({ run, look, show }: Props) {
  const { name, plan, status, message, note, executor } = run
  const { step, steps } = progressOf(run)
  const title = plan?.model.name ?? name
  const isMeasuring = status === 'training' && step === steps
  return (
    <li className="card run" aria-label={title}>
      <div className="row">
        <label className="inline">
          <input type="checkbox" checked={look >= 0} onChange={({ target }) => show(target.checked)} />
          <Swatch look={look} />
          <strong>{title}</strong>
        </label>
        <span className="quiet">{plan && lessonText(plan.lesson)}</span>
        <span className={`status ${status}`} role="status">
          {isMeasuring ? 'measuring on the whole validation part' : statusText[status]}
        </span>
      </div>
      <progress value={step} max={steps} aria-label={`Steps of ${title}`} />
      <Figures run={run} step={step} steps={steps} />
      {message && (
        <p className="problem" role="alert">
          {message}
        </p>
      )}
      {note && <p className="quiet">{note}</p>}
      {executor && <p className="quiet">{executor}</p>}
      <RunActions run={run} />
    </li>
  )
}

function progressOf({ latest, curve, plan, result }: RunView) {
  const step = latest?.step ?? curve.at(-1)?.step ?? 0
  const planned = Number(plan?.training.steps ?? 1000)
  return { step, steps: latest?.steps ?? (result ? step : planned) }
}

function Figures({ run, step, steps }: { readonly run: RunView; readonly step: number; readonly steps: number }) {
  const { latest, curve, parameters, result, status } = run
  const last = latest ?? curve.at(-1)
  const valid = result?.validLoss ?? curve.findLast(({ validLoss }) => typeof validLoss === 'number')?.validLoss
  const score = result?.score ?? curve.findLast(({ score }) => typeof score === 'number')?.score
  const isActive = status === 'training' && latest !== undefined
  const left = isActive ? ((steps - step) * latest.tokens) / latest.step / latest.tokensPerSecond : 0
  const figures: readonly (readonly [string, string] | false | undefined)[] = [
    ['step', `${step} of ${steps}`],
    ['training loss', lossText(last?.loss as number)],
    ['validation loss', lossText(valid as number)],
    typeof score === 'number' && ['score', lossText(score)],
    parameters !== undefined && ['parameters', countText(parameters)],
    isActive && ['tokens/s', countText(latest.tokensPerSecond)],
    isActive && step < steps && ['left', durationText(left)],
    !isActive && last !== undefined && ['trained for', durationText(Number(last.seconds))],
  ]
  return (
    <dl className="figures number">
      {figures
        .filter((figure) => figure !== false && figure !== undefined)
        .map(([label, value]) => (
          <div key={label}>
            <dt>{label}</dt>
            <dd>{value}</dd>
          </div>
        ))}
    </dl>
  )
}

function Swatch({ look }: { readonly look: number }) {
  const { stroke, dash } = look < 0 ? { stroke: 'var(--line)', dash: '' } : lookOf(look)
  return (
    <svg width="34" height="10" aria-hidden="true">
      <line x1="1" y1="5" x2="33" y2="5" stroke={stroke} strokeWidth="3" strokeDasharray={dash} />
    </svg>
  )
}

const lessonText = (lesson: NonNullable<RunView['plan']>['lesson']) =>
  lesson.kind === 'text' ? `on ${lesson.name}` : `on the task ${lesson.choice.split(':')[0]}`
