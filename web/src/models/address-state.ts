/** Settings of a view that live in its address, so that a link shows the same. */
import { useEffect, useState } from 'react'
import { addressOf, parseAddress, replaceAddress, useAddress } from '../common/address.js'

/** Browsers refuse addresses that change too often, as they would while scrubbing. */
const pause = 250

/** `defaults` must not change between renders; what equals them is left out of the address. */
export function useAddressState<T extends Readonly<Record<string, string>>>(view: string, defaults: T) {
  const { query } = useAddress()
  const [pending, setPending] = useState<Partial<T>>({})
  const given = Object.fromEntries(
    Object.keys(defaults).flatMap((key) => (query.has(key) ? [[key, query.get(key)]] : [])),
  )
  const values: T = { ...defaults, ...given, ...pending }
  useEffect(() => {
    if (Object.keys(pending).length === 0) return
    const timer = setTimeout(() => {
      const now = parseAddress(location.hash)
      // A link may have been followed meanwhile.
      if (now.view !== view) return
      const all = { ...Object.fromEntries(now.query), ...pending }
      const told = Object.entries(all).filter(([key, value]) => key in defaults && value !== defaults[key])
      replaceAddress(addressOf(view, '', Object.fromEntries(told) as Record<string, string>))
      setPending({})
    }, pause)
    return () => clearTimeout(timer)
  }, [pending, view, defaults])
  return [values, (change: Partial<T>) => setPending((before) => ({ ...before, ...change }))] as const
}
