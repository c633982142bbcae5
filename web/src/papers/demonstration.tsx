/** What a demonstration found, and finding it again here. */
import { useState } from 'react'
import type { Claim, DemonstrationResult } from 'seqlab/papers'
import { provideText, shakespeare } from '../runs/texts.js'
import { FigurePlots } from './figure-plot.js'
import { useWork } from './work.js'
import { Working } from './working.js'

/** A sentence with its full stop, whether it came with one or not. */
const ended = (text: string) => `${text.replace(/\.$/, '')}.`

/** Of a whole number all digits, of others four; small ones as powers of ten. */
function shown(value: number): string {
  if (Number.isInteger(value)) return value.toLocaleString('en')
  return Math.abs(value) < 0.001 ? value.toExponential(1) : `${Number(value.toPrecision(4))}`
}

export function Demonstration({ stored }: { readonly stored: DemonstrationResult }) {
  const { work, start, stop } = useWork()
  const [trouble, tell] = useState('')
  const found = work.told.find((told) => told.kind === 'found')
  const run = () =>
    provideText(shakespeare).then(
      () => start({ kind: 'demonstrate', id: stored.id, stored }),
      (error) => tell(error.message),
    )
  const { sentence, changed, claims, seconds, command } = stored
  return (
    <section className="card" aria-labelledby="found">
      <h2 id="found">What was found</h2>
      <p>{sentence}</p>
      {changed && <p className="quiet">Changed from “works when”: {ended(changed)}</p>}
      <Claims claims={claims} again={found?.result} />
      <FigurePlots claims={claims} again={found?.result.claims} />
      <h3>Find it again</h3>
      <p className="quiet">
        It took {shown(Math.round(seconds))} s with <code>{command}</code> on two cores. In a browser expect several
        times that; the page stays usable, and leaving it stops the work.
      </p>
      <div className="row">
        <button type="button" className="primary" disabled={work.state === 'working'} onClick={run}>
          Run it here
        </button>
        <Working work={work} stop={stop} />
        {trouble && <span role="alert">{trouble}</span>}
      </div>
      {found && (
        <p role="status" className={`notice ${found.within ? '' : 'bad'}`}>
          {found.within
            ? 'This is what was found before, within its tolerances. '
            : 'This is not what was found before: a figure marked above lies outside its tolerance, or the verdict differs. Ratios of times depend on the runtime, which is another one here. '}
          Here: {found.result.verdict}. {found.result.sentence} It took {shown(Math.round(found.result.seconds))} s.
        </p>
      )}
    </section>
  )
}

interface Shown {
  readonly claims: readonly Claim[]
  readonly again?: DemonstrationResult
}

function Claims({ claims, again }: Shown) {
  const rerun = new Map(again?.claims.flatMap(({ figures }) => figures.map(({ name, value }) => [name, value])))
  return (
    <ul className="claims">
      {claims.map(({ says, holds, figures, because }) => (
        <li key={says}>
          <p>
            <span className={holds === 'planned' ? 'quiet' : holds ? 'good' : 'bad'}>
              {holds === 'planned' ? 'planned' : holds ? '✓ holds' : '✗ does not hold'}
            </span>{' '}
            {says}
          </p>
          {figures.length > 0 && (
            <table className="figures">
              <thead className="hidden">
                <tr>
                  <th scope="col">Figure</th>
                  <th scope="col">Value and tolerance</th>
                  {again && <th scope="col">Found here</th>}
                </tr>
              </thead>
              <tbody>
                {figures.map(({ name, value, tolerance }) => (
                  <tr key={name}>
                    <th scope="row">{name}</th>
                    <td className="number">
                      {shown(value)} <span className="quiet">± {shown(tolerance)}</span>
                    </td>
                    {again && <Again value={rerun.get(name)} near={value} tolerance={tolerance} />}
                  </tr>
                ))}
              </tbody>
            </table>
          )}
          {because && (
            <p className="quiet">
              {holds === 'planned' ? 'Planned' : 'Why not'}: {ended(because)}
            </p>
          )}
        </li>
      ))}
    </ul>
  )
}

function Again({
  value,
  near,
  tolerance,
}: {
  readonly value?: number
  readonly near: number
  readonly tolerance: number
}) {
  if (value === undefined) return <td>–</td>
  const within = Math.abs(value - near) <= tolerance
  return (
    <td className="number">
      <span className={within ? 'good' : 'bad'}>{within ? '✓' : '✗'}</span> {shown(value)}
    </td>
  )
}
