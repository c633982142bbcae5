/** Reports: those that this browser holds, or the one that the address names. */
import { lazy } from 'react'
import { useAddress } from '../common/address.js'
import { ofRuns } from './reports.js'
import { Shelf } from './shelf.js'
import './compare.css'

/** Loaded apart: it draws. */
const ReportPage = lazy(() => import('./report-page.js'))
const RunsPage = lazy(() => import('./runs-page.js'))

export default function Compare() {
  const { rest } = useAddress()
  if (rest === ofRuns) return <RunsPage />
  return rest ? <ReportPage key={rest} place={rest} /> : <Shelf />
}
