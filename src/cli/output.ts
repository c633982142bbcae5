/** What a command prints: JSON lines alone with --json, text otherwise; errors go to stderr. */
import { stderr, stdout } from 'node:process'

export interface Output {
  readonly json: boolean
  /** A line for people; not printed with --json. */
  line(text: string): void
  /** Text without a line end, for what comes piece by piece; not printed with --json. */
  write(text: string): void
  /** A line for programs; printed with --json alone. */
  event(value: object): void
  /** The command's result: JSON always, on the last line. */
  result(value: object): void
  warn(text: string): void
}

/** JSON has no NaN or infinity. */
const encode = (value: object) =>
  JSON.stringify(value, (_, item) => (typeof item === 'number' && !Number.isFinite(item) ? null : item))

export function createOutput(json: boolean): Output {
  return {
    json,
    line: (text) => void (json || stdout.write(`${text}\n`)),
    write: (text) => void (json || stdout.write(text)),
    event: (value) => void (json && stdout.write(`${encode(value)}\n`)),
    result: (value) => void stdout.write(`${encode(value)}\n`),
    warn: (text) => void stderr.write(`${text}\n`),
  }
}
