/** The table that ss prints: columns as wide as what stands in them, or as the terminal (render of iproute2's misc/ss.c). @module */

const COLUMNS = [
  { head: "Netid", before: "", right: false },
  { head: "State", before: " ", right: false },
  { head: "Recv-Q", before: " ", right: false },
  { head: "Send-Q", before: " ", right: false },
  { head: "Local Address:", before: " ", right: true },
  { head: "Port", before: "", right: false },
  { head: "Peer Address:", before: " ", right: true },
  { head: "Port", before: "", right: false },
  { head: "Process", before: "", right: false },
] as const;
export type Cells = readonly [string, string, string, string, string, string, string, string, string];
const HEAD = COLUMNS.map(({ head }) => head) as unknown as Cells;

export interface TableForm {
  readonly header: boolean;
  /** Numbers of columns that are not shown. */
  readonly hidden: readonly number[];
  /** Width of the terminal; undefined where there is none. */
  readonly width: number | undefined;
}

/** Text of the table. */
export function table(rows: readonly Cells[], { header, hidden, width }: TableForm): string {
  const lines = header ? [HEAD, ...rows] : rows;
  if (lines.length === 0) return "";
  const shown = COLUMNS.map((_, i) => i).filter((i) => !hidden.includes(i));
  const widths = widthsOf(lines, shown, width);
  return lines.map((cells) => `${lineOf(cells, shown, widths)}\n`).join("");
}

function widthsOf(lines: readonly Cells[], shown: readonly number[], screen: number | undefined): Map<number, number> {
  const widths = new Map<number, number>();
  for (const [place, i] of shown.entries()) {
    let most = 0;
    // ss does not look at the very last cell.
    for (const [n, cells] of lines.entries())
      if (i < COLUMNS.length - 1 || n < lines.length - 1) most = Math.max(most, cells[i]!.length);
    const whole = most === 0 ? 0 : most + (place === 0 ? 0 : COLUMNS[i]!.before.length);
    widths.set(i, Math.min(whole, screen ?? whole));
  }
  if (screen !== undefined) spread(widths, screen);
  return widths;
}
/** Shares out what is left of the terminal's lines, of which a row may take several. */
function spread(widths: Map<number, number>, screen: number): void {
  const all = [...widths.keys()].filter((i) => widths.get(i)! > 0);
  let line: number[] = [];
  let length = 0;
  const fill = () => {
    const pad = screen - length;
    for (const [n, i] of [...line].reverse().entries())
      widths.set(i, widths.get(i)! + Math.floor(pad / line.length) + (n < pad % line.length ? 1 : 0));
    line = [];
    length = 0;
  };
  for (const i of all) {
    if (line.length > 0 && length + widths.get(i)! > screen) fill();
    line.push(i);
    length += widths.get(i)!;
  }
  if (line.length > 0) fill();
}

function lineOf(cells: Cells, shown: readonly number[], widths: ReadonlyMap<number, number>): string {
  let text = "";
  for (const [place, i] of shown.entries()) {
    const { before, right } = COLUMNS[i]!;
    const lead = place === 0 ? "" : before;
    const cell = cells[i]!;
    const room = Math.max(0, widths.get(i)! - lead.length - cell.length);
    text += right ? `${lead}${" ".repeat(room)}${cell}` : `${lead}${cell}${" ".repeat(room)}`;
  }
  return text;
}
