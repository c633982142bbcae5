/** Light, dark, or as the system has it; the choice is kept in this browser. */
import { createStore } from '../common/store.js'

export const themes = ['system', 'light', 'dark'] as const
export type Theme = (typeof themes)[number]
const key = 'seqlab.theme'

const stored = localStorage.getItem(key)
export const theme = createStore<Theme>(themes.find((name) => name === stored) ?? 'system')

function apply(): void {
  const name = theme.get()
  if (name === 'system') delete document.documentElement.dataset.theme
  else document.documentElement.dataset.theme = name
  localStorage.setItem(key, name)
}
theme.subscribe(apply)
apply()
