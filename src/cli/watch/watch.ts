/** `nlink tc watch` and `nlink ip watch`: rates, as they are now. @module */
import { Links } from "../../api/links.ts";
import { Classes } from "../../api/tc/classes.ts";
import { Qdiscs } from "../../api/tc/qdiscs.ts";
import { ratesBetween, type StatsSnapshot, takeSnapshot } from "../../api/tracker.ts";
import type { Context } from "../context.ts";
import { device, integer, oneWord } from "../grammar/args.ts";
import { type Command, command, type Options, type Values } from "../grammar/command.ts";
import { compact } from "../output/json.ts";
import { linkSheet, type Row, type Sheet, tcSheet } from "./rows.ts";
import { sparkline } from "./spark.ts";

const seconds = oneWord(
  "SECONDS",
  (word) => (/^\d*\.?\d+$/.test(word) && Number(word) >= 0.05 && Number(word) <= 86_400 ? Number(word) : undefined),
  "not a number of seconds, from 0.05",
);
const options = {
  dev: { arg: device, help: "only this device" },
  interval: { arg: seconds, help: "time between looks: 1" },
  count: { arg: integer("N", 0x7fffffff, 1), help: "end after so many" },
} satisfies Options;
type Said = Values<typeof options>;

/** Another screen, without a cursor; and back. */
const ENTER = "\x1b[?1049h\x1b[?25l";
const LEAVE = "\x1b[?25h\x1b[?1049l";
const HOME = "\x1b[H";
const CLEAR_LINE = "\x1b[K";
const CLEAR_BELOW = "\x1b[J";
const KEPT = 512;

async function watch(context: Context, sheet: Sheet, { dev, interval = 1, count }: Said): Promise<void> {
  const { io, globals } = context;
  const channel = await context.rtnetlink();
  const source = { links: new Links(channel), qdiscs: new Qdiscs(channel), classes: new Classes(channel) };
  const links = sheet === linkSheet;
  const snapshot = () =>
    takeSnapshot(source, {
      links,
      qdiscs: !links,
      classes: !links,
      signal: io.signal,
      ...(dev !== undefined && { dev }),
    });
  const histories = new Map<string, number[]>();
  const screen = io.isTTY && !globals.json;
  let before: StatsSnapshot = await snapshot();
  if (screen) io.stdout(ENTER);
  try {
    for (let n = 0; count === undefined || n < count; n++) {
      if (!(await pause(interval * 1000, io.signal))) return;
      const now = await snapshot();
      const rows = sheet.rows(ratesBetween(before, now));
      before = now;
      remember(histories, rows);
      if (globals.json)
        io.stdout(`${compact({ time: new Date().toISOString(), rates: rows.map(({ json }) => json) })}\n`);
      else if (screen) io.stdout(frame(context, sheet, rows, histories));
      else io.stdout(lines(sheet, rows));
    }
  } catch (e) {
    // An interrupt amid a look is an end like any other.
    if (!io.signal.aborted) throw e;
  } finally {
    if (screen) io.stdout(LEAVE);
  }
}

/** False if the signal goes off meanwhile. */
const pause = (ms: number, signal: AbortSignal): Promise<boolean> =>
  new Promise((resolve) => {
    if (signal.aborted) return resolve(false);
    const ended = () => {
      clearTimeout(timer);
      resolve(false);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener("abort", ended);
      resolve(true);
    }, ms);
    signal.addEventListener("abort", ended, { once: true });
  });

/** Histories of what is there; what is gone is forgotten. */
function remember(histories: Map<string, number[]>, rows: readonly Row[]): void {
  const keys = new Set(rows.map(({ key }) => key));
  for (const key of histories.keys()) if (!keys.has(key)) histories.delete(key);
  for (const { key, value } of rows) {
    const history = histories.get(key) ?? [];
    history.push(value);
    if (history.length > KEPT) history.shift();
    histories.set(key, history);
  }
}

/** The screen: a heading and a row an object, as many as fit. */
function frame(
  { io, globals }: Context,
  { heads }: Sheet,
  rows: readonly Row[],
  histories: ReadonlyMap<string, readonly number[]>,
): string {
  const width = io.columns;
  const most = Math.max(1, io.rows - 3);
  const shown = rows.slice(0, most);
  const first = Math.min(40, Math.max(8, ...shown.map(({ name }) => name.length)));
  const columns = heads.map((head, i) => Math.max(head.length, ...shown.map(({ cells }) => cells[i]!.length)));
  const table = [first, ...columns].reduce((sum, w) => sum + w + 2, 0);
  const room = Math.max(0, width - table - 1);
  const line = (name: string, cells: readonly string[], rest: string) =>
    `${name.slice(0, first).padEnd(first)}  ${cells.map((cell, i) => cell.padStart(columns[i]!)).join("  ")}  ${rest}`.slice(
      0,
      width,
    );
  const where = typeof globals.netns === "string" ? ` in ${globals.netns}` : "";
  const out = [
    `${new Date().toISOString().slice(11, 19)} UTC${where}`.slice(0, width),
    line("", heads, ""),
    ...shown.map(({ key, name, cells }) => line(name, cells, sparkline(histories.get(key) ?? [], room))),
    ...(rows.length > most ? [`and ${rows.length - most} more`] : []),
  ];
  return `${HOME}${out.map((text) => `${text}${CLEAR_LINE}`).join("\r\n")}${CLEAR_BELOW}`;
}

/** Where there is no terminal: a line an object, each time. */
function lines({ heads }: Sheet, rows: readonly Row[]): string {
  const time = new Date().toISOString().slice(11, 23);
  return rows
    .map(({ name, cells }) => `${time} ${name.trim()} ${heads.map((head, i) => `${head} ${cells[i]}`).join(" ")}\n`)
    .join("");
}

const watching = (sheet: Sheet, help: string): Command =>
  command({ name: "watch", help, options, bare: ["dev"], run: (context, asked) => watch(context, sheet, asked) });
export const watchTc = watching(tcSheet, "rates of qdiscs and classes, as they are now");
export const watchLinks = watching(linkSheet, "rates of links, as they are now");
