/** Files from the user's machine, chosen or dropped. What is wrong with them is told where they were given. */
import { type DragEvent, type ReactNode, useRef, useState } from 'react'
import { UserError } from 'seqlab/platform'
import type { Given } from '../runs/unpack.js'

type Take = (given: readonly Given[]) => Promise<void>

interface ChooseProps {
  readonly label: string
  readonly accept?: string
  /** A folder with all that is in it. */
  readonly folder?: boolean
  readonly take: Take
}

export function ChooseFiles({ label, accept, folder = false, take }: ChooseProps) {
  const input = useRef<HTMLInputElement>(null)
  const [state, taking] = useTaking(take)
  return (
    <div className="field">
      <button type="button" disabled={state === 'busy'} onClick={() => input.current?.click()}>
        {state === 'busy' ? 'Reading …' : label}
      </button>
      <input
        ref={input}
        type="file"
        hidden
        aria-label={label}
        accept={accept}
        {...(folder && { webkitdirectory: '' })}
        onChange={({ target }) => {
          const given = [...(target.files ?? [])].map((file) => ({ path: file.webkitRelativePath || file.name, file }))
          target.value = ''
          if (given.length > 0) taking(Promise.resolve(given))
        }}
      />
      <Problem state={state} />
    </div>
  )
}

/** A part of the page that files may be dropped on. */
export function DropZone({ take, children }: { readonly take: Take; readonly children: ReactNode }) {
  const [state, taking] = useTaking(take)
  const drop = (event: DragEvent) => {
    event.preventDefault()
    // To be asked for at once: the browser takes them back after the event.
    const entries = [...event.dataTransfer.items]
      .map((item) => item.webkitGetAsEntry())
      .filter((entry) => entry !== null)
    if (entries.length > 0) taking(insideOf(entries))
  }
  return (
    <section aria-label="Lab" onDragOver={(event) => event.preventDefault()} onDrop={drop}>
      <Problem state={state} />
      {children}
    </section>
  )
}

type State = 'idle' | 'busy' | { readonly problem: string }

function useTaking(take: Take): [State, (given: Promise<readonly Given[]>) => Promise<void>] {
  const [state, set] = useState<State>('idle')
  return [
    state,
    async (given) => {
      set('busy')
      await given.then(take).then(
        () => set('idle'),
        (error: Error) => set({ problem: error.message }),
      )
    },
  ]
}

const Problem = ({ state }: { readonly state: State }) =>
  typeof state === 'object' && (
    <p className="problem" role="alert">
      {state.problem}
    </p>
  )

async function insideOf(entries: readonly FileSystemEntry[]): Promise<Given[]> {
  const given = (await Promise.all(entries.map(filesOf))).flat()
  if (given.length > 0) return given
  throw new UserError(`${entries[0].name} is empty – drop a text, or the folder or .zip of a run.`)
}

async function filesOf(entry: FileSystemEntry): Promise<Given[]> {
  const path = entry.fullPath.slice(1)
  if (entry.isFile) {
    const file = await new Promise<File>((resolve, reject) => (entry as FileSystemFileEntry).file(resolve, reject))
    return [{ path, file }]
  }
  const reader = (entry as FileSystemDirectoryEntry).createReader()
  const inside: FileSystemEntry[] = []
  // Browsers hand out a hundred at a time.
  for (;;) {
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject))
    if (some.length === 0) break
    inside.push(...some)
  }
  return (await Promise.all(inside.map(filesOf))).flat()
}
