/** Actions in the user's terms, alone and in the lists of filters. @module */
import type { Input } from "../schema/codec.ts";
import { below, expectArray, expectBytes, expectObject, fail, show } from "../schema/program.ts";
import { namesOf } from "../schema/scalar.ts";
import { actionFlags, hwStatsTypes, type TcAction, type tcAction } from "./action.ts";
import { type ActionKind, type ActionOptionsIn, type ActionOptionsOut, actionKinds } from "./action-kinds.ts";
import { optionsFromWire, optionsToWire, type TcContext, type TcKind } from "./kind.ts";
import type { Out } from "./show.ts";
import type { TcStats2 } from "./stats.ts";
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
  message: TcAction;
}
/** An action as read. One of a kind that has no form here keeps its options as bytes. */
export type Action =
  | { [K in ActionKind]: ActionBase & { kind: K; options: ActionOptionsOut<K> } }[ActionKind]
  | (ActionBase & { kind: OtherKind; options?: Uint8Array });
declare const other: unique symbol;
/** Any kind that has no form here. Branded, so that `kind === "gact"` tells the others apart. */
export type OtherKind = string & { readonly [other]: true };

const kindOf = (kind: string): TcKind | undefined =>
  Object.hasOwn(actionKinds, kind) ? (actionKinds[kind as ActionKind] as unknown as TcKind) : undefined;

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
    options: optionsToWire(known, options as never, context),
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

const countersOf = ({ basic, queue }: TcStats2): ActionBase["stats"] => ({
  bytes: Number(basic?.bytes ?? 0n),
  packets: basic?.packets ?? 0,
  drops: queue?.drops ?? 0,
  overlimits: queue?.overlimits ?? 0,
});

export function actionFromWire(message: TcAction, context: TcContext): Action {
  const kind = message.kind ?? "";
  const known = kindOf(kind);
  const { options, cookie, hwStats, flags, stats } = message;
  return {
    kind,
    options:
      known && options !== undefined && !(options instanceof Uint8Array)
        ? optionsFromWire(known, options as never, context)
        : options,
    ...(cookie && { cookie }),
    ...(hwStats && { hwStats: namesOf(hwStatsTypes, hwStats.value).names }),
    ...(flags && { flags: namesOf(actionFlags, flags.value).names }),
    ...(stats && { stats: countersOf(stats) }),
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
      if (word === "cookie") extras.cookie = words.value(word, "bytes in hexadecimal", fromHex);
      else if (word === "hw_stats") {
        const type = words.oneOf(word, ["immediate", "delayed", "disabled", "any"]);
        if (type !== "any") extras.hwStats = type === "disabled" ? [] : [type];
      } else extras.flags = [...(extras.flags ?? []), FLAG_WORDS[word as keyof typeof FLAG_WORDS]];
    }
    list.push({ kind: kind as "gact", options, ...extras } as ActionSpec);
  } while (words.ahead === "action" || words.ahead === "and");
  return list;
}
const FLAG_WORDS = { no_percpu: "no_percpu_stats", skip_hw: "skip_hw", skip_sw: "skip_sw" } as const;
function fromHex(word: string): Uint8Array | undefined {
  if (!/^([0-9a-f]{2}){1,16}$/i.test(word)) return undefined;
  return Uint8Array.from(word.match(/../g)!, (pair) => Number.parseInt(pair, 16));
}
const toHex = (data: Uint8Array) => Array.from(data, (b) => b.toString(16).padStart(2, "0")).join("");

export function actionWords(actions: readonly Action[], context: TcContext): string[] {
  return actions.flatMap(({ kind, options, cookie, hwStats, flags = [] }) => [
    ...["action", kind],
    ...(kindOf(kind)?.words(options as never, context) ?? []),
    ...(cookie ? ["cookie", toHex(cookie)] : []),
    ...(hwStats ? ["hw_stats", hwStats[0] ?? "disabled"] : []),
    ...flags.map((flag) => (flag === "no_percpu_stats" ? "no_percpu" : flag)),
  ]);
}

// ---- show (tc_print_action of iproute2's tc/m_action.c) -----------------------------------------------------------------------
export function showActions(list: readonly TcAction[], out: Out, context: TcContext): void {
  out.array("actions", (items) => {
    list.forEach((message, i) => {
      items.object("", (out) => {
        out.put("order", i + 1, `\n\taction order ${i + 1}: `);
        showAction(message, out, context);
      });
    });
  });
}
export function showAction(message: TcAction, out: Out, context: TcContext): void {
  const { kind = "", options, cookie } = message;
  out.put("kind", kind, `${kind} `);
  if (options !== undefined && !(options instanceof Uint8Array)) kindOf(kind)?.show(options as never, out, context);
  if (cookie) out.put("cookie", toHex(cookie), `\n\tcookie ${toHex(cookie)}`);
  const { hwStats, usedHwStats, flags } = message;
  if (hwStats) hwStatsShown("hw_stats", hwStats.value, out);
  if (usedHwStats) hwStatsShown("used_hw_stats", usedHwStats.value, out);
  if (flags && (flags.value & actionFlags.values.no_percpu_stats) !== 0) out.put("no_percpu", true, "\n\tno_percpu");
}
const hwStatsShown = (key: string, value: number, out: Out): void =>
  out.array(key, (items) => {
    const { names } = namesOf(hwStatsTypes, value);
    for (const name of names.length > 0 ? names : ["disabled"]) items.put("", name, `\n\t${key} ${name}`);
  });
