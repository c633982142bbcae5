/** Progress of a training run: a bar on a terminal, a line now and then elsewhere, JSON lines with --json. */
import { Presets, SingleBar } from 'cli-progress'
import type { TrainingEvent } from '../training/index.js'
import { durationText } from './duration.js'
import type { Output } from './output.js'

export interface ProgressView {
  update(event: TrainingEvent): void
  end(): void
}

/** Seconds between lines where there is no terminal. */
const lineInterval = 5

export function trainingProgress(output: Output, label: string): ProgressView {
  const terminal = process.stdout.isTTY && !output.json
  const bar =
    terminal &&
    new SingleBar(
      {
        format: `${label} {bar} {value}/{total} · loss {loss} · {speed} tokens/s · {left} left`,
        etaBuffer: 50,
        hideCursor: true,
        fps: 5,
      },
      Presets.rect,
    )
  let lastLine = 0
  let validLoss = ''
  return {
    update(event) {
      const { step, steps, loss, tokensPerSecond, seconds } = event
      if (event.validLoss !== undefined) {
        const score = event.score === undefined ? '' : ` · score ${event.score.toFixed(3)}`
        validLoss = ` · validation ${event.validLoss.toFixed(3)}${score}`
      }
      const left = timeLeft(event)
      if (bar) {
        if (!bar.isActive) bar.start(steps, 0, { loss: '', speed: '', left: '' })
        bar.update(step, { loss: `${loss.toFixed(3)}${validLoss}`, speed: Math.round(tokensPerSecond), left })
        return
      }
      if (event.validLoss === undefined && seconds - lastLine < lineInterval && step !== steps) return
      lastLine = seconds
      output.event({ event: 'step', ...event })
      output.line(
        `${label} step ${step}/${steps} · loss ${loss.toFixed(3)}${validLoss} · ${Math.round(tokensPerSecond)} tokens/s · ${left} left`,
      )
    },
    end() {
      if (bar) bar.stop()
    },
  }
}

function timeLeft({ step, steps, tokens, tokensPerSecond }: TrainingEvent): string {
  if (tokensPerSecond === 0) return '?'
  return durationText(((steps - step) * (tokens / step)) / tokensPerSecond)
}
