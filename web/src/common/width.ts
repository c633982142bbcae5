/** How wide a part of the page is, for what is drawn into it. */
import { type RefObject, useEffect, useState } from 'react'

/** In whole pixels, again whenever it changes; 0 until the part stands in the page. */
export function useWidth(place: RefObject<HTMLElement | null>): number {
  const [width, setWidth] = useState(0)
  useEffect(() => {
    const observer = new ResizeObserver(([{ contentRect }]) => setWidth(Math.round(contentRect.width)))
    observer.observe(place.current!)
    return () => observer.disconnect()
  }, [place])
  return width
}
