/** All runs of this browser, and the curves of those that are ticked. */
import { useMemo, useState } from 'react'
import type { RunView } from '../runs/runs.js'
import type { Given } from '../runs/unpack.js'
import { Curves } from './curves.js'
import { ChooseFiles } from './files.js'
import { RunCard } from './run-card.js'

interface Props {
  /** `undefined` until the storage was read. */
  readonly list?: readonly RunView[]
  /** Those that were started or imported last. */
  readonly fresh: readonly string[]
  take(given: readonly Given[]): Promise<void>
}

/** As many as there are colours. */
const most = 8
const usual = 3

export function Runs({ list, fresh, take }: Props) {
  const [ticked, tick] = useState<Readonly<Record<string, boolean>>>({})
  const shown = useMemo(() => {
    const newest = fresh.length > 0 ? fresh : (list ?? []).slice(0, usual).map(({ name }) => name)
    const isShown = ({ name }: RunView) => ticked[name] ?? newest.includes(name)
    return (list ?? []).filter(isShown).slice(0, most).reverse()
  }, [list, fresh, ticked])
  return (
    <>
      {shown.length > 0 && <Curves shown={shown} />}
      <section aria-label="Runs">
        <h2>Runs in this browser</h2>
        {list === undefined && <p className="quiet">Reading …</p>}
        {list?.length === 0 && (
          <p className="notice">
            None yet. The three mechanisms chosen here take about a minute to train on the plays of Shakespeare; their
            curves will appear in this place.
          </p>
        )}
        <ul className="runs">
          {list?.map((run) => (
            <RunCard
              key={run.name}
              run={run}
              look={shown.findIndex(({ name }) => name === run.name)}
              show={(isShown) => tick({ ...ticked, [run.name]: isShown })}
            />
          ))}
        </ul>
        <div className="row">
          <ChooseFiles label="Import a run (.zip)" accept=".zip" take={take} />
          <ChooseFiles label="Import a run’s folder" folder take={take} />
        </div>
      </section>
    </>
  )
}
