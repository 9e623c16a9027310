/** All of rtnetlink: the schema of each message type. @module */
import type { Attrs } from "../schema/attrs.ts";
import { action } from "../tc/action.ts";
import { tclass } from "../tc/class.ts";
import { chain, filter } from "../tc/filter.ts";
import { qdisc } from "../tc/qdisc.ts";
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
  [qdisc, "newqdisc", "delqdisc", "getqdisc"],
  [tclass, "newtclass", "deltclass", "gettclass"],
  [filter, "newtfilter", "deltfilter", "gettfilter"],
  [chain, "newchain", "delchain", "getchain"],
  [action, "newaction", "delaction", "getaction"],
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

/** Message types and their schemas, which serve requests, answers and events alike but where `request` says otherwise. */
export const rtnetlinkMessages: { readonly [type: number]: RtnetlinkMessage } = /* @__PURE__ */ Object.fromEntries(
  /* @__PURE__ */ nouns.flatMap(([schema, ...names]) =>
    names.map((name) => {
      const request = requests[name];
      return [RTM[name], request ? { name, schema, request } : { name, schema }];
    }),
  ),
);
