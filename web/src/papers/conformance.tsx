/** The conformance suite, run here: each criterion with the error that was found and its limit. */
import type { CheckRow } from './protocol.js'
import { useWork } from './work.js'
import { Working } from './working.js'

interface Given {
  readonly mechanisms: readonly string[]
  readonly files: readonly string[]
}

export function Conformance({ mechanisms, files }: Given) {
  const { work, start, stop } = useWork()
  return (
    <section className="card" aria-labelledby="conformance">
      <h2 id="conformance">Conformance</h2>
      <p>
        Whether all forms of {mechanisms.join(', ')} are one function, nothing leaks from later tokens or other
        documents, and gradients are right: in 32 bits by the engine, against a plain computation in 64.
      </p>
      <div className="row">
        <button
          type="button"
          className="primary"
          disabled={work.state === 'working'}
          onClick={() => start({ kind: 'check', files })}
        >
          Check it here
        </button>
        <Working work={work} stop={stop} />
      </div>
      {work.told.map(
        (told) =>
          told.kind === 'checked' && <Checks key={told.mechanism} mechanism={told.mechanism} checks={told.checks} />,
      )}
      <p className="quiet">
        Here: the plain settings, all options together, and no biases. <code>npx seqlab check {mechanisms[0]}</code>{' '}
        tries each option by itself too.
      </p>
    </section>
  )
}

const shown = (value: number) =>
  value === 0 ? '0' : value === Number.MAX_VALUE ? 'not a number' : value.toExponential(1)

function Checks({ mechanism, checks }: { readonly mechanism: string; readonly checks: readonly CheckRow[] }) {
  const failed = checks.filter(({ pass }) => !pass).length
  return (
    <>
      <h3>
        {mechanism}:{' '}
        {failed === 0 ? `all ${checks.length} criteria hold` : `${failed} of ${checks.length} criteria fail`}
      </h3>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached with keys */}
      <section className="scroll" tabIndex={0} aria-label={`Criteria of ${mechanism}`}>
        <table className="checks">
          <thead>
            <tr>
              <th scope="col">Criterion</th>
              <th scope="col">Largest error</th>
              <th scope="col">Limit</th>
              <th scope="col">Found at</th>
            </tr>
          </thead>
          <tbody>
            {checks.map(({ name, maxError, limit, pass, where }) => (
              <tr key={name}>
                <th scope="row">
                  <span className={pass ? 'good' : 'bad'}>{pass ? '✓' : '✗'}</span> {name}
                </th>
                <td className="number">{shown(maxError)}</td>
                <td className="number">{shown(limit)}</td>
                <td className="quiet">{where}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </>
  )
}
