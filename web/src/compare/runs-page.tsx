/** The runs of this browser side by side, those of one text or task at a time. */
import { useEffect, useState } from 'react'
import { addressOf } from '../common/address.js'
import { refreshRuns, runs } from '../runs/runs.js'
import { ComparisonView } from './comparison-view.js'
import { comparisonOf, type ReadRun, readRun } from './of-runs.js'

/** Milliseconds between looks at runs that are under way: each draws all curves again. */
const often = 2000

export default function RunsPage() {
  const { all, trouble } = useRuns()
  const lessons = [...new Set(all?.map(({ lesson }) => lesson))]
  const [chosen, choose] = useState<string>()
  const lesson = lessons.find((name) => name === chosen) ?? lessons[0]
  const shown = all?.filter((run) => run.lesson === lesson) ?? []
  return (
    <article>
      <p>
        <a href={addressOf('compare')}>← All reports</a>
      </p>
      {trouble && <p className="notice bad">{trouble}</p>}
      {!all && !trouble && <p className="quiet">Reading the runs of this browser …</p>}
      {all?.length === 0 && (
        <>
          <h1>No run yet</h1>
          <p>
            Nothing was trained in this browser so far – <a href={addressOf('lab')}>the Lab</a> does it.
          </p>
        </>
      )}
      {lessons.length > 1 && (
        <label className="field">
          Trained on
          <select value={lesson} onChange={({ target }) => choose(target.value)}>
            {lessons.map((name) => (
              <option key={name}>{name}</option>
            ))}
          </select>
        </label>
      )}
      {shown.length > 0 && (
        // Another set of runs begins with all of them chosen.
        <ComparisonView key={shown.map(({ view }) => view.name).join()} {...comparisonOf(lesson, shown)} />
      )}
    </article>
  )
}

/** Runs that have a curve, with their results; `undefined` until they were read. */
function useRuns() {
  const [state, set] = useState<{ readonly all?: readonly ReadRun[]; readonly trouble?: string }>({})
  useEffect(() => {
    let current = true
    let seen: unknown
    const look = async () => {
      const views = runs.get()
      if (views === undefined || views === seen) return
      seen = views
      const all = await Promise.all(views.filter(({ curve }) => curve.length > 0).map(readRun))
      if (current) set({ all })
    }
    const fail = (error: Error) => current && set({ trouble: error.message })
    const begin = runs.get() === undefined ? refreshRuns() : Promise.resolve()
    begin.then(look).catch(fail)
    const timer = setInterval(() => look().catch(fail), often)
    return () => {
      current = false
      clearInterval(timer)
    }
  }, [])
  return state
}
