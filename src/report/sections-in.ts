/**
 * What a copy of the report has after the text that it shares with the report itself. Both only ever grow at their ends, so the
 * rest are the sections that wait.
 */
export function pendingSections(report: string, copy: string): string {
  let shared = 0;
  while (shared < report.length && shared < copy.length && report[shared] === copy[shared]) shared += 1;
  if (shared === copy.length) return "";
  const line = shared === report.length ? shared : copy.lastIndexOf("\n", shared - 1) + 1;
  return copy.slice(line);
}
