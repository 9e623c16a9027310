/** Chains of filters: they come with their first filter and go with the last (tc_chain_notify of net/sched/cls_api.c). @module */
import { rtnetlinkGroups } from "../../codec/rtnetlink/groups.ts";
import { RTM } from "../../codec/rtnetlink/types.ts";
import { chain as schema } from "../../codec/tc/filter.ts";
import type { RequestOf } from "./dispatch.ts";
import type { Listing } from "./dump.ts";
import type { HandlerTable } from "./handlers.ts";
import type { Kernel } from "./kernel.ts";
import { majorOf, rootOf } from "./qdisc-tree.ts";
import type { FilterEntry, Link } from "./state.ts";

/** Which chain of which block; the block is told as the qdisc that it is of. */
export interface ChainPlace {
  readonly parent: number;
  readonly chain: number;
}

export function notifyChain(kernel: Kernel, link: Link, type: number, { parent, chain }: ChainPlace): void {
  kernel.notify(kernel.netns(link.netns), rtnetlinkGroups.values.tc, type, schema, () =>
    message(link, { parent, chain }),
  );
}
const message = (link: Link, { parent, chain }: ChainPlace) => ({
  family: 0,
  ifindex: link.index,
  handle: 0,
  parent: majorOf(parent),
  info: 0,
  chain,
});
/** Tells of the chains that filters were in, which are gone with their qdisc. */
export function endChains(kernel: Kernel, link: Link, filters: readonly FilterEntry[]): void {
  const chains = new Map(filters.map((filter) => [`${filter.parent} ${filter.chain}`, filter]));
  for (const place of chains.values()) notifyChain(kernel, link, RTM.delchain, place);
}

type ChainRequest = RequestOf<typeof schema>;
/** tc_dump_chain: of the block of one qdisc or class. */
function list({ net, value }: ChainRequest): Listing[] {
  const link = net.links.get(value.ifindex);
  if (link === undefined) return [];
  const parent = value.parent || (rootOf(link)?.handle ?? 0);
  const chains = new Set(link.filters.flatMap((filter) => (filter.parent === parent ? [filter.chain] : [])));
  return [
    {
      type: RTM.newchain,
      schema,
      items: [...chains].filter((chain) => value.chain === undefined || chain === value.chain).sort((a, b) => a - b),
      fill: (chain: number) => message(link, { parent, chain }),
    },
  ];
}
export const chainHandlers: HandlerTable = [[RTM.getchain, { dump: list }]];
