/** Choosing mechanisms: the chosen ones, and all there are, searched as one types. */
import { useState } from 'react'
import { type Choice, choices, hybridWord } from './choices.js'
import { Hybrid } from './hybrid.js'

interface Props {
  readonly chosen: readonly string[]
  readonly problems: Readonly<Record<string, string>>
  onChange(chosen: readonly string[]): void
}

export function Mechanisms({ chosen, problems, onChange }: Props) {
  const [sought, seek] = useState('')
  const words = sought.toLowerCase().split(/\s+/).filter(Boolean)
  const found = [...choices].flatMap(([family, all]) => {
    const some = all.filter((choice) => words.every((word) => textOf(choice).includes(word)))
    return some.length > 0 ? [[family, some] as const] : []
  })
  const toggle = (word: string) =>
    onChange(chosen.includes(word) ? chosen.filter((other) => other !== word) : [...chosen, word])
  return (
    <fieldset>
      <legend>Mechanisms</legend>
      <Chosen chosen={chosen} problems={problems} remove={toggle} />
      <label className="field">
        Search
        <input
          type="search"
          value={sought}
          onChange={({ target }) => seek(target.value)}
          placeholder="gated, recall …"
        />
      </label>
      <div className="choices">
        {found.map(([family, some]) => (
          <section key={family} aria-label={family}>
            <h2>{family}</h2>
            {some.map(({ word, summary }) => (
              <label key={word} className="choice">
                <input type="checkbox" checked={chosen.includes(word)} onChange={() => toggle(word)} />
                <span>
                  <strong>{word}</strong> <span className="quiet">{summary}</span>
                </span>
              </label>
            ))}
          </section>
        ))}
        {found.length === 0 && <p className="quiet">Nothing is called so. Try a family, such as “attention”.</p>}
      </div>
      <Hybrid
        add={(layers) => onChange([...chosen.filter((word) => word !== hybridWord(layers)), hybridWord(layers)])}
      />
    </fieldset>
  )
}

function Chosen({ chosen, problems, remove }: Omit<Props, 'onChange'> & { remove(word: string): void }) {
  return (
    <>
      <ul className="chips" aria-label="Chosen mechanisms">
        {chosen.map((word) => (
          <li key={word}>
            {word.replace(/\+$/, '')}
            <button type="button" aria-label={`Leave out ${word}`} onClick={() => remove(word)}>
              ×
            </button>
          </li>
        ))}
      </ul>
      {['models', ...chosen]
        .filter((word) => problems[word])
        .map((word) => (
          <p key={word} className="problem" role="alert">
            {problems[word]}
          </p>
        ))}
    </>
  )
}

const textOf = ({ word, family, summary, mixers }: Choice) =>
  `${word} ${family} ${mixers.join(' ')} ${summary}`.toLowerCase()
