/** The part of the address behind #: `#/VIEW/REST?name=value`. Reading it gives the view; changing it is a link. */
import { useSyncExternalStore } from 'react'

export interface Address {
  readonly view: string
  /** What follows the view, decoded: the id of a paper, the name of a run. */
  readonly rest: string
  readonly query: URLSearchParams
}

export function parseAddress(hash: string): Address {
  const [path, query = ''] = hash.replace(/^#\/?/, '').split('?')
  const [view = '', ...rest] = path.split('/')
  return { view, rest: decodeURIComponent(rest.join('/')), query: new URLSearchParams(query) }
}

export function addressOf(view: string, rest = '', query: Readonly<Record<string, string>> = {}): string {
  const search = new URLSearchParams(query).toString()
  return `#/${view}${rest ? `/${encodeURIComponent(rest)}` : ''}${search ? `?${search}` : ''}`
}

function subscribe(listener: () => void): () => void {
  addEventListener('hashchange', listener)
  return () => removeEventListener('hashchange', listener)
}

/** The address now; the component is drawn again when it changes. */
export function useAddress(): Address {
  return parseAddress(useSyncExternalStore(subscribe, () => location.hash))
}

/** Puts the state of a view into its address without a step in the history. */
export function replaceAddress(address: string): void {
  if (location.hash === address) return
  history.replaceState(null, '', address)
  dispatchEvent(new HashChangeEvent('hashchange'))
}
