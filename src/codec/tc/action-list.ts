/** Actions in the user's terms, alone and in the lists of filters. @module */
import type { Input } from "../schema/codec.ts";
import { below, expectArray, expectBytes, expectObject, fail, show } from "../schema/program.ts";
import { namesOf } from "../schema/scalar.ts";
import { formatHex, parseHex } from "../text/hex.ts";
import { actionFlags, hwStatsTypes, type TcAction, type tcAction } from "./action.ts";
import type { ActionTcKind, ActionUse } from "./action-base.ts";
import { type ActionKind, type ActionOptionsIn, type ActionOptionsOut, actionKinds } from "./action-kinds.ts";
import { isControlWord } from "./control.ts";
import { optionsFromWire, type TcContext, wireOf } from "./kind.ts";
import type { Out } from "./show.ts";
import type { TcStats2 } from "./stats.ts";
import { showStats2 } from "./stats-show.ts";
import type { Words } from "./words.ts";

type HwStats = keyof typeof hwStatsTypes.values;
type ActionFlag = keyof typeof actionFlags.values;
/** What every action can be given beside its kind's options. */
export interface ActionExtras {
  /** Up to 16 bytes that the kernel keeps and reports. */
  readonly cookie?: Uint8Array | undefined;
  /** How the hardware is to count; `[]` not at all. */
  readonly hwStats?: readonly HwStats[] | undefined;
  readonly flags?: readonly ActionFlag[] | undefined;
}
/** An action to make: `gact("drop")`, or `{ kind: "gact", options: { control: "drop" } }`. */
export type ActionSpec = {
  [K in ActionKind]: { readonly kind: K; readonly options?: ActionOptionsIn<K> | undefined } & ActionExtras;
}[ActionKind];

export interface ActionBase {
  cookie?: Uint8Array;
  hwStats?: HwStats[];
  flags?: ActionFlag[];
  /** Counters; `message.stats` has all of them. */
  stats?: { bytes: number; packets: number; drops: number; overlimits: number };
  /** Who uses it, and since when. */
  use?: ActionUse;
  message: TcAction;
}
/** An action as read. One of a kind that has no form here keeps its options as bytes. */
export type Action =
  | { [K in ActionKind]: ActionBase & { kind: K; options: ActionOptionsOut<K> } }[ActionKind]
  | (ActionBase & { kind: OtherKind; options?: Uint8Array });
/**
 * Any kind that has no form here. No kind's name has a question mark (it is a module's too), so `kind === "gact"` tells the others apart,
 * which it would not if this were `string`; compare such a kind as a string: `(kind as string) === "dualpi2"`.
 */
export type OtherKind = `${string}?`;

const kindOf = (kind: string): ActionTcKind | undefined =>
  Object.hasOwn(actionKinds, kind) ? (actionKinds[kind as ActionKind] as unknown as ActionTcKind) : undefined;
const isKind = (word: string | undefined): boolean => word !== undefined && kindOf(word) !== undefined;

const bits = (names: { readonly [name: string]: number }, given: readonly string[], option: string) => {
  let value = 0;
  for (const name of expectArray(given, option) as readonly string[]) {
    if (!Object.hasOwn(names, name)) fail(option, -1, `${show(name)} is not one of ${Object.keys(names).join(", ")}`);
    value |= names[name]!;
  }
  return { value, selector: value };
};
const ALL_HW_STATS = 3;

/** @throws {CodecError} `gact.control: …` */
export function actionToWire(spec: ActionSpec, context: TcContext): Input<typeof tcAction> {
  const { kind, options = {}, cookie, hwStats, flags } = expectObject(spec, "") as unknown as ActionSpec;
  const known = kindOf(kind) ?? fail("kind", -1, `${show(kind)} is not one of ${Object.keys(actionKinds).join(", ")}`);
  if (cookie !== undefined && expectBytes(cookie, `${kind}.cookie`).length > 16)
    fail(`${kind}.cookie`, -1, "is longer than 16 bytes");
  return {
    kind,
    options: wireOf(known, options as never, context),
    ...(cookie && { cookie }),
    ...(hwStats && { hwStats: { ...bits(hwStatsTypes.values, hwStats, `${kind}.hwStats`), selector: ALL_HW_STATS } }),
    ...(flags && { flags: bits(actionFlags.values, flags, `${kind}.flags`) }),
  } as Input<typeof tcAction>;
}

export function actionsToWire(actions: readonly ActionSpec[], context: TcContext): Input<typeof tcAction>[] {
  const list = expectArray(actions, "actions") as readonly ActionSpec[];
  if (list.length > 32) fail("actions", -1, `${list.length} are more than 32`);
  return list.map((spec, i) => {
    try {
      return actionToWire(spec, context);
    } catch (e) {
      throw below(`actions`, below(`[${i}]`, e));
    }
  });
}

const countersOf = ({ basic, pkt64, queue }: TcStats2): ActionBase["stats"] => ({
  bytes: Number(basic?.bytes ?? 0n),
  packets: Number(pkt64 ?? basic?.packets ?? 0),
  drops: queue?.drops ?? 0,
  overlimits: queue?.overlimits ?? 0,
});

export function actionFromWire(message: TcAction, context: TcContext): Action {
  const kind = message.kind ?? "";
  const known = kindOf(kind);
  const { options, cookie, hwStats, flags, stats } = message;
  const decoded = known && options !== undefined && !(options instanceof Uint8Array);
  const use = decoded ? known.use(options as never) : undefined;
  return {
    kind,
    options: decoded ? optionsFromWire(known, options as never, context) : options,
    ...(cookie && { cookie }),
    ...(hwStats && { hwStats: namesOf(hwStatsTypes, hwStats.value).names }),
    ...(flags && { flags: namesOf(actionFlags, flags.value).names }),
    ...(stats && { stats: countersOf(stats) }),
    ...(use && { use }),
    message,
  } as unknown as Action;
}
export const actionsFromWire = (list: readonly TcAction[], context: TcContext): Action[] =>
  list.map((message) => actionFromWire(message, context));

// ---- tc's words (parse_action of iproute2's tc/m_action.c) --------------------------------------------------------------------
/** The words behind `action`, up to what no action knows: the filter's own words go on there. */
export function parseActions(words: Words, context: TcContext): ActionSpec[] {
  const list: ActionSpec[] = [];
  do {
    while (words.take("action", "and"));
    // A verdict alone is a gact.
    const kind = words.ahead !== undefined && kindOf(words.ahead) ? words.next() : "gact";
    const options = kindOf(kind)!.parse(words, context) as ActionOptionsIn<ActionKind>;
    const extras: { -readonly [K in keyof ActionExtras]: ActionExtras[K] } = {};
    for (;;) {
      const word = words.take("cookie", "hw_stats", "no_percpu", "skip_hw", "skip_sw");
      if (word === undefined) break;
      if (word === "cookie") extras.cookie = words.value(word, "1 to 16 bytes in hexadecimal", cookieOf);
      else if (word === "hw_stats") {
        const type = words.oneOf(word, ["immediate", "delayed", "disabled", "any"]);
        if (type !== "any") extras.hwStats = type === "disabled" ? [] : [type];
      } else extras.flags = [...(extras.flags ?? []), FLAG_WORDS[word as keyof typeof FLAG_WORDS]];
    }
    list.push({ kind: kind as "gact", options, ...extras } as ActionSpec);
    // Behind an action another one can begin without the word, as a verdict behind a cookie does.
  } while (words.ahead === "action" || words.ahead === "and" || isControlWord(words.ahead) || isKind(words.ahead));
  return list;
}
const FLAG_WORDS = { no_percpu: "no_percpu_stats", skip_hw: "skip_hw", skip_sw: "skip_sw" } as const;
const MAX_COOKIE = 16;
function cookieOf(word: string): Uint8Array | undefined {
  const data = parseHex(word);
  return data && data.length > 0 && data.length <= MAX_COOKIE ? data : undefined;
}

export function actionWords(actions: readonly Action[], context: TcContext): string[] {
  return actions.flatMap(({ kind, options, cookie, hwStats, flags = [] }) => [
    ...["action", kind],
    ...(kindOf(kind)?.words(options as never, context) ?? []),
    ...(cookie ? ["cookie", formatHex(cookie)] : []),
    ...(hwStats ? ["hw_stats", hwStats[0] ?? "disabled"] : []),
    ...flags.map((flag) => (flag === "no_percpu_stats" ? "no_percpu" : flag)),
  ]);
}

// ---- show (tc_dump_action and tc_print_one_action of iproute2's tc/m_action.c) ------------------------------------------------
/** The list of a filter. Of a dump of actions that stand alone (`standalone`), which counts from 0, more flags are shown. */
export function showActions(list: readonly TcAction[], out: Out, context: TcContext, standalone = false): void {
  out.array("actions", (items) => {
    list.forEach((message, i) => {
      items.object("", (inner) => {
        const order = standalone ? i : i + 1;
        inner.put("order", order, `\n\taction order ${order}: `);
        showAction(message, inner, context, standalone);
      });
    });
  });
}
export function showAction(message: TcAction, out: Out, context: TcContext, standalone = false): void {
  const { kind = "", options, cookie, stats, hwStats, usedHwStats } = message;
  const known = kindOf(kind);
  if (options !== undefined && !(options instanceof Uint8Array) && known) known.show(options as never, out, context);
  else {
    out.put("kind", kind, `${kind} `);
    if (options instanceof Uint8Array && options.length > 0) out.say(`[Unknown action, optlen=${options.length}] `);
  }
  // A terse dump has no options.
  if (options === undefined && message.index !== undefined)
    out.put("index", message.index, `\t index ${message.index}\n`);
  if (context.statistics && stats) {
    out.say("\tAction statistics:\n");
    out.object("stats", (inner) => showStats2(stats, inner, "\t"));
    out.say("\n");
  }
  if (cookie) out.put("cookie", formatHex(cookie), `\tcookie ${formatHex(cookie)}\n`);
  showFlags(message, out, standalone);
  if (hwStats) showHwStats("hw_stats", hwStats.value & hwStats.selector, out);
  if (usedHwStats) showHwStats("used_hw_stats", usedHwStats.value & usedHwStats.selector, out);
}
function showFlags({ flags, inHwCount }: TcAction, out: Out, standalone: boolean): void {
  const { value = 0, selector = 0 } = flags ?? {};
  const { values } = actionFlags;
  let shown = false;
  const put = (key: string, on: boolean, text = `\t${key}`) => {
    out.put(key, on, `${text}${on ? "" : " false"}`);
    shown = true;
  };
  if (selector & values.no_percpu_stats) put("no_percpu", (value & values.no_percpu_stats) !== 0);
  if (standalone) {
    for (const name of ["skip_hw", "skip_sw"] as const)
      if (selector & values[name]) put(name, (value & values[name]) !== 0);
    if (inHwCount !== undefined && (value & values.skip_hw) === 0) {
      put(inHwCount > 0 ? "in_hw" : "not_in_hw", true);
      if (inHwCount > 0) out.put("in_hw_count", inHwCount, ` in_hw_count ${inHwCount}`);
    }
  }
  if (shown) out.say("\n");
}
function showHwStats(key: string, value: number, out: Out): void {
  out.say(`\t${key}`);
  out.array(key, (items) => {
    const { names } = namesOf(hwStatsTypes, value);
    for (const name of names.length > 0 ? names : ["disabled"]) items.put("", name, ` ${name}`);
  });
  out.say("\n");
}
