/** Computes for the Results moment beside the window's thread. */
import { JOBS, type JobName, type JobParams, type JobResult } from '../results/jobs.ts'

export type ResultsRequest = { [N in JobName]: { ticket: number; name: N; params: JobParams<N> } }[JobName]
export interface ResultsAnswer {
  ticket: number
  value: JobResult<JobName>
}

self.onmessage = ({ data: { ticket, name, params } }: MessageEvent<ResultsRequest>) => {
  const job = JOBS[name] as (params: unknown) => JobResult<JobName>
  const answer: ResultsAnswer = { ticket, value: job(params) }
  self.postMessage(answer)
}
