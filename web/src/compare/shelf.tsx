/** All reports, and opening others. */
import { type DragEvent, useEffect, useState } from 'react'
import { addressOf } from '../common/address.js'
import { useStore } from '../common/store.js'
import { chosen, dropped, type Found, type Opened, openReports } from './opening.js'
import { examples, forgetReport, ofRuns, ownReports, placeOf, refreshReports } from './reports.js'

export function Shelf() {
  const own = useStore(ownReports)
  const [{ refusals }, tell] = useState<Opened>({ names: [], refusals: [] })
  const [over, hover] = useState(false)
  useEffect(() => void refreshReports(), [])
  const open = async (found: readonly Found[]) => {
    const opened = await openReports(found)
    tell(opened)
    if (opened.names.length === 1 && opened.refusals.length === 0)
      location.hash = addressOf('compare', placeOf('mine', opened.names[0]))
  }
  const drag = (event: DragEvent) => {
    event.preventDefault()
    hover(event.type === 'dragover')
  }
  return (
    <>
      <h1>Compare</h1>
      <section
        className={`card drop ${over ? 'over' : ''}`}
        aria-labelledby="open"
        onDragOver={drag}
        onDragLeave={drag}
        onDrop={(event) => {
          drag(event)
          dropped(event.dataTransfer).then(open)
        }}
      >
        <h2 id="open">Open a report</h2>
        <p>
          Drop a folder that <code>seqlab compare</code> wrote, or its <code>report.json</code>: yours or a colleague’s.
          It stays in this browser.
        </p>
        <div className="row">
          <Choose title="Choose files" accept=".json,application/json" open={open} />
          <Choose title="Choose a folder" folder open={open} />
        </div>
        {refusals.map((refusal) => (
          <p key={refusal} className="notice bad" role="alert">
            {refusal}
          </p>
        ))}
      </section>
      <section className="card" aria-labelledby="reports">
        <h2 id="reports">Reports</h2>
        <ul className="shelf">
          <li>
            <a href={addressOf('compare', ofRuns)}>The runs of this browser</a>
            <p className="quiet">curves and results of what was trained here</p>
          </li>
          {own?.map((name) => (
            <li key={name}>
              <a href={addressOf('compare', placeOf('mine', name))}>{name}</a>{' '}
              <button type="button" className="small" aria-label={`Remove ${name}`} onClick={() => forgetReport(name)}>
                Remove
              </button>
            </li>
          ))}
          {Object.entries(examples).map(([name, { title, says }]) => (
            <li key={name}>
              <a href={addressOf('compare', placeOf('example', name))}>{title}</a>
              <p className="quiet">An example, {says}</p>
            </li>
          ))}
        </ul>
      </section>
    </>
  )
}

interface Choice {
  readonly title: string
  readonly accept?: string
  readonly folder?: boolean
  open(found: readonly Found[]): void
}

function Choose({ title, accept, folder = false, open }: Choice) {
  return (
    <label className="choose">
      {title}
      <input
        className="hidden"
        type="file"
        multiple
        accept={accept}
        {...(folder && { webkitdirectory: '' })}
        onChange={({ target }) => {
          if (target.files) open(chosen(target.files))
          // The same files can be chosen again.
          target.value = ''
        }}
      />
    </label>
  )
}
