/** What happens without the kernel telling all of it. @module */
import { RTM } from "../../codec/rtnetlink/types.ts";
import { AF_INET } from "../options.ts";
import type { PartName } from "./parts.ts";
import type { Told } from "./told.ts";

/** IFF_UP, IFF_RUNNING and IFF_LOWER_UP: what routes, nexthops and qdiscs follow. */
const FOLLOWED = 0x1 | 0x40 | 0x10000;
export const NLM_F_REPLACE = 0x100;
export const NLM_F_APPEND = 0x800;

// A device that goes down takes its IPv4 routes (fib_sync_down_dev) and nexthop objects (nexthop_flush_dev) with it; routes over one
// without carrier get flags; one that comes up gets qdiscs (attach_default_qdiscs).
const FOLLOWERS: readonly PartName[] = ["routesV4", "routesV6", "nexthops", "qdiscs"];
const FOLLOWERS_OF_GONE: readonly PartName[] = [...FOLLOWERS, "classes", "filters"];

/** Keeps in mind what links were like, to know when something else must have changed with them. */
export class Doubt {
  readonly #flags = new Map<number, number>();

  /** What a message makes doubtful. */
  of({ number, flags, value }: Told): readonly PartName[] {
    switch (number) {
      case RTM.newlink:
      case RTM.dellink: {
        const link = value as { family: number; index: number; flags: number };
        return link.family === 0 ? this.link(link, number === RTM.dellink) : [];
      }
      case RTM.deladdr:
        // Before Linux 6.6, routes with that source address went in silence (fib_table_flush).
        return (value as { family: number }).family === AF_INET ? ["routesV4"] : [];
      case RTM.newnexthop:
        // Routes that use it change with it.
        return (flags & NLM_F_REPLACE) !== 0 ? ["routesV4", "routesV6"] : [];
      case RTM.delnexthop:
        return ["routesV4", "routesV6", "nexthops"];
      case RTM.newqdisc:
      case RTM.delqdisc:
        // Its classes, its filters and the qdiscs of its classes go with it.
        return ["qdiscs", "classes", "filters"];
      case RTM.deltclass:
        return ["qdiscs", "filters"];
      case RTM.newtfilter:
      case RTM.deltfilter:
      case RTM.delchain:
        // One event stands for all filters of a priority or a chain; u32 lists its tables among them.
        return ["filters"];
    }
    return [];
  }

  /** Takes note of a link. */
  link({ index, flags }: { readonly index: number; readonly flags: number }, gone: boolean): readonly PartName[] {
    const before = this.#flags.get(index);
    if (gone) this.#flags.delete(index);
    else this.#flags.set(index, flags);
    if (gone) return FOLLOWERS_OF_GONE;
    if (before === undefined) return ["qdiscs"];
    return ((before ^ flags) & FOLLOWED) !== 0 ? FOLLOWERS : [];
  }
}
