/** Where a line of a file stands in its diff; undefined: not there, so nobody can comment on it. */
export function hunkUpTo(
  patch: string | undefined,
  at: { readonly line: number; readonly side: "LEFT" | "RIGHT" },
): string | undefined {
  let shown: string[] = [];
  const next = { LEFT: 0, RIGHT: 0 };
  for (const text of (patch ?? "").split("\n")) {
    const header = /^@@ -(\d+)(?:,\d+)? \+(\d+)(?:,\d+)? @@/.exec(text);
    if (header !== null) {
      next.LEFT = Number(header[1]);
      next.RIGHT = Number(header[2]);
      shown = [text];
      continue;
    }
    shown.push(text);
    const inOld = text.startsWith("-") || text.startsWith(" ");
    const inNew = text.startsWith("+") || text.startsWith(" ");
    const here = at.side === "LEFT" ? inOld : inNew;
    if (here && next[at.side] === at.line) return shown.join("\n");
    if (inOld) next.LEFT += 1;
    if (inNew) next.RIGHT += 1;
  }
  return undefined;
}
