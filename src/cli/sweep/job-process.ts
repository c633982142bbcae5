/** The process that a job of a sweep runs in. */
import { runJob } from '../../evaluation/jobs/run.js'
import { setPlatform } from '../../platform/index.js'
import { nodePlatform } from '../../platform/node.js'
import { jobContext } from '../jobs.js'
import { taskFrom } from '../task.js'
import { serveJob } from './serve.js'

setPlatform(nodePlatform)
serveJob((spec, { directory, ...surroundings }) =>
  runJob(spec, { ...jobContext(directory), ...surroundings }, taskFrom),
)
