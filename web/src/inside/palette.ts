/** The page's colours as numbers, for canvases; read again when the theme changes. */
import { useEffect, useState } from 'react'
import { theme } from '../shell/theme.js'

export type Rgb = readonly [number, number, number]
export interface Palette {
  readonly zero: Rgb
  readonly positive: Rgb
  readonly negative: Rgb
  readonly mark: string
}

const dark = matchMedia('(prefers-color-scheme: dark)')

export function usePalette(): Palette {
  const [palette, setPalette] = useState(readPalette)
  useEffect(() => {
    const update = () => setPalette(readPalette())
    dark.addEventListener('change', update)
    const forget = theme.subscribe(update)
    return () => {
      dark.removeEventListener('change', update)
      forget()
    }
  }, [])
  return palette
}

function readPalette(): Palette {
  const probe = document.body.appendChild(document.createElement('span'))
  const colour = (token: string): string => {
    probe.style.color = `var(${token})`
    return getComputedStyle(probe).color
  }
  const rgb = (token: string) => (colour(token).match(/[\d.]+/g) ?? []).slice(0, 3).map(Number) as unknown as Rgb
  const palette = { zero: rgb('--sunken'), positive: rgb('--run-0'), negative: rgb('--run-1'), mark: colour('--text') }
  probe.remove()
  return palette
}

/** The colour of a value between −1 and 1. */
export function shade({ zero, positive, negative }: Palette, value: number): Rgb {
  const towards = value >= 0 ? positive : negative
  const share = Math.min(1, Math.abs(value)) ** 0.6
  return [0, 1, 2].map((channel) => zero[channel] + share * (towards[channel] - zero[channel])) as unknown as Rgb
}
