/** The state of a layer after a token, and how it differs from what it was before that token. */
import { useId, useState } from 'react'
import type { LeafView, Moment, TextView } from '../models/protocol.js'
import { type OpenModel, useAnswer } from '../models/use-model.js'
import { short } from './colouring.js'
import { Course } from './course.js'
import { Heat } from './heat.js'
import { Nearest } from './nearest.js'

interface Props {
  readonly model: OpenModel
  readonly view: TextView
  readonly layer: number
  readonly position: number
  onMove(position: number): void
}

export function State({ model, view, layer, position, onMove }: Props) {
  const leaves = view.leaves.flatMap((leaf, index) => (leaf.layer === layer ? [{ ...leaf, index }] : []))
  const [name, setName] = useState('')
  const id = useId()
  if (leaves.length === 0) return <p className="quiet">{view.stateless ?? 'This layer keeps no state.'}</p>
  const leaf = leaves.find((entry) => entry.leaf === name) ?? leaves[0]
  return (
    <>
      {leaves.length > 1 && (
        <p>
          <label htmlFor={id}>Leaf </label>
          <select id={id} value={leaf.leaf} onChange={({ target }) => setName(target.value)}>
            {leaves.map((entry) => (
              <option key={entry.leaf}>{entry.leaf}</option>
            ))}
          </select>
        </p>
      )}
      <Leaf key={leaf.index} model={model} view={view} leaf={leaf} position={position} />
      <Nearest model={model} view={view} layer={layer} position={position} onMove={onMove} />
    </>
  )
}

interface LeafProps extends Omit<Props, 'layer' | 'onMove'> {
  readonly leaf: LeafView & { readonly index: number }
}

function Leaf({ model: { client }, view, leaf, position }: LeafProps) {
  const { value: course } = useAnswer(() => client.ask('course', leaf.index), [client, view, leaf.index])
  const { value: moment, failure } = useAnswer(
    () => client.ask('moment', leaf.index, position),
    [client, view, leaf.index, position],
  )
  if (failure) return <p className="notice bad">{failure}</p>
  if (!moment || !course) return <p className="quiet">…</p>
  return (
    <>
      <p className="number">
        <code>{leaf.leaf}</code> [{leaf.shape.join(' × ')}]{' '}
        {leaf.change === 'replace'
          ? `kept ${(100 * course.kept[position]).toFixed(1)} % of itself with this token and took in ${short(course.written[position])} beside that; its length is now ${short(course.size[position])}.`
          : `is a cache: each token adds to it; its length is now ${short(course.size[position])}.`}
      </p>
      <Matrices leaf={leaf} moment={moment} peak={course.peak} />
      {leaf.change === 'replace' && <Course course={course} position={position} />}
    </>
  )
}

/** Pictures of more heads than these are left out. */
const mostHeads = 16

function Matrices({ leaf, moment, peak }: { leaf: LeafView; moment: Moment; peak: number }) {
  const { count, rows, columns } = matricesOf(leaf.shape)
  const size = rows * columns
  const grown = moment.now.map((value, index) => Math.abs(value) - Math.abs(moment.before[index]))
  const change = grown.reduce((most, value) => Math.max(most, Math.abs(value)), 0)
  return (
    <>
      <div className="heats">
        {Array.from({ length: Math.min(count, mostHeads) }, (_, index) => index).map((head) => {
          const part = (values: Float32Array) => values.subarray(head * size, (head + 1) * size)
          const which = count > 1 ? `, head ${head + 1}` : ''
          return (
            <div key={head} className="both">
              <Heat values={part(moment.now)} rows={rows} columns={columns} peak={peak} label={`State${which}`} />
              <Heat values={part(grown)} rows={rows} columns={columns} peak={change} label={`Change${which}`} />
            </div>
          )
        })}
      </div>
      <p className="quiet">
        State: blue above 0, orange below. Change in size since the last token: blue where it was written to, orange
        where it was forgotten; at most {short(change)} in this step.
        {count > mostHeads && ` The first ${mostHeads} of ${count} heads are shown.`}
      </p>
    </>
  )
}

/** A leaf as matrices: its last two axes, or a single one folded into rows. */
function matricesOf(shape: readonly number[]): { count: number; rows: number; columns: number } {
  const total = shape.reduce((a, b) => a * b, 1)
  const long = shape.filter((extent) => extent > 1)
  if (long.length >= 2) {
    const [rows, columns] = long.slice(-2)
    return { count: total / (rows * columns), rows, columns }
  }
  let columns = Math.ceil(Math.sqrt(total))
  while (total % columns !== 0) columns++
  return { count: 1, rows: total / columns, columns }
}
