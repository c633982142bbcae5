/** What a report found, question by question, in its own words. */
interface Answer {
  readonly title: string
  readonly answer: string
  readonly value: string
  readonly details: readonly string[]
}

export function Answers({ answers }: { readonly answers: readonly Answer[] }) {
  return (
    <dl className="answers">
      {answers.map(({ title, answer, value, details }) => (
        <div key={title} className="card">
          <dt>{title}</dt>
          <dd>
            <strong>{answer}</strong> <span>{value}</span>
            <ul className="quiet">
              {details.filter(Boolean).map((detail) => (
                <li key={detail}>{detail}</li>
              ))}
            </ul>
          </dd>
        </div>
      ))}
    </dl>
  )
}
