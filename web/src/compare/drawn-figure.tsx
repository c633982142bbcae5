/** A figure of a report, drawn by the library as wide as there is room. */
import { useEffect, useRef } from 'react'
import { drawFigure, type Figure, openDrawing } from 'seqlab/evaluation/report'

interface Given {
  readonly id: string
  readonly figure: Figure
  /** Of all models, in the order of their looks. */
  readonly names: readonly string[]
  readonly wide?: boolean
}

export function DrawnFigure({ id, figure, names, wide = false }: Given) {
  const place = useRef<HTMLDivElement>(null)
  useEffect(() => {
    const element = place.current!
    let current = true
    const draw = async () => {
      const drawing = await openDrawing(names, {})
      const width = Math.floor(element.clientWidth)
      if (current && width > 0) element.replaceChildren(drawFigure(figure, id, [...names], width, drawing))
    }
    // It tells the width at once, and again when it changes; heights change with what is drawn.
    let drawn = 0
    const observer = new ResizeObserver(([{ contentRect }]) => {
      if (Math.abs(contentRect.width - drawn) < 1) return
      drawn = contentRect.width
      draw()
    })
    observer.observe(element)
    return () => {
      current = false
      observer.disconnect()
    }
  }, [id, figure, names])
  return (
    <figure className={wide ? 'whole' : undefined}>
      <figcaption>
        <strong>{figure.title}.</strong> {figure.caption}
      </figcaption>
      <div ref={place} className="drawn" />
    </figure>
  )
}
