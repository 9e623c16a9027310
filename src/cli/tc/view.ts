/** What tc's objects have in common where they are shown, as text and as JSON. @module */
import type { Channel } from "../../api/channel.ts";
import { deviceNames } from "../../api/device.ts";
import { type Dump, streamDump } from "../../api/dump.ts";
import { readContext } from "../../api/tc/host.ts";
import { NLM_F_CREATE, NLM_F_EXCL, NLM_F_REPLACE } from "../../codec/nlmsg/header.ts";
import type { Attrs } from "../../codec/schema/attrs.ts";
import type { Codec, Value } from "../../codec/schema/codec.ts";
import type { TcContext, TcKind } from "../../codec/tc/kind.ts";
import type { Out } from "../../codec/tc/show.ts";
import type { TcStats2 } from "../../codec/tc/stats.ts";
import { showStats2 } from "../../codec/tc/stats-show.ts";
import type { Context } from "../context.ts";
import type { Paint } from "../output/colour.ts";

/** How objects are shown. */
export interface View {
  readonly tc: TcContext;
  readonly paint: Paint;
  /** The device that all of them are of, which is then not named. */
  readonly index?: number | undefined;
}
export async function viewOf(context: Context, channel: Channel, index?: number): Promise<View> {
  const { statistics = 0, details = 0 } = context.globals;
  const names = await deviceNames(channel);
  const facts = { statistics: statistics > 0, details: details > 0 };
  return { tc: readContext(channel, names, facts), paint: context.paint, index };
}

/** Shows what dumps have, one after the other, in constant memory, each message as one object or several; says how many there were. */
export async function showDumps<A extends Attrs>(
  context: Context,
  channel: Channel,
  dumps: readonly Dump<A, Value<A>>[],
  ...shows: readonly ((message: Value<A>, out: Out) => void)[]
): Promise<number> {
  let count = 0;
  const { signal } = context.io;
  await context.printer.list(async (item) => {
    for (const dump of dumps)
      for await (const batch of streamDump(channel, () => dump, { signal, onInterrupted: "ignore" }).batches())
        for (const message of batch) {
          for (const show of shows) item((out) => show(message, out));
          count++;
        }
  });
  return count;
}

/** What has become of an object, as an event tells it. */
export interface Fate {
  readonly deleted?: boolean | undefined;
  readonly added?: boolean | undefined;
  readonly replaced?: boolean | undefined;
}
/** Of a qdisc or class; filters are replaced whenever they are not new, see `filterFate`. */
export const fateOf = (deleted: boolean, flags: number): Fate => ({
  deleted,
  added: !deleted && (flags & NLM_F_CREATE) !== 0 && (flags & NLM_F_EXCL) !== 0,
  replaced: !deleted && (flags & NLM_F_CREATE) !== 0 && (flags & NLM_F_REPLACE) !== 0,
});
export function showFate(fate: Fate | undefined, out: Out): void {
  if (!fate) return;
  for (const name of ["deleted", "replaced", "added"] as const) if (fate[name]) out.put(name, true, `${name} `);
}

/** `dev eth0 `, unless all are of that one. */
export function showDevice(ifindex: number, { tc, paint, index }: View, out: Out): void {
  if (index !== undefined && index === ifindex) return;
  const name = tc.deviceName(ifindex) ?? `if${ifindex}`;
  out.put("dev", name, `dev ${paint("ifname", name)} `);
}

/** What a kind shows of its options, under a key of their own; of an unknown kind how many bytes they have. */
export function showKindOptions(
  kind: TcKind | undefined,
  what: string,
  options: unknown,
  tc: TcContext,
  out: Out,
): void {
  out.object("options", (inner) => {
    if (options === undefined) return;
    if (kind && !(options instanceof Uint8Array)) kind.show(options as Value<Codec>, inner, tc);
    else if (options instanceof Uint8Array && options.length > 0)
      inner.say(`[Unknown ${what}, optlen=${options.length}] `);
  });
}

interface Counted {
  readonly stats2?: TcStats2 | undefined;
  readonly xstats?: unknown;
}
/** The counters, and the kind's own. */
export function showStatistics({ stats2, xstats }: Counted, kind: TcKind | undefined, tc: TcContext, out: Out): void {
  if (!stats2) return;
  showStats2(stats2, out, " ");
  out.say("\n");
  const own = stats2.app ?? xstats;
  if (own === undefined || own instanceof Uint8Array || !kind?.showXstats) return;
  kind.showXstats(own as Value<Codec>, out, tc);
  out.say("\n");
}
