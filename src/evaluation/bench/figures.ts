/** What was measured of a workload, and the line of a case made of it. */

export interface Figures {
  /** The median over turns. */
  readonly msPerStep: number
  readonly tokensPerSecond: number
  readonly peakRssMiB: number
  /** Held after the last step, where that was measured. */
  readonly rssMiB?: number
  /** Equal for workloads whose steps came out equal, bit for bit. */
  readonly fingerprint?: string
}

/** What a case reports beside time and memory. */
export type Extras = Readonly<Record<string, number | boolean>>

export interface BenchLine {
  readonly case: string
  readonly threads: number
  readonly msPerStep: number
  readonly tokensPerSecond: number
  readonly peakRssMiB: number
  readonly torchMsPerStep: number | null
  readonly torchPeakRssMiB: number | null
  /** Our time as a share of PyTorch's. */
  readonly ratio: number | null
  readonly memoryRatio: number | null
  readonly [extra: string]: string | number | boolean | null
}

/** The middle value, or the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const half = sorted.length / 2
  return (sorted[Math.ceil(half) - 1] + sorted[Math.floor(half)]) / 2
}

interface Measurements {
  readonly own: Figures
  readonly torch?: Figures
  readonly extras: Extras
}

export function benchLine(name: string, threads: number, { own, torch, extras }: Measurements): BenchLine {
  return {
    case: name,
    threads,
    msPerStep: rounded(own.msPerStep),
    tokensPerSecond: Math.round(own.tokensPerSecond),
    peakRssMiB: own.peakRssMiB,
    torchMsPerStep: torch ? rounded(torch.msPerStep) : null,
    torchPeakRssMiB: torch ? torch.peakRssMiB : null,
    ratio: torch ? rounded(own.msPerStep / torch.msPerStep) : null,
    memoryRatio: torch ? rounded(own.peakRssMiB / torch.peakRssMiB) : null,
    ...Object.fromEntries(Object.entries(extras).map(([key, value]) => [key, rounded(value)])),
  }
}

function rounded<T extends number | boolean>(value: T): T {
  return typeof value === 'number' ? (Number(value.toFixed(3)) as T) : value
}
