/** `type bridge` and `type bridge_slave` (ip/iplink_bridge.c, ip/iplink_bridge_slave.c). @module */
import { bridgeOptions } from "../../../codec/rtnetlink/link/kinds/bridge.ts";
import { bridgePortStates } from "../../../codec/rtnetlink/link/kinds/bridge-port.ts";
import { vlanProtocols } from "../../../codec/rtnetlink/link/kinds/vlan.ts";
import { nameOf } from "../../../codec/schema/scalar.ts";
import { wrong } from "../../failure.ts";
import { device, integer, text } from "../../grammar/args.ts";
import {
  big,
  custom,
  type Data,
  deviceRow,
  type KindWords,
  number,
  onOff,
  onOffNumber,
  type Row,
  row,
  shown,
  string,
  zeroOne,
} from "./rows.ts";

const byte = 0xff;
const short = 0xffff;
const byteRow = (word: string, help: string) => zeroOne(word, help, { max: byte });

/** A bridge's id: `8000.2:0:0:0:0:1`. The kernel's own order of bytes, without leading zeros. */
const idText = ({ prio, addr }: { prio: number; addr: Uint8Array | string }): string => {
  const bytes = typeof addr === "string" ? addr.split(":").map((part) => Number.parseInt(part, 16)) : [...addr];
  return `${prio.toString(16).padStart(4, "0")}.${bytes.map((byte) => byte.toString(16)).join(":")}`;
};
const id = (json: string, word: string, field: string): Row =>
  shown((data, { out }) => {
    const value = data[field] as { prio: number; addr: Uint8Array } | undefined;
    if (value) out.put(json, idText(value), `${word} ${idText(value)} `);
  });
/** Hundredths of a second as `   1.50`. */
const timer = (word: string, field: string): Row =>
  shown((data, { out }) => {
    const value = data[field] as bigint | undefined;
    if (value === undefined) return;
    const seconds = value / 100n;
    out.put(
      word,
      Number(value) / 100,
      `${word} ${String(seconds).padStart(4)}.${String(value % 100n).padStart(2, "0")} `,
    );
  });
/** One of the bridge's options that have a bit each. */
const option = (word: keyof typeof bridgeOptions.values, help: string, always = true): Row => {
  const bit = bridgeOptions.values[word];
  return custom(
    {
      [word]: {
        help,
        arg: { ...integer("{ 0 | 1 }", 1), implied: 1 },
        put(data, value: number) {
          const { optval = 0, optmask = 0 } =
            (data.multiBoolopt as { optval: number; optmask: number } | undefined) ?? {};
          data.multiBoolopt = { optval: value ? optval | bit : optval & ~bit, optmask: optmask | bit };
        },
      },
    },
    (data, { out }) => {
      const bits = data.multiBoolopt as { optval: number; optmask: number } | undefined;
      if (!bits || (bits.optmask & bit) === 0) return;
      const on = bits.optval & bit ? 1 : 0;
      if (!on && !always) return;
      out.put(word, on, `${word} ${on} `);
    },
  );
};
const mask = (word: string): Row =>
  row(word, "link-local frames to forward, a bit for each", integer("MASK", short), {}, (value: number) => {
    const hex = value === 0 ? "0" : `0x${value.toString(16)}`;
    return { json: hex, text: `${word} ${hex} ` };
  });
const flush = custom({
  fdb_flush: { help: "forget the addresses that were learned", put: (data: Data) => void (data.fdbFlush = true) },
});

const interval = (word: string, help: string) =>
  big(`mcast_${word}_interval`, `${help}, in 1/100 s`, {
    field: `mcast${word.replace(/(?:^|_)(\w)/g, (_, c: string) => c.toUpperCase())}Intvl`,
    json: `mcast_${word}_intvl`,
  });

export const bridge: KindWords = {
  rows: [
    number("forward_delay", "time in listening and learning, in 1/100 s"),
    number("hello_time", "time between hellos, in 1/100 s"),
    number("max_age", "life of messages, in 1/100 s"),
    number("ageing_time", "life of learned addresses, in 1/100 s"),
    // nlink's own spelling: `--stp`.
    zeroOne("stp_state", "spanning tree", { also: ["stp"], max: 0xffffffff }),
    number("priority", "of the bridge", { max: short }),
    byteRow("vlan_filtering", "look at VLAN tags"),
    row("vlan_protocol", "ethertype of tags", vlanProtocol(), {}, (value: number) => {
      const name = (nameOf(vlanProtocols, value) ?? `[${value}]`).replace("q", "Q");
      return { json: name, text: `vlan_protocol ${name} ` };
    }),
    id("bridge_id", "bridge_id", "bridgeId"),
    id("root_id", "designated_root", "rootId"),
    number("root_port", "", { reported: true }),
    number("root_path_cost", "", { reported: true }),
    number("topology_change", "", { reported: true }),
    number("topology_change_detected", "", { reported: true }),
    timer("hello_timer", "helloTimer"),
    timer("tcn_timer", "tcnTimer"),
    timer("topology_change_timer", "topologyChangeTimer"),
    timer("gc_timer", "gcTimer"),
    number("fdb_n_learned", "", { reported: true, field: "fdbNLearned", silent: true }),
    number("fdb_max_learned", "learned addresses at most", { silent: true }),
    number("vlan_default_pvid", "VLAN of what has no tag", { max: short }),
    byteRow("vlan_stats_enabled", "count per VLAN"),
    byteRow("vlan_stats_per_port", "and per port"),
    mask("group_fwd_mask"),
    string("group_address", "address of the spanning tree", text("LLADDR"), { field: "groupAddr", json: "group_addr" }),
    byteRow("mcast_snooping", "multicast snooping"),
    option("no_linklocal_learn", "do not learn from link-local frames"),
    option("mcast_vlan_snooping", "snooping per VLAN"),
    option("mst_enabled", "multiple spanning trees", false),
    number("mcast_router", "multicast routers: 0 none, 1 learned, 2 always", { max: byte }),
    byteRow("mcast_query_use_ifaddr", "queries come from the bridge's address"),
    byteRow("mcast_querier", "send queries"),
    number("mcast_hash_elasticity", "no longer used"),
    number("mcast_hash_max", "groups at most"),
    number("mcast_last_member_count", "queries before a group goes", {
      field: "mcastLastMemberCnt",
      json: "mcast_last_member_cnt",
    }),
    number("mcast_startup_query_count", "queries at the start", {
      field: "mcastStartupQueryCnt",
      json: "mcast_startup_query_cnt",
    }),
    interval("last_member", "between these queries"),
    interval("membership", "life of a group"),
    interval("querier", "until another querier is gone"),
    interval("query", "between queries"),
    interval("query_response", "greatest delay of a response"),
    interval("startup_query", "between queries at the start"),
    byteRow("mcast_stats_enabled", "count IGMP and MLD"),
    number("mcast_igmp_version", "version of IGMP", { max: byte }),
    number("mcast_mld_version", "version of MLD", { max: byte }),
    byteRow("nf_call_iptables", "frames pass iptables"),
    byteRow("nf_call_ip6tables", "frames pass ip6tables"),
    byteRow("nf_call_arptables", "frames pass arptables"),
    flush,
  ],
};
function vlanProtocol() {
  const words: { [word: string]: number } = { "802.1q": 0x8100, "802.1ad": 0x88a8 };
  return {
    syntax: "{ 802.1Q | 802.1ad }",
    complete: ["802.1Q", "802.1ad"],
    read: (parser: { next(): string }) => {
      const word = parser.next();
      const number = words[word.toLowerCase()];
      if (number === undefined) throw wrong(word, "not 802.1Q or 802.1ad");
      return number;
    },
  };
}

/** A switch of a port. `also` are further words, `key` that of JSON. */
const port = (word: string, field: string, help: string, json = word, also: readonly string[] = []): Row =>
  onOff(word, help, { field, json, also });
const reportedHex = (json: string, word: string, field: string): Row =>
  shown((data, { out }) => {
    const value = data[field] as number | undefined;
    if (value !== undefined) out.put(json, `0x${value.toString(16)}`, `${word} 0x${value.toString(16)} `);
  });
export const bridgeSlave: KindWords = {
  rows: [
    row(
      "state",
      "0 disabled, 1 listening, 2 learning, 3 forwarding, 4 blocking",
      { ...integer("STATE", 4), complete: Object.keys(bridgePortStates.values) },
      {},
      (value: number) => {
        const name = nameOf(bridgePortStates, value);
        return name === undefined ? { json: value, text: `state (${value}) ` } : { json: name, text: `state ${name} ` };
      },
    ),
    number("priority", "of the port", { max: short }),
    number("cost", "of the path"),
    port("hairpin", "mode", "send frames back where they come from"),
    port("guard", "guard", "drop the spanning tree's messages"),
    port("root_block", "protect", "not towards the root"),
    port("fastleave", "fastLeave", "groups go at once", "fastleave", ["mcast_fast_leave"]),
    port("learning", "learning", "learn addresses"),
    port("flood", "unicastFlood", "flood what is not known"),
    reportedHex("id", "port_id", "id"),
    reportedHex("no", "port_no", "no"),
    number("designated_port", "", { reported: true }),
    number("designated_cost", "", { reported: true }),
    id("bridge_id", "designated_bridge", "bridgeId"),
    id("root_id", "designated_root", "rootId"),
    timer("hold_timer", "holdTimer"),
    timer("message_age_timer", "messageAgeTimer"),
    timer("forward_delay_timer", "forwardDelayTimer"),
    number("topology_change_ack", "", { reported: true }),
    number("config_pending", "", { reported: true }),
    port("proxy_arp", "proxyarp", "answer for neighbors"),
    port("proxy_arp_wifi", "proxyarpWifi", "and those of Wi-Fi"),
    number("mcast_router", "multicast routers: 0 none, 1 learned, 2 always", {
      field: "multicastRouter",
      json: "multicast_router",
      max: byte,
    }),
    shown((data, { out }) => {
      if (data.fastLeave !== undefined) out.say(`mcast_fast_leave ${data.fastLeave ? "on" : "off"} `);
    }),
    port("mcast_flood", "mcastFlood", "flood multicast"),
    port("bcast_flood", "bcastFlood", "flood broadcast"),
    port("mcast_to_unicast", "mcastToUcast", "multicast becomes unicast"),
    port("neigh_suppress", "neighSuppress", "answer ARP and NDP here"),
    mask("group_fwd_mask"),
    shown((data, { out }) => {
      const value = data.groupFwdMask as number | undefined;
      if (value !== undefined)
        out.put("group_fwd_mask_str", `0x${value.toString(16)}`, `group_fwd_mask_str 0x${value.toString(16)} `);
    }),
    port("vlan_tunnel", "vlanTunnel", "VLANs are tunnels"),
    port("isolated", "isolated", "not to other isolated ports"),
    port("locked", "locked", "only from addresses that are known"),
    deviceRow("backup_port", "port to use when this one is down", device),
    custom({ nobackup_port: { help: "none", put: (data: Data) => void (data.backupPort = 0) } }),
    custom({
      mab: {
        help: "learn locked addresses",
        arg: onOffNumber,
        put: (data: Data, value: number) => void (data.mab = value),
      },
      neigh_vlan_suppress: {
        help: "answer ARP and NDP per VLAN",
        arg: onOffNumber,
        put: (data: Data, value: number) => void (data.neighVlanSuppress = value),
      },
      mcast_max_groups: {
        help: "groups at most",
        arg: integer(),
        put: (data: Data, value: number) => void (data.mcastMaxGroups = value),
      },
      backup_nhid: {
        help: "nexthop for what goes to the backup port",
        arg: integer(),
        put: (data: Data, value: number) => void (data.backupNhid = value),
      },
      fdb_flush: { help: "forget the addresses that were learned here", put: (data: Data) => void (data.flush = true) },
    }),
  ],
};
