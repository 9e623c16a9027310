/** A neighbor as `ip neighbor show` has it (print_neigh in ip/ipneigh.c). @module */
import { linkTypes } from "../../codec/rtnetlink/link/type.ts";
import { type Neighbor, neighborExtFlags, neighborFlags, neighborStates } from "../../codec/rtnetlink/neighbor.ts";
import type { Out } from "../../codec/tc/show.ts";
import type { Context } from "../context.ts";
import type { Devices } from "./devices.ts";
import { linkAddress } from "./link/print.ts";
import { familyColour } from "./route-print.ts";

export interface NeighborView {
  readonly context: Context;
  readonly devices: Devices;
  /** All are of one device, which the line names. */
  readonly hideDevice: boolean;
}

const { router, proxy, extern_learn, offload } = neighborFlags.values;
const { managed } = neighborExtFlags.values;
const { ether, ipip, tunnel6 } = linkTypes.values;
const USER_HZ = 100;

/** The type of link that an address of a neighbor is one of: four bytes are a tunnel's. */
const typeOf = (lladdr: string): number => (lladdr.length === 11 ? ipip : lladdr.length === 47 ? tunnel6 : ether);

export function printNeighbor(n: Neighbor, out: Out, view: NeighborView, deleted = false): void {
  const { context, devices, hideDevice } = view;
  const { paint, globals, names } = context;
  const brief = Boolean(globals.brief);
  if (deleted) out.put("deleted", true, "Deleted ");
  if (n.dst !== undefined) out.put("dst", n.dst, paint(familyColour(n.family), brief ? n.dst.padEnd(40) : `${n.dst} `));
  if (!hideDevice && n.ifindex) {
    const name = devices.name(n.ifindex);
    out.put("dev", name, brief ? paint("ifname", `${name.padEnd(16)} `) : `dev ${paint("ifname", `${name} `)}`);
  }
  if (n.lladdr !== undefined) {
    const lladdr = linkAddress(n.lladdr, typeOf(n.lladdr));
    out.put("lladdr", lladdr, brief ? paint("mac", lladdr) : `lladdr ${paint("mac", `${lladdr} `)}`);
  }
  if (brief) {
    out.say("\n");
    return;
  }
  const flag = (name: string, on: number) => {
    if (on !== 0) out.put(name, null, `${name} `);
  };
  flag("router", n.flags & router);
  flag("proxy", n.flags & proxy);
  flag("extern_learn", n.flags & extern_learn);
  flag("offload", n.flags & offload);
  flag("managed", (n.flagsExt ?? 0) & managed);
  if (globals.statistics) {
    if (n.cacheinfo) {
      const { refcnt, used, confirmed, updated } = n.cacheinfo;
      const seconds = (ticks: number) => Math.trunc(ticks / USER_HZ);
      if (refcnt) out.put("refcnt", refcnt, ` ref ${refcnt}`);
      out.put("used", seconds(used), ` used ${seconds(used)}`);
      out.put("confirmed", seconds(confirmed), `/${seconds(confirmed)}`);
      out.put("updated", seconds(updated), `/${seconds(updated)}`);
    }
    if (n.probes !== undefined) out.put("probes", n.probes, `probes ${n.probes} `);
  }
  if (n.state !== 0) {
    const states = Object.entries(neighborStates.values).flatMap(([name, bit]) =>
      (n.state & bit) !== 0 ? [name.toUpperCase()] : [],
    );
    out.put("state", states, `${states.join(",")} `);
  }
  if (n.protocol !== undefined) {
    const protocol = names.protocols.name(n.protocol);
    out.put("protocol", protocol, `proto ${protocol} `);
  }
  out.say("\n");
}
