/** Learning rate schedules: a factor of the peak rate for each step, after a linear warm-up. */
export type ScheduleName = keyof typeof schedules

interface Progress {
  /** From 0 at the end of the warm-up to 1 at the end of the run. */
  readonly done: number
}

/** What cosine and linear schedules end at, as a share of the peak. */
const floor = 0.1
/** The share of the steps after the warm-up at which warm-up–stable–decay starts to decay. */
const stable = 0.8

export const schedules = {
  constant: () => 1,
  cosine: ({ done }: Progress) => floor + ((1 - floor) * (1 + Math.cos(Math.PI * done))) / 2,
  linear: ({ done }: Progress) => 1 - (1 - floor) * done,
  /** Warm-up–stable–decay: constant, then linearly to a tenth over the last fifth. */
  wsd: ({ done }: Progress) => (done <= stable ? 1 : 1 - (1 - floor) * ((done - stable) / (1 - stable))),
} as const

/** The rate of step 1 … steps. */
export function rateAt(
  schedule: ScheduleName,
  step: number,
  { peak, warmup, steps }: { peak: number; warmup: number; steps: number },
): number {
  if (step <= warmup) return (peak * step) / warmup
  return peak * schedules[schedule]({ done: Math.min(1, (step - warmup) / Math.max(1, steps - warmup)) })
}
