/** All kinds of links that have words of their own. @module */
import { bond, bondSlave } from "./bond.ts";
import { bridge, bridgeSlave } from "./bridge.ts";
import { can } from "./can.ts";
import { ipvlan, macvlan } from "./macvlan.ts";
import { otherKinds } from "./others.ts";
import type { KindWords } from "./rows.ts";
import { tunnelKinds } from "./tunnel.ts";
import { vlan } from "./vlan.ts";
import { geneve, vxlan } from "./vxlan.ts";

/** By IFLA_INFO_KIND. */
export const linkKindWords: { readonly [kind: string]: KindWords } = {
  bridge, bond, vlan, vxlan, geneve, macvlan, macvtap: macvlan, ipvlan, ipvtap: ipvlan, can, ...tunnelKinds, ...otherKinds,
}; // biome-ignore format: a list
/** By IFLA_INFO_SLAVE_KIND: what links can be given as ports. */
export const slaveKindWords: { readonly [kind: string]: KindWords } = { bridge: bridgeSlave, bond: bondSlave };
