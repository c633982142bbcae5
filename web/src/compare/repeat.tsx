/** What repeats a report: its command, its surroundings, and each configuration. */
import { shownValue } from 'seqlab/evaluation/report'

interface Given {
  readonly command: string
  readonly facts: readonly (readonly [name: string, value: unknown])[]
  readonly configurations: readonly (readonly [name: string, configuration: unknown])[]
}

export function Repeat({ command, facts, configurations }: Given) {
  return (
    <section className="card" aria-labelledby="repeat">
      <h2 id="repeat">To repeat this</h2>
      {command && (
        <pre className="command">
          <code>{command}</code>
        </pre>
      )}
      <dl className="facts">
        {facts.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{shownValue(value)}</dd>
          </div>
        ))}
      </dl>
      <details>
        <summary>Configurations</summary>
        {configurations.map(([name, configuration]) => (
          <details key={name}>
            <summary>{name}</summary>
            <pre className="command">
              <code>{JSON.stringify(configuration, null, 2) ?? 'not given'}</code>
            </pre>
          </details>
        ))}
      </details>
    </section>
  )
}
