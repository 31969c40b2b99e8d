import { plainLine } from "./plain.ts";
import { displayWidth, padded, shortened, wrapped } from "./width.ts";

/** How a terminal shows something: its width in columns, and colours or none. */
export interface Screen {
  readonly width: number;
}

interface GridColumn {
  readonly title: string;
  readonly align: "left" | "right";
}

const GAP = 2;
const NARROWEST = 8;

/** Aligned columns. Where the line is too long for the screen, the first column gives way. Cells become plain lines. */
export function grid(
  columns: readonly GridColumn[],
  rows: readonly (readonly string[])[],
  { width }: Screen,
): string[] {
  const lines = [columns.map(({ title }) => title), ...rows].map((row) =>
    row.map((cell) => plainLine(cell, 300)),
  );
  const widths = columns.map((_column, index) =>
    Math.max(...lines.map((line) => displayWidth(line[index] ?? ""))),
  );
  const total = widths.reduce((sum, columnWidth) => sum + columnWidth + GAP, -GAP);
  const fitted = widths.map((columnWidth, index) =>
    index === 0
      ? Math.max(Math.min(NARROWEST, columnWidth), columnWidth - Math.max(0, total - width))
      : columnWidth,
  );
  return lines.map((line) =>
    columns
      .map(({ align }, index) => {
        const columnWidth = fitted[index] ?? 0;
        return padded(shortened(line[index] ?? "", columnWidth), columnWidth, align);
      })
      .join(" ".repeat(GAP))
      .trimEnd(),
  );
}

/** A sentence behind a mark, wrapped to the screen, its later lines under its first word. */
export function hanging(mark: string, sentence: string, { width }: Screen): string[] {
  const indent = displayWidth(mark);
  return wrapped(plainLine(sentence), Math.max(20, width - indent)).map(
    (line, index) => (index === 0 ? mark : " ".repeat(indent)) + line,
  );
}
