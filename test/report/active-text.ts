/** A block of code, which may begin a list item. */
const FENCED = /^((?:- | )*)(`{3,})[^\n]*\n[\s\S]*?\n *\2$/gm;

/**
 * What GitHub looks at for mentions, references, closing keywords and HTML: the document without its code blocks, code spans and
 * escaped characters.
 */
export function activeText(source: string): string {
  const prose = source.replace(FENCED, "");
  let active = "";
  for (let at = 0; at < prose.length; ) {
    const here = prose.slice(at);
    const escaped = /^\\[!-/:-@[-`{-~]/.exec(here)?.[0];
    const ticks = /^`+/.exec(here)?.[0];
    const span = ticks === undefined ? -1 : prose.indexOf(ticks, at + ticks.length);
    if (escaped !== undefined) at += escaped.length;
    else if (ticks !== undefined && span !== -1) at = span + ticks.length;
    else {
      active += prose.charAt(at);
      at += 1;
    }
  }
  return active;
}

/** Tables whose rows do not all have as many cells as their heads. */
export function brokenTables(source: string): readonly string[] {
  // What stands in a fence is shown as it is, pipes and all.
  const unfenced = source.replace(FENCED, "");
  const tables = unfenced.match(/(?:^ *\|.*\n?)+/gm) ?? [];
  return tables.filter((table) => {
    const cells = table
      .trimEnd()
      .split("\n")
      .map((row) => row.replace(/\\\|/g, "").split("|").length);
    return new Set(cells).size !== 1;
  });
}
