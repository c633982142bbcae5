/** The runs of this browser side by side, those of one text or task at a time. */
import { useEffect, useState } from 'react'
import { addressOf } from '../common/address.js'
import { useStore } from '../common/store.js'
import { type RunView, refreshRuns, runs } from '../runs/runs.js'
import { ComparisonView } from './comparison-view.js'
import { type ComparedRuns, compareRuns, lessonOf } from './of-runs.js'

export default function RunsPage() {
  const all = useStore(runs)
  useEffect(() => {
    if (runs.get() === undefined) refreshRuns()
  }, [])
  const drawable = all?.filter(({ curve }) => curve.length > 0)
  const lessons = [...new Set(drawable?.map(lessonOf))]
  const [chosen, choose] = useState<string>()
  const lesson = chosen ?? lessons[0]
  return (
    <article>
      <p>
        <a href={addressOf('compare')}>← All reports</a>
      </p>
      {!drawable && <p className="quiet">Reading the runs of this browser …</p>}
      {drawable?.length === 0 && (
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
      {drawable && lesson !== undefined && (
        <Runs key={lesson} lesson={lesson} all={drawable.filter((run) => lessonOf(run) === lesson)} />
      )}
    </article>
  )
}

function Runs({ lesson, all }: { readonly lesson: string; readonly all: readonly RunView[] }) {
  const [compared, set] = useState<ComparedRuns>()
  const [trouble, tell] = useState('')
  useEffect(() => {
    let current = true
    compareRuns(lesson, all).then(
      (result) => current && set(result),
      (error) => current && tell(error.message),
    )
    return () => {
      current = false
    }
  }, [lesson, all])
  if (trouble) return <p className="notice bad">{trouble}</p>
  return compared ? <ComparisonView {...compared} /> : <p className="quiet">Reading their results …</p>
}
