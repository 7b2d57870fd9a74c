/** Processes as Linux's /proc tells of them: who started whom, and how much memory each has. */
import { readdirSync, readFileSync } from 'node:fs'

export interface Process {
  pid: number
  /** With its arguments. */
  command: string
  /** Memory that is resident, in bytes. */
  residentBytes: number
}

/** A process and all that it has started, directly or not. Those that end meanwhile are left out. */
export function treeOf(pid: number): Process[] {
  const own = read(pid)
  return own ? [own, ...childrenOf(pid).flatMap(treeOf)] : []
}

/** Pids of the engines in the tree of a host, whichever shell that is. */
export const enginesOf = (host: number): number[] =>
  treeOf(host)
    .filter(isEngine)
    .map(({ pid }) => pid)

export const isEngine = ({ command }: Process): boolean => /engine[/\\]process\.(ts|js)/.test(command)

function childrenOf(pid: number): number[] {
  const tasks = `/proc/${pid}/task`
  try {
    return readdirSync(tasks).flatMap((task) =>
      readFileSync(`${tasks}/${task}/children`, 'utf8').split(' ').filter(Boolean).map(Number),
    )
  } catch {
    return []
  }
}

function read(pid: number): Process | undefined {
  try {
    const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim()
    const kilobytes = /^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
    return { pid, command, residentBytes: Number(kilobytes ?? 0) * 1024 }
  } catch {
    return undefined
  }
}
