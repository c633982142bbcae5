/** The files that hold a paper's idea, as they are in the library. */
import { useEffect, useRef, useState } from 'react'

/** Each file by itself: it is loaded when it is looked at. */
const sources = import.meta.glob<string>('../../../src/{mechanisms,models,nn,inference,engine,training}/**/*.ts', {
  query: '?raw',
  import: 'default',
})

export function Source({ files }: { readonly files: readonly string[] }) {
  const [file, choose] = useState(files[0])
  return (
    <section className="card" aria-labelledby="source">
      <h2 id="source">{files.length === 1 ? 'The file that holds it' : 'The files that hold it'}</h2>
      <fieldset className="row plain">
        <legend className="hidden">Files</legend>
        {files.map((name) => (
          <button key={name} type="button" aria-pressed={name === file} onClick={() => choose(name)}>
            {name}
          </button>
        ))}
      </fieldset>
      <Code file={file} />
    </section>
  )
}

function Code({ file }: { readonly file: string }) {
  const code = useRef<HTMLElement>(null)
  const [state, tell] = useState<'loading' | 'shown' | string>('loading')
  useEffect(() => {
    let current = true
    tell('loading')
    show(file).then(
      (markup) => {
        if (!current || !code.current) return
        // Everything that is not the highlighter's own was escaped by it.
        code.current.innerHTML = markup
        tell('shown')
      },
      (error) => current && tell(error.message),
    )
    return () => {
      current = false
    }
  }, [file])
  return (
    <>
      {state !== 'shown' && <p className="quiet">{state === 'loading' ? `Opening ${file} …` : state}</p>}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached with keys */}
      <section className="source" tabIndex={0} hidden={state !== 'shown'} aria-label={`Source of ${file}`}>
        <pre>
          <code ref={code} />
        </pre>
      </section>
    </>
  )
}

async function show(file: string): Promise<string> {
  const load = sources[`../../../src/${file}`]
  if (!load) throw new Error(`${file} does not come with this page – it is in the library's folder src.`)
  const [{ highlight }, text] = await Promise.all([import('./highlight.js'), load()])
  return highlight(text)
}
