/** Cuts a stream of text into lines, wherever the chunks break. `\r` ends a line too: progress bars redraw with it. */
export interface LineSplitter {
  push(text: string): string[];
  /** The last line when it had no end. */
  rest(): string[];
}

/** A longer line is cut there and its remainder dropped, so a flood without line ends needs no memory. */
const MAX_LINE = 65_536;

export function lineSplitter(maxLength = MAX_LINE): LineSplitter {
  let open = "";
  const keep = (text: string): void => {
    if (open.length < maxLength) open = (open + text).slice(0, maxLength);
  };
  const close = (): string[] => {
    const line = open;
    open = "";
    return line === "" ? [] : [line];
  };
  return {
    push: (text) => {
      const parts = text.includes("\r") ? text.split(/[\r\n]/) : text.split("\n");
      const last = parts.pop() ?? "";
      const lines = parts.flatMap((part) => {
        keep(part);
        return close();
      });
      keep(last);
      return lines;
    },
    rest: close,
  };
}
