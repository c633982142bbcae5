/** The text to look at. It is read when it is asked for, not at every key. */
import { useId, useState } from 'react'

interface Props {
  readonly text: string
  readonly isText: boolean
  onChoose(text: string): void
}

export function TextChoice({ text, isText, onChoose }: Props) {
  const [edited, setEdited] = useState<string>()
  const draft = edited ?? text
  const id = useId()
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        onChoose(draft)
        setEdited(undefined)
      }}
    >
      <div className="field">
        <label htmlFor={id}>{isText ? 'Text' : 'Tokens, as numbers with spaces between'}</label>
        <textarea id={id} rows={3} value={draft} onChange={({ target }) => setEdited(target.value)} />
      </div>
      <button type="submit" className="primary" disabled={draft === text || draft.trim() === ''}>
        Read this text
      </button>
    </form>
  )
}
