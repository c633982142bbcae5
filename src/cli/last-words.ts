/** The line that names the error, of what a process wrote when it failed: Node's last line is its version. */
export function lastWords(complaint: string): string | undefined {
  const lines = complaint.trim().split('\n')
  return lines.findLast((line) => /^[\w.]*Error\b/.test(line)) ?? lines.at(-1)
}
