/** Counters of links (print_stats64 in ip/ipaddress.c). @module */
import type { Link } from "../../../codec/rtnetlink/link/link.ts";
import type { Out } from "../../../codec/tc/show.ts";
import type { Globals } from "../../globals.ts";

type Count = number | bigint;
/** A column of the table: its head, what it counts, its key in JSON. */
type Column = readonly [head: string, count: Count, key: string];

const SUFFIXES = "kMGTPE";
/** A count as `-h` has it: `1.5M`, with `-iec` `1.43Mi`. */
export function readable(count: Count, { human, iec }: Pick<Globals, "human" | "iec">): string {
  const base = iec ? 1024n : 1000n;
  const value = BigInt(count);
  if (!human || value < base) return String(value);
  let power = base;
  let suffix = 0;
  while (value / base >= power && suffix < SUFFIXES.length - 1) {
    power *= base;
    suffix++;
  }
  const whole = value / power;
  const digits = whole < 10n ? 2 : whole < 100n ? 1 : 0;
  return `${(Number(value) / Number(power)).toFixed(digits)}${SUFFIXES[suffix]}${iec ? "i" : ""}`;
}

/** The lines of counters; with `-s -s` those of errors. `before`: they begin with a line's end. */
export function linkStatistics(link: Link, out: Out, globals: Globals, before: boolean): void {
  const stats = link.stats64 ?? link.stats;
  if (stats === undefined) return;
  const all = (globals.statistics ?? 0) > 1;
  const optional = (head: string, count: Count | undefined, key: string): Column[] =>
    count ? [[head, count, key]] : [];
  const otherhost = "rxOtherhostDropped" in stats ? stats.rxOtherhostDropped : undefined;
  const rx: Column[] = [
    ["bytes", stats.rxBytes, "bytes"],
    ["packets", stats.rxPackets, "packets"],
    ["errors", stats.rxErrors, "errors"],
    ["dropped", stats.rxDropped, "dropped"],
    ["missed", stats.rxMissedErrors, ""],
    ["mcast", stats.multicast, "multicast"],
    ...optional("compressed", stats.rxCompressed, "compressed"),
  ];
  const rxErrors: Column[] = [
    ["length", stats.rxLengthErrors, "length_errors"],
    ["crc", stats.rxCrcErrors, "crc_errors"],
    ["frame", stats.rxFrameErrors, "frame_errors"],
    ["fifo", stats.rxFifoErrors, "fifo_errors"],
    ["overrun", stats.rxOverErrors, ""],
    ...optional("nohandler", stats.rxNohandler, "nohandler"),
    ...optional("otherhost", otherhost, "otherhost_dropped"),
  ];
  const tx: Column[] = [
    ["bytes", stats.txBytes, "bytes"],
    ["packets", stats.txPackets, "packets"],
    ["errors", stats.txErrors, "errors"],
    ["dropped", stats.txDropped, "dropped"],
    ["carrier", stats.txCarrierErrors, "carrier_errors"],
    ["collsns", stats.collisions, "collisions"],
    ...optional("compressed", stats.txCompressed, "compressed"),
  ];
  const txErrors: Column[] = [
    ["aborted", stats.txAbortedErrors, "aborted_errors"],
    ["fifo", stats.txFifoErrors, "fifo_errors"],
    ["window", stats.txWindowErrors, "window_errors"],
    ["heartbt", stats.txHeartbeatErrors, "heartbeat_errors"],
    ...(link.carrierChanges === undefined
      ? []
      : ([["transns", link.carrierChanges, "carrier_changes"]] satisfies Column[])),
  ];
  const json = (columns: readonly Column[]) =>
    columns.filter(([, , key]) => key !== "").map(([, count, key]) => [key, count]);
  const rxJson = Object.fromEntries([
    ...json(rx.slice(0, 4)),
    ["over_errors", stats.rxOverErrors],
    ...json(rx.slice(4)),
    ...(all
      ? [...json(rxErrors.slice(0, 4)), ["missed_errors", stats.rxMissedErrors], ...json(rxErrors.slice(4))]
      : []),
  ]);
  const txJson = Object.fromEntries([...json(tx), ...(all ? json(txErrors) : [])]);
  const widths = (
    globals.human ? [LEAST] : [LEAST, ...[rx, all ? rxErrors : [], tx, all ? txErrors : []].map(digits)]
  ).reduce((wide, row) => wide.map((width, i) => Math.max(width, row[i] ?? 0)));
  const text = [
    counters("RX", rx),
    ...(all ? failures("RX", rxErrors) : []),
    counters("TX", tx),
    ...(all ? failures("TX", txErrors) : []),
  ];
  out.put(link.stats64 ? "stats64" : "stats", { rx: rxJson, tx: txJson }, `${before ? "\n" : ""}${text.join("\n")}`);

  function line(counts: readonly Column[], first: number): string {
    return counts.map(([, count], i) => `${readable(count, globals).padStart(widths[first + i]!)} `).join("");
  }
  function counters(way: string, columns: readonly Column[]): string {
    const heads = columns.map(([head], i) => head.padStart(i === 0 ? widths[0]! - 4 : widths[i]!));
    // The last column keeps its width where there is nothing in it.
    if (columns.length < 7) heads.push(" ".repeat(widths[6]!));
    return `    ${way}: ${heads.join(" ")}\n    ${line(columns, 0)}`;
  }
  function failures(way: string, columns: readonly Column[]): string[] {
    const heads = columns.map(([head], i) =>
      i < 5 ? ` ${head.padStart(widths[i + 1]!)}` : head.padStart(widths[i + 1]!),
    );
    if (columns.length < 5) heads.push(` ${" ".repeat(widths[5]!)}`);
    return [
      `    ${way} errors:${" ".repeat(widths[0]! - 10)}${heads.join("")}`,
      `${" ".repeat(widths[0]! + 5)}${line(columns, 1)}`,
    ];
  }
}

/** Columns are as wide as their widest count, and at least this. */
const LEAST = [10, 7, 6, 7, 7, 7, 10, 9];
const digits = (columns: readonly Column[], row: number): number[] => {
  const widths = columns.map(([, count]) => String(count).length);
  return row % 2 === 1 ? [0, ...widths] : widths;
};
