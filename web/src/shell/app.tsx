/** The frame around all views: navigation, theme, and the view that the address names. */
import { Suspense, useEffect, useRef } from 'react'
import { addressOf, useAddress } from '../common/address.js'
import { Failure } from '../common/failure.js'
import { useStore } from '../common/store.js'
import { views } from './router.js'
import { theme, themes } from './theme.js'

export function App() {
  const { view } = useAddress()
  const current = views.find(({ path }) => path === view) ?? views[0]
  const main = useRef<HTMLElement>(null)
  useEffect(() => {
    document.title = `${current.title} · seqlab`
  }, [current])
  useEffect(() => {
    for (const type of ['dragover', 'drop'] as const) addEventListener(type, keepPage)
    return () => {
      for (const type of ['dragover', 'drop'] as const) removeEventListener(type, keepPage)
    }
  }, [])
  const Page = current.page
  return (
    <>
      <button type="button" className="skip" onClick={() => main.current?.focus()}>
        Skip to the content
      </button>
      <header className="bar">
        <a className="brand" href={addressOf('lab')}>
          <img src="./icon.svg" alt="" width="24" height="24" /> seqlab
        </a>
        <nav aria-label="Views">
          {views.map(({ path, title }) => (
            <a key={path} href={addressOf(path)} aria-current={path === current.path ? 'page' : undefined}>
              {title}
            </a>
          ))}
        </nav>
        <ThemeChoice />
      </header>
      <main id="main" ref={main} tabIndex={-1} className={`view-${current.path}`}>
        <Failure key={current.path}>
          <Suspense fallback={<p className="quiet">Opening {current.title} …</p>}>
            <Page />
          </Suspense>
        </Failure>
      </main>
    </>
  )
}

/** A file that is dropped where nothing takes it would be opened in place of the page, and end what is under way. */
function keepPage(event: DragEvent): void {
  if (event.defaultPrevented || !event.dataTransfer?.types.includes('Files')) return
  event.preventDefault()
  event.dataTransfer.dropEffect = 'none'
}

function ThemeChoice() {
  const chosen = useStore(theme)
  return (
    <label className="theme">
      <span className="hidden">Theme</span>
      <select value={chosen} onChange={({ target }) => theme.set(() => target.value as typeof chosen)}>
        {themes.map((name) => (
          <option key={name}>{name}</option>
        ))}
      </select>
    </label>
  )
}
