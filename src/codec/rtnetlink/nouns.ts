/** Messages of rtnetlink but for traffic control: the schema of each type. @module */
import type { Attrs } from "../schema/attrs.ts";
import { address } from "./address.ts";
import { addressLabel } from "./address-label.ts";
import { bridgeVlan, bridgeVlanRequest } from "./bridge-vlan.ts";
import { link } from "./link/link.ts";
import { mdb, mdbRequest } from "./mdb.ts";
import { nduseropt } from "./nduseropt.ts";
import { neighbor } from "./neighbor.ts";
import { neighborTable } from "./neighbor-table.ts";
import { netconf } from "./netconf.ts";
import { nexthop } from "./nexthop.ts";
import { nsid } from "./nsid.ts";
import { prefix } from "./prefix.ts";
import { route } from "./route.ts";
import { rule } from "./rule.ts";
import { stats, statsRequest } from "./stats.ts";
import { tunnel } from "./tunnel.ts";
import { RTM, type RtnetlinkType } from "./types.ts";

export interface RtnetlinkMessage {
  /** `"newlink"`: the constant without RTM_, in lower case. */
  readonly name: RtnetlinkType;
  readonly schema: Attrs;
  /** The schema of a message with NLM_F_REQUEST, where it is another under the same number. */
  readonly request?: Attrs;
}

const nouns: readonly (readonly [schema: Attrs, ...names: RtnetlinkType[]])[] = [
  [link, "newlink", "dellink", "getlink", "setlink"],
  [link, "newlinkprop", "dellinkprop", "getlinkprop"],
  [address, "newaddr", "deladdr", "getaddr"],
  [address, "newmulticast", "delmulticast", "getmulticast"],
  [address, "newanycast", "delanycast", "getanycast"],
  [route, "newroute", "delroute", "getroute"],
  [neighbor, "newneigh", "delneigh", "getneigh"],
  [rule, "newrule", "delrule", "getrule"],
  [prefix, "newprefix"],
  [nduseropt, "newnduseropt"],
  [neighborTable, "newneightbl", "getneightbl", "setneightbl"],
  [addressLabel, "newaddrlabel", "deladdrlabel", "getaddrlabel"],
  [netconf, "newnetconf", "delnetconf", "getnetconf"],
  [mdb, "newmdb", "delmdb", "getmdb"],
  [nsid, "newnsid", "delnsid", "getnsid"],
  [stats, "newstats"],
  [statsRequest, "getstats", "setstats"],
  [nexthop, "newnexthop", "delnexthop", "getnexthop"],
  [bridgeVlan, "newvlan", "delvlan"],
  [bridgeVlanRequest, "getvlan"],
  [nexthop, "newnexthopbucket", "delnexthopbucket", "getnexthopbucket"],
  [tunnel, "newtunnel", "deltunnel", "gettunnel"],
];
const requests: { readonly [name in RtnetlinkType]?: Attrs } = {
  newmdb: mdbRequest,
  delmdb: mdbRequest,
  getmdb: mdbRequest,
};

/** A table by message type: each schema with the names of its messages. */
export const messageTable = (
  list: readonly (readonly [schema: Attrs, ...names: RtnetlinkType[]])[],
): { readonly [type: number]: RtnetlinkMessage } =>
  Object.fromEntries(
    list.flatMap(([schema, ...names]) =>
      names.map((name) => {
        const request = requests[name];
        return [RTM[name], request ? { name, schema, request } : { name, schema }];
      }),
    ),
  );
export const nounMessages = /* @__PURE__ */ messageTable(nouns);
