/** What happens without the kernel telling all of it. @module */
import { RTM } from "../../codec/rtnetlink/types.ts";
import { AF_BRIDGE, AF_INET } from "../options.ts";
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

/** What matters of a link here. */
export interface Seen {
  readonly index: number;
  readonly flags: number;
  readonly ifname?: string | undefined;
}

/** Keeps in mind what links were like, to know when something else must have changed with them. */
export class Doubt {
  readonly #links = new Map<number, Seen>();

  /** What a message makes doubtful. */
  of({ number, flags, value }: Told): readonly PartName[] | "everything" {
    switch (number) {
      case RTM.newlink:
      case RTM.dellink: {
        const link = value as Seen & { readonly family: number };
        if (link.family === 0) return this.link(link, number === RTM.dellink);
        // A bridge tells of its port's state in a message of its own; the link has it among its settings. What a port leaves behind
        // in the tables is told of under another name, or not at all (br_fdb_delete_by_port).
        return link.family === AF_BRIDGE ? ["links", "fdb", "mdb"] : [];
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
        // Its classes, its filters and the qdiscs of its classes go with it, and the link says what is at its root.
        return ["links", "qdiscs", "classes", "filters"];
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
  link({ index, flags, ifname }: Seen, gone: boolean): readonly PartName[] | "everything" {
    const before = this.#links.get(index);
    if (gone) this.#links.delete(index);
    else this.#links.set(index, { index, flags, ifname: ifname ?? before?.ifname });
    if (gone) return FOLLOWERS_OF_GONE;
    if (before === undefined) return ["qdiscs"];
    // Whatever names a device has its name.
    if (ifname !== undefined && before.ifname !== undefined && ifname !== before.ifname) return "everything";
    return ((before.flags ^ flags) & FOLLOWED) !== 0 ? FOLLOWERS : [];
  }
}
