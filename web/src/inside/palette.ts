/** The page's colours as numbers, for canvases; read again when the theme changes. */
import { useEffect, useState } from 'react'
import { theme } from '../shell/theme.js'

export type Rgb = readonly [number, number, number]
export interface Palette {
  readonly zero: Rgb
  readonly positive: Rgb
  readonly negative: Rgb
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
  const rgb = (token: string) => {
    probe.style.color = `var(${token})`
    return (getComputedStyle(probe).color.match(/[\d.]+/g) ?? []).slice(0, 3).map(Number) as unknown as Rgb
  }
  const palette = { zero: rgb('--sunken'), positive: rgb('--run-0'), negative: rgb('--run-1') }
  probe.remove()
  return palette
}

/** Writes the colour of a value between −1 and 1 into the pixel that begins at `at`. */
export function shade(
  { zero, positive, negative }: Palette,
  value: number,
  pixels: Uint8ClampedArray,
  at: number,
): void {
  const towards = value >= 0 ? positive : negative
  const share = Math.min(1, Math.abs(value)) ** 0.6
  for (let channel = 0; channel < 3; channel++) {
    pixels[at + channel] = zero[channel] + share * (towards[channel] - zero[channel])
  }
  pixels[at + 3] = 255
}
