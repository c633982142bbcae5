/** How far a piece of work is, in a line, with a way to stop it. */
import { useEffect, useState } from 'react'
import type { Work } from './work.js'

export function Working({ work, stop }: { readonly work: Work; readonly stop: () => void }) {
  const working = work.state === 'working'
  const seconds = useSeconds(working)
  return (
    <>
      {working && (
        <button type="button" onClick={stop}>
          Stop
        </button>
      )}
      <span role="status" className={work.state === 'failed' ? 'bad' : 'quiet'}>
        {working && `${work.message} …`}
        {work.state === 'failed' && `It could not be done: ${work.message}`}
        {work.state === 'done' && 'Done.'}
      </span>
      {working && <span className="quiet number">{seconds} s</span>}
    </>
  )
}

/** Seconds since it began to be on. */
function useSeconds(on: boolean): number {
  const [seconds, set] = useState(0)
  useEffect(() => {
    set(0)
    if (!on) return
    const began = performance.now()
    const timer = setInterval(() => set(Math.round((performance.now() - began) / 1000)), 1000)
    return () => clearInterval(timer)
  }, [on])
  return seconds
}
