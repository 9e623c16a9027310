/** `type bond` and `type bond_slave` (ip/iplink_bond.c, ip/iplink_bond_slave.c). @module */
import {
  bondAdSelect,
  bondArpAllTargets,
  bondArpValidate,
  bondFailOverMac,
  bondLacpRates,
  bondModes,
  bondPrimaryReselect,
  bondXmitHashPolicies,
} from "../../../codec/rtnetlink/link/kinds/bond.ts";
import { bondSlaveMiiStates, bondSlaveStates } from "../../../codec/rtnetlink/link/kinds/bond-slave.ts";
import { nameOf } from "../../../codec/schema/scalar.ts";
import { parseIp } from "../../../codec/wire/ip.ts";
import { device, integer, oneWord, text } from "../../grammar/args.ts";
import {
  custom,
  type Data,
  deviceRow,
  type KindWords,
  name,
  number,
  oneOf,
  onOffNumber,
  type Row,
  row,
  shown,
  string,
  zeroOne,
} from "./rows.ts";

const byte = 0xff;
const targets = (word: string, field: string, length: 4 | 16): Row =>
  row(
    word,
    "addresses to ask for, with commas between",
    oneWord(
      "ADDRESS[,ADDRESS…]",
      (list) => {
        const addresses = list.split(",");
        return addresses.every((address) => parseIp(address)?.length === length) ? addresses : undefined;
      },
      "not addresses with commas between",
    ),
    { field },
    (value: string[]) => (value.length === 0 ? undefined : { json: value, text: `${word} ${value.join(",")} ` }),
  );
const reported = (word: string, field: string, read: (value: number) => string | number): Row =>
  shown((data, { out }) => {
    const value = data[field] as number | undefined;
    if (value !== undefined) out.put(word, read(value), `${word} ${read(value)} `);
  });

export const bond: KindWords = {
  rows: [
    oneOf("mode", "how the ports share the work", bondModes),
    deviceRow("active_slave", "the port in use", device),
    custom({ clear_active_slave: { help: "let the bond choose", put: (data: Data) => void (data.activeSlave = 0) } }),
    number("miimon", "time between looks at the ports' links, in ms"),
    number("updelay", "until a port is used, in ms"),
    number("downdelay", "until it is not, in ms"),
    number("peer_notify_delay", "between announcements, in ms", { field: "peerNotifDelay" }),
    zeroOne("use_carrier", "ask for the carrier"),
    number("arp_interval", "time between ARP requests, in ms"),
    number("arp_missed_max", "answers that may be missing", { field: "missedMax", max: byte }),
    targets("arp_ip_target", "arpIpTarget", 4),
    targets("ns_ip6_target", "nsIp6Target", 16),
    row("arp_validate", "ports whose answers are looked at", name(bondArpValidate), {}, (value: number) => ({
      json: value === 0 ? null : (nameOf(bondArpValidate, value) ?? value),
      text: `arp_validate ${nameOf(bondArpValidate, value) ?? value} `,
    })),
    oneOf("arp_all_targets", "whether all targets must answer", bondArpAllTargets),
    deviceRow("primary", "the port to prefer", device),
    oneOf("primary_reselect", "when to go back to it", bondPrimaryReselect),
    oneOf("fail_over_mac", "whose address the bond has", bondFailOverMac),
    oneOf("xmit_hash_policy", "what chooses the port", bondXmitHashPolicies),
    number("resend_igmp", "IGMP reports after a change", { max: 0xffffffff }),
    number("num_grat_arp", "announcements after a change", {
      also: ["num_unsol_na"],
      field: "numPeerNotif",
      json: "num_peer_notif",
      max: byte,
    }),
    zeroOne("all_slaves_active", "take frames of idle ports"),
    number("min_links", "ports that must be up"),
    number("lp_interval", "between learning packets, in s"),
    number("packets_per_slave", "packets until the next port"),
    row(
      "lacp_active",
      "speak first in LACP",
      onOffNumber,
      { field: "adLacpActive", json: "ad_lacp_active" },
      (value: number) => ({
        json: value ? "on" : "off",
        text: `lacp_active ${value ? "on" : "off"} `,
      }),
    ),
    oneOf("lacp_rate", "how often LACP speaks", bondLacpRates, { field: "adLacpRate", json: "ad_lacp_rate" }),
    oneOf("ad_select", "what chooses the aggregator", bondAdSelect),
    shown((data, { out }) => {
      const info = data.adInfo as
        | { aggregator?: number; numPorts?: number; actorKey?: number; partnerKey?: number; partnerMac?: string }
        | undefined;
      if (!info) return;
      out.object("ad_info", (ad) => {
        if (info.aggregator !== undefined) ad.put("aggregator", info.aggregator, `ad_aggregator ${info.aggregator} `);
        if (info.numPorts !== undefined) ad.put("num_ports", info.numPorts, `ad_num_ports ${info.numPorts} `);
        if (info.actorKey !== undefined) ad.put("actor_key", info.actorKey, `ad_actor_key ${info.actorKey} `);
        if (info.partnerKey !== undefined) ad.put("partner_key", info.partnerKey, `ad_partner_key ${info.partnerKey} `);
        if (info.partnerMac !== undefined) ad.put("partner_mac", info.partnerMac, `ad_partner_mac ${info.partnerMac} `);
      });
    }),
    number("ad_actor_sys_prio", "LACP's priority of the system", { max: 0xffff }),
    number("ad_user_port_key", "the user's part of LACP's key", { max: 1023 }),
    string("ad_actor_system", "LACP's address of the system", text("LLADDR")),
    zeroOne("tlb_dynamic_lb", "balance anew by load", { field: "tlbDynamicLb" }),
    custom({
      coupled_control: {
        help: "collecting and distributing go together",
        arg: onOffNumber,
        put: (data: Data, value: number) => void (data.coupledControl = value),
      },
    }),
  ],
};

export const bondSlave: KindWords = {
  rows: [
    reported("state", "state", (value) => nameOf(bondSlaveStates, value) ?? value),
    reported("mii_status", "miiStatus", (value) => nameOf(bondSlaveMiiStates, value) ?? value),
    number("link_failure_count", "", { reported: true }),
    string("perm_hwaddr", "", text("LLADDR"), { reported: true }),
    number("queue_id", "queue of the bond that goes here", { max: 0xffff }),
    row("prio", "the highest is used first", integer("NUMBER", 0x7fffffff, -0x80000000), {}, (value: number) => ({
      json: value,
      text: `prio ${value} `,
    })),
    number("ad_aggregator_id", "", { reported: true, field: "adAggregatorId" }),
    portState("ad_actor_oper_port_state", "adActorOperPortState"),
    portState("ad_partner_oper_port_state", "adPartnerOperPortState"),
  ],
};
/** What LACP says of a port: the number, and its bits by name. */
function portState(key: string, field: string): Row {
  return shown((data, { out }) => {
    const value = data[field] as number | undefined;
    if (value === undefined) return;
    const names = LACP.filter(([bit]) => (value & bit) !== 0).map(([, name]) => name);
    out.put(key, value, `${key} ${value} `);
    out.put(`${key}_str`, names, `${key}_str <${names.join(",")}> `);
  });
}
const LACP: readonly (readonly [bit: number, name: string])[] = [
  [1, "active"], [2, "short_timeout"], [4, "aggregating"], [8, "in_sync"], [16, "collecting"], [32, "distributing"], [64, "defaulted"], [128, "expired"],
]; // biome-ignore format: a table
