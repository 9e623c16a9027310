/** `nlink tc filter show` and `nlink tc chain show`. @module */
import type { Channel } from "../../api/channel.ts";
import { indexOf } from "../../api/device.ts";
import { listDump } from "../../api/dump.ts";
import { placesOf } from "../../api/tc/filters.ts";
import { RTM } from "../../codec/rtnetlink/types.ts";
import { chain as chainSchema, type Filter, filter as filterSchema } from "../../codec/tc/filter.ts";
import { filterKinds } from "../../codec/tc/filter-kinds.ts";
import { formatHandle, TC_H_MIN_EGRESS, TC_H_MIN_INGRESS, TC_H_ROOT } from "../../codec/tc/handle.ts";
import type { TcKind } from "../../codec/tc/kind.ts";
import { qdisc as qdiscSchema } from "../../codec/tc/qdisc.ts";
import type { Out } from "../../codec/tc/show.ts";
import { filterInfo, MAGIC_BLOCK, priorityOf, protocolOf } from "../../codec/tc/tcmsg.ts";
import { formatEthertype } from "../../codec/text/ethertype.ts";
import type { Context } from "../context.ts";
import { failure, usage } from "../failure.ts";
import {
  type Fate,
  showDevice,
  showDumps,
  showFate,
  showKindOptions,
  showStatistics,
  type View,
  viewOf,
} from "./view.ts";

/** What all that is shown has, and is then not said of each. */
export interface FilterView extends View {
  readonly parent?: number | undefined;
  readonly block?: number | undefined;
  readonly protocol?: number | undefined;
  readonly priority?: number | undefined;
  readonly chain?: number | undefined;
}
type Noun = "filter" | "chain";

/** print_filter of iproute2's tc/tc_filter.c. */
export function showFilter(m: Filter, view: FilterView, out: Out, noun: Noun = "filter", fate?: Fate): void {
  showFate(fate, out);
  out.say(`${noun} `);
  if (m.ifindex === MAGIC_BLOCK) {
    if (view.block !== m.parent) out.put("block", m.parent, `block ${m.parent} `);
  } else {
    showDevice(m.ifindex, view, out);
    if (!view.parent || view.parent !== m.parent) showParent(m.parent, out);
  }
  const protocol = protocolOf(m.info, view.tc.little);
  const priority = priorityOf(m.info);
  if (noun === "filter") {
    const name = formatEthertype(protocol);
    if (protocol !== 0 && view.protocol !== protocol) out.put("protocol", name, `protocol ${name} `);
    if (priority !== 0 && view.priority !== priority) out.put("pref", priority, `pref ${priority} `);
  }
  const { kind, chain } = m;
  if (kind !== undefined) out.put("kind", kind, `${kind} `);
  if (chain !== undefined && view.chain !== chain) out.put("chain", chain, `chain ${chain} `);
  const known =
    kind !== undefined && Object.hasOwn(filterKinds, kind)
      ? (filterKinds[kind as "fw"] as unknown as TcKind)
      : undefined;
  const tc = { ...view.tc, protocol, handle: m.handle, parent: m.ifindex === MAGIC_BLOCK ? 0 : m.parent };
  if (kind !== undefined && m.options !== undefined) {
    if (!known) out.say(`fh ${m.handle.toString(16).padStart(8, "0")} `);
    showKindOptions(known, "filter", m.options, tc, out);
  }
  out.say("\n");
  if (tc.statistics) showStatistics(m, undefined, tc, out);
}
function showParent(parent: number, out: Out): void {
  if (parent === TC_H_ROOT) out.put("root", true, "root ");
  else if (parent === TC_H_MIN_INGRESS) out.put("ingress", true, "ingress ");
  else if (parent === TC_H_MIN_EGRESS) out.put("egress", true, "egress ");
  else out.put("parent", formatHandle(parent), `parent ${formatHandle(parent)} `);
}

interface Which {
  dev?: string;
  block?: number;
  parent?: number;
  preference?: number;
  protocol?: number;
  chain?: number;
}
export async function showFilters(context: Context, noun: Noun, which: Which): Promise<void> {
  const { dev, block, parent, preference: priority, protocol, chain } = which;
  if (dev !== undefined && block !== undefined) throw usage('Error: "block" cannot be used in the same time as "dev"');
  const channel = await context.rtnetlink();
  const index = dev === undefined ? undefined : await indexOf(channel, dev);
  if (block !== undefined && !(await blockExists(channel, block))) throw failure(`Cannot find block "${block}"`);
  const view: FilterView = { ...(await viewOf(context, channel, index)), parent, block, protocol, priority, chain };
  const at = async () => {
    if (block !== undefined) return [{ ifindex: MAGIC_BLOCK, parent: block }];
    if (index !== undefined) return [{ ifindex: index, parent: parent ?? 0 }];
    // With no device the kernel lists nothing: those of all that can have some are asked for.
    return placesOf(channel, parent === undefined ? {} : { parent: parent === 0 ? "root" : parent });
  };
  const [type, schema] = noun === "filter" ? [RTM.gettfilter, filterSchema] : [RTM.getchain, chainSchema];
  const info = filterInfo(priority ?? 0, protocol ?? 0, view.tc.little);
  const terse = context.globals.brief ? { dumpFlags: TERSE } : {};
  const dumps = (await at()).map((place) => ({
    message: { type, schema, value: { ...place, info, ...(chain !== undefined && { chain }), ...terse } },
    answer: filterSchema,
    // Of a clsact's chains the kernel says "ffff:", whichever of the two places was asked for.
    map: (m: Filter) => (noun === "chain" && m.parent === CLSACT && index === undefined ? { ...m, ...place } : m),
  }));
  await showDumps(context, channel, dumps, (m, out) => showFilter(m, view, out, noun));
}
const CLSACT = 0xffff0000;
const TERSE = { value: 1, selector: 1 };

/** Whether some qdisc shares the block. */
async function blockExists(channel: Channel, block: number): Promise<boolean> {
  const found = await listDump(
    channel,
    {
      message: { type: RTM.getqdisc, schema: qdiscSchema, value: {} },
      answer: qdiscSchema,
      map: ({ ingressBlock, egressBlock }) => ingressBlock === block || egressBlock === block || undefined,
    },
    { onInterrupted: "ignore" },
  );
  return found.length > 0;
}
