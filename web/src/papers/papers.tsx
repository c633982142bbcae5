/** The catalogue, or the page of the paper that the address names. */
import { lazy } from 'react'
import { useAddress } from '../common/address.js'
import { List } from './list.js'
import './papers.css'

/** Loaded apart: it needs the demonstrations, and with them the engine. */
const PaperPage = lazy(() => import('./paper.js'))

export default function Papers() {
  const { rest } = useAddress()
  return rest ? <PaperPage key={rest} id={rest} /> : <List />
}
