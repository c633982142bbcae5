/** The lab: choose, train side by side, watch. */
import { useEffect, useRef, useState } from 'react'
import { useStore } from '../common/store.js'
import { importRun } from '../runs/archive.js'
import { refreshRuns, runs, startRuns } from '../runs/runs.js'
import { addText } from '../runs/texts.js'
import type { Given } from '../runs/unpack.js'
import { DropZone } from './files.js'
import { Form } from './form.js'
import './lab.css'
import { type Checked, checked } from './plans.js'
import { Runs } from './runs.js'
import { type Setup, useSetup } from './setup.js'

/** After the last key that was typed, in milliseconds. */
const patience = 150

export default function Lab() {
  const [setup, change] = useSetup()
  const [known, setKnown] = useState<Checked>()
  const [isStarting, setStarting] = useState(false)
  const [failure, setFailure] = useState<string>()
  const [fresh, setFresh] = useState<readonly string[]>([])
  const results = useRef<HTMLDivElement>(null)
  const list = useStore(runs)
  const [problem, setProblem] = useState<string>()
  useEffect(() => {
    refreshRuns().catch(({ message }: Error) => setProblem(message))
  }, [])

  const asked = JSON.stringify(setup)
  useEffect(() => {
    let isCurrent = true
    const timer = setTimeout(async () => {
      const found = await checked(JSON.parse(asked) as Setup)
      if (isCurrent) setKnown(found)
    }, patience)
    return () => {
      isCurrent = false
      clearTimeout(timer)
    }
  }, [asked])

  const start = async () => {
    setStarting(true)
    setFailure(undefined)
    try {
      // What was typed last may not have been looked at yet.
      const found = await checked(setup)
      setKnown(found)
      if (Object.keys(found.problems).length > 0) return
      setFresh(await startRuns(found.plans))
      // Below the form on narrow screens.
      if (results.current!.getBoundingClientRect().top > innerHeight / 2) results.current!.scrollIntoView()
    } catch (error) {
      setFailure((error as Error).message)
    } finally {
      setStarting(false)
    }
  }
  const imported = async (given: readonly Given[]) => {
    const name = await importRun(given)
    await refreshRuns()
    // Beside what is shown already: runs are brought here to be compared.
    setFresh((before) => [...before, name])
  }
  // A .zip or a folder is a run, anything else a text.
  const take = async (given: readonly Given[]) => {
    const isRun = given[0].path.includes('/') || /\.zip$/i.test(given[0].path)
    if (isRun) await imported(given)
    else for (const { file } of given) change({ lesson: `text:${await addText(file)}` })
  }
  return (
    <DropZone take={take}>
      <h1>Train sequence models in this page</h1>
      <p className="quiet">
        Choose mechanisms, press Train, and see them learn side by side. Everything stays on this machine. Texts and
        runs may be dropped anywhere here.
      </p>
      {problem && (
        <p className="notice bad" role="alert">
          This browser lets the page keep nothing, so runs cannot be stored: {problem}. A window that is not private may
          do.
        </p>
      )}
      <div className="columns">
        <Form {...{ setup, isStarting, failure, change, start }} checked={known} />
        <div ref={results} className="results">
          <Runs list={list} fresh={fresh} take={imported} />
        </div>
      </div>
    </DropZone>
  )
}
