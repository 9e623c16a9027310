/** How `ip -d -j link` of iproute2 6.1 shows the options of links, to hold it against what was given. @module */

import { expect } from "vitest";

type Obj = Record<string, unknown>;
/** What ip's `info_data` must hold for a value; or why it does not show it. */
type Shown = string | ((value: never, options: Obj) => Obj) | { readonly unseen: string };

const newer = { unseen: "newer than iproute2 6.1" } as const;
const textOnly = { unseen: "iproute2 prints it as text, not as JSON" } as const;
const silent = { unseen: "iproute2 6.1 does not print it" } as const;
const snake = (name: string): string => name.replace(/[A-Z]/g, (c) => `_${c.toLowerCase()}`);
const prefixed = (prefix: string) => (flags: readonly string[]) =>
  Object.fromEntries(flags.map((flag) => [prefix + flag, true]));
const inList = (key: string, name: string) => (on: boolean) => ({
  [key]: on ? expect.arrayContaining([name]) : expect.not.arrayContaining([name]),
});
const twoParts = (address: string, length: string) => (text: string) => ({
  [address]: text.split("/")[0],
  [length]: Number(text.split("/")[1]),
});
const address = (key: string) => (value: string) => ({ [value.includes(":") ? `${key}6` : key]: value });

// ---- what several kinds have
const encap: { readonly [option: string]: Shown } = {
  encapType: (type: string) => ({ encap: { type } }),
  encapSport: (sport: number) => ({ encap: { sport } }),
  encapDport: (dport: number) => ({ encap: { dport } }),
  encapFlags: (flags: readonly string[]) => ({ encap: prefixed("")(flags) }),
};
const ip6Tunnel: { readonly [option: string]: Shown } = {
  ...encap,
  tclass: (tclass: number, { kindFlags = [] }) =>
    (kindFlags as string[]).includes("use_orig_tclass") ? {} : { tclass },
  kindFlags: prefixed("ip6_tnl_f_"),
  encapLimit: (value: number, { kindFlags = [] }) =>
    (kindFlags as string[]).includes("ign_encap_limit") ? {} : { encap_limit: value },
};
const protos = { ipip: "ipip", ipv6: "ip6ip", mplsip: "mplsip", any: "any" };
const proto = (value: keyof typeof protos) => ({ proto: protos[value] });
const macvlan: { readonly [option: string]: Shown } = {
  bcQueueLen: "bcqueuelen",
  bcCutoff: newer,
  macaddrs: (list: readonly string[]) => ({ macaddr_count: list.length, macaddr_data: [...list].sort().reverse() }),
  kindFlags: prefixed(""),
};

/** By kind and option, where it is not the option's name in snake case. `*`: of all kinds. */
export const shownAs: { readonly [kind: string]: { readonly [option: string]: Shown } } = {
  "*": { dev: "link", collectMetadata: "external" },
  bridge: {
    stpState: (state: string) => ({ stp_state: ["disabled", "kernel", "user"].indexOf(state) }),
    mcastRouter: (mode: string) => ({ mcast_router: ["disabled", "temp-query", "perm", "temp"].indexOf(mode) }),
    fdbMaxLearned: newer,
    mstEnabled: newer,
  },
  bond: { missedMax: "arp_missed_max", peerNotifDelayMs: "peer_notify_delay", coupledControl: newer },
  vlan: {
    reorderHdr: inList("flags", "REORDER_HDR"),
    gvrp: inList("flags", "GVRP"),
    mvrp: inList("flags", "MVRP"),
    looseBinding: inList("flags", "LOOSE_BINDING"),
    bridgeBinding: inList("flags", "BRIDGE_BINDING"),
    ingressQos: (map: object) => ({ ingress_qos: pairs(map) }),
    egressQos: (map: object) => ({ egress_qos: pairs(map) }),
  },
  vxlan: {
    remote: (value: string) =>
      /^(2(2[4-9]|3\d)\.|ff)/.test(value)
        ? { [value.includes(":") ? "group6" : "group"]: value }
        : address("remote")(value),
    local: address("local"),
    ttlInherit: textOnly,
    remcsumNopartial: silent,
    localbypass: newer,
    labelPolicy: newer,
  },
  macvlan,
  macvtap: macvlan,
  ipvlan: { kindFlags: prefixed("") },
  ipvtap: { kindFlags: prefixed("") },
  gre: encap,
  gretap: encap,
  erspan: encap,
  ip6gre: ip6Tunnel,
  ip6gretap: ip6Tunnel,
  ip6erspan: ip6Tunnel,
  ipip: { ...encap, proto },
  sit: {
    ...encap,
    proto,
    kindFlags: prefixed(""),
    sixrdPrefix: twoParts("prefix", "prefixlen"),
    sixrdRelayPrefix: twoParts("relay_prefix", "relay_prefixlen"),
  },
  ip6tnl: { ...ip6Tunnel, proto: (value: string) => (value === "ipv6" ? { proto: "ip6ip6" } : { proto: value }) },
  xfrm: { dev: { unseen: "it is the link's `link`" } },
  geneve: { remote: address("remote"), ttlInherit: textOnly },
  macsec: {
    sci: (value: unknown) => ({ sci: typeof value === "string" ? value.slice(2).padStart(16, "0") : value }),
    cipherSuite: (value: string) => ({ cipher_suite: value.toUpperCase() }),
  },
  hsr: { protocol: (value: string) => ({ proto: ["hsr", "prp"].indexOf(value) }) },
  gtp: { pdpHashsize: "hsize" },
  bareudp: { port: "dstport", srcportMin: "srcportmin", multiprotoMode: "multiproto" },
  amt: { localIp: "local", discoveryIp: "discovery" },
  rmnet: Object.fromEntries(
    [
      "ingressDeaggregation",
      "ingressCommands",
      "ingressChksumv4",
      "egressChksumv4",
      "ingressChksumv5",
      "egressChksumv5",
    ].map((flag) => [flag, silent]),
  ),
};
/** Likewise of ports, by the kind of their master. */
export const portShownAs: typeof shownAs = {
  "*": {},
  bridge: {
    fastLeave: "fastleave",
    mcastToUcast: "mcast_to_unicast",
    unicastFlood: "flood",
    proxyarp: "proxy_arp",
    proxyarpWifi: "proxy_arp_wifi",
    multicastRouter: (mode: string) => ({ multicast_router: ["disabled", "temp-query", "perm", "temp"].indexOf(mode) }),
    mcastEhtHostsLimit: silent,
    mcastMaxGroups: newer,
    mab: newer,
    neighVlanSuppress: newer,
    backupNhid: newer,
  },
};
/** Kinds whose settings it does not show at all, and why. */
export const unseenKinds: { readonly [kind: string]: string } = {
  netkit: "newer than iproute2 6.1",
  veth: "the kernel reports no settings",
  vxcan: "the kernel reports no settings",
  batadv: "the kernel reports no settings",
  ppp: "the kernel reports no settings",
};
/** Milliseconds in what ip shows. */
const timeUnits: { readonly [kind: string]: number } = { bridge: 10, vxlan: 1000, lpIntervalMs: 1000 };

const pairs = (map: object) => Object.entries(map).map(([from, to]) => ({ from: Number(from), to }));

/** What `info_data` must hold for options as they are read back, and those of them that it does not show. */
export function shownFor(kind: string, read: Obj, table = shownAs): { shown: Obj; unseen: string[] } {
  const shown: Obj = {};
  const unseen: string[] = [];
  for (const [option, value] of Object.entries(read)) {
    const how = table[kind]?.[option] ?? table["*"]![option];
    if (unseenKinds[kind] !== undefined || (typeof how === "object" && "unseen" in how)) unseen.push(option);
    else if (typeof how === "function") {
      for (const [key, x] of Object.entries(how(value as never, read)))
        shown[key] = key in shown ? both(shown[key], x) : x;
    } else if (option.endsWith("Ms")) {
      const unit = timeUnits[option] ?? timeUnits[kind] ?? 1;
      shown[typeof how === "string" ? how : snake(option.slice(0, -2))] = (value as number) / unit;
    } else shown[how ?? snake(option)] = value;
  }
  return { shown, unseen };
}
/** Both of two matchers on one value, or an object of both's members. */
function both(a: unknown, b: unknown): unknown {
  const [x, y] = [a, b] as { asymmetricMatch?(other: unknown): boolean }[];
  if (!x!.asymmetricMatch || !y!.asymmetricMatch) return { ...x, ...y };
  return { asymmetricMatch: (other: unknown) => x!.asymmetricMatch!(other) && y!.asymmetricMatch!(other) };
}

/**
 * iproute2 shows switches as true, 1 or "on", leaves out many that are off, and writes numbers in hex or as four bytes: its value in
 * the form of ours.
 */
export function likeOurs(theirs: unknown, ours: unknown): unknown {
  if (typeof ours === "boolean") return theirs === true || theirs === 1 || theirs === "on";
  if (typeof ours === "number" && typeof theirs === "string") {
    if (/^\d+\.\d+\.\d+\.\d+$/.test(theirs))
      return theirs.split(".").reduce((sum, byte) => sum * 256 + Number(byte), 0);
    return Number.parseInt(theirs, 16);
  }
  if (typeof ours === "string" && typeof theirs === "string" && theirs.toLowerCase() === ours) return ours;
  return theirs;
}
