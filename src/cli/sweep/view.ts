/** A sweep as it goes: a line a running job and one for all on a terminal, plain lines elsewhere, events with --json. */
import { MultiBar, Presets, type SingleBar } from 'cli-progress'
import type { PlannedJob } from '../../evaluation/jobs/plan.js'
import { durationText } from '../duration.js'
import type { Output } from '../output.js'
import type { SweepEvent } from './events.js'

export interface SweepView {
  update(event: SweepEvent): void
  end(): void
}

export function sweepView(output: Output): SweepView {
  const tally = sweepTally()
  const live = process.stdout.isTTY && !output.json ? liveTable() : undefined
  return {
    update(event) {
      tally.update(event)
      live?.update(event, tally.text())
      if (event.kind === 'progress' || event.kind === 'started') return
      output.event(jsonEvent(event))
      const line = lineOf(event, tally.text())
      if (!live) output.line(line)
      else if (event.kind === 'failed' || event.kind === 'retried') live.log(line)
    },
    end: () => live?.end(),
  }
}

/** What a job is, in a few words. */
export function jobLabel({ spec: { name, task, training } }: PlannedJob): string {
  const rate = training.rate === undefined ? '' : ` rate ${training.rate}`
  const seed = training.seed === undefined ? '' : ` seed ${training.seed}`
  return `${name} · ${task}${rate}${seed}`
}

function sweepTally() {
  const began = performance.now()
  let lastEnd = began
  let [total, before, done, failed] = [0, 0, 0, 0]
  return {
    update(event: SweepEvent) {
      if (event.kind === 'planned') [total, before] = [event.total, event.done]
      if (event.kind === 'done') done++
      if (event.kind === 'failed') failed++
      if (event.kind === 'done' || event.kind === 'failed') lastEnd = performance.now()
    },
    /** The time left is that of the jobs so far: they are alike more often than not. */
    text() {
      const ended = done + failed
      const rest = total - before - ended
      const whole = ((lastEnd - began) / ended) * rest
      const seconds = Math.max(1, (whole - (performance.now() - lastEnd)) / 1000)
      const left = ended > 0 && rest > 0 ? ` · ${durationText(seconds)} left` : ''
      return `${before + done}/${total} done${failed > 0 ? ` · ${failed} failed` : ''}${left}`
    },
  }
}

function lineOf(event: SweepEvent, tally: string): string {
  if (event.kind === 'planned') return `${event.total} jobs, ${event.done} of them done before`
  if (event.kind === 'done') return `${jobLabel(event.job)} · ${scoreText(event.result)} · ${tally}`
  const message = 'message' in event ? event.message.split('\n')[0] : ''
  return 'job' in event
    ? `${jobLabel(event.job)} · ${event.kind === 'retried' ? 'again' : 'failed'}: ${message} · ${tally}`
    : ''
}

export function scoreText({ score, metric, seconds }: Extract<SweepEvent, { kind: 'done' }>['result']): string {
  return `${metric} ${score.mean.toFixed(3)} in ${durationText(seconds)}`
}

function jsonEvent(event: SweepEvent): object {
  if (event.kind === 'planned') return { event: 'planned', total: event.total, done: event.done }
  const { id, spec } = (event as Extract<SweepEvent, { job: PlannedJob }>).job
  const job = { id, name: spec.name, task: spec.task, rate: spec.training.rate, seed: spec.training.seed }
  if (event.kind !== 'done')
    return { event: event.kind, ...job, message: 'message' in event ? event.message : undefined }
  const { metric, score, loss, seconds } = event.result
  return { event: 'job', ...job, metric, score: score.mean, loss, seconds }
}

function liveTable() {
  const table = new MultiBar(
    { format: '{bar} {value}/{total} {label}', barsize: 16, hideCursor: true, fps: 4, clearOnComplete: true },
    Presets.rect,
  )
  const running = new Map<string, SingleBar>()
  let all: SingleBar | undefined
  return {
    update(event: SweepEvent, tally: string) {
      if (event.kind === 'planned') {
        all = table.create(event.total, event.done, { label: '' }, { format: '{bar} {label}' })
      } else if (event.kind === 'started') {
        running.set(event.job.id, table.create(1, 0, { label: jobLabel(event.job) }))
      } else if (event.kind === 'progress') {
        const { step, steps, loss } = event.progress
        const bar = running.get(event.job.id)
        bar?.setTotal(steps)
        bar?.update(step, { label: `${jobLabel(event.job)} · loss ${loss.toFixed(3)}` })
      } else {
        const bar = running.get(event.job.id)
        if (bar) table.remove(bar)
        running.delete(event.job.id)
        if (event.kind !== 'retried') all?.increment()
      }
      all?.update({ label: tally })
    },
    log: (text: string) => table.log(`${text}\n`),
    end: () => table.stop(),
  }
}
