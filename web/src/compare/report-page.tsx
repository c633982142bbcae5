/** A report of either kind, once it is read. */
import { use } from 'react'
import { isStudy } from 'seqlab/evaluation/report'
import { addressOf } from '../common/address.js'
import { ComparisonView } from './comparison-view.js'
import { reportAt } from './reports.js'
import { StudyView } from './study-view.js'

export default function ReportPage({ place }: { readonly place: string }) {
  const report = use(reportAt(place))
  return (
    <article>
      <p>
        <a href={addressOf('compare')}>← All reports</a>
      </p>
      {isStudy(report) ? <StudyView report={report} /> : <ComparisonView report={report} />}
    </article>
  )
}
