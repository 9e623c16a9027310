/** Peers: whose packets are meant, and the filters that find them. @module */

import { flower } from "../../codec/tc/builders.ts";
import type { Flower, FlowerOptions, FlowerPort } from "../../codec/tc/filter/flower.ts";
import type { FilterSpec } from "../../codec/tc/filter-kinds.ts";
import { formatHandle, handleOf, major, minor, parseHandle } from "../../codec/tc/handle.ts";
import type { IpProtocol } from "../../codec/text/ip-protocol.ts";
import { OptionError } from "../options.ts";
import type { TcClass } from "./classes.ts";
import type { Filter } from "./filters.ts";
import type { Tree } from "./reconcile.ts";

/**
 * Whose packets: all that is given must hold. An address is one or a prefix, of IPv4 or IPv6; a port one, or a range `"1000-2000"`, of TCP and of
 * UDP unless `ipProto` says which. Without an address it is both IPv4 and IPv6.
 */
export interface Peer {
  readonly dstIp?: string | undefined;
  readonly srcIp?: string | undefined;
  readonly dstPort?: FlowerPort | undefined;
  readonly srcPort?: FlowerPort | undefined;
  readonly ipProto?: IpProtocol | undefined;
  /** `"02:00:00:00:00:01"`, or with a mask: `"02:00:00:00:00:00/24"`. */
  readonly dstMac?: string | undefined;
  readonly srcMac?: string | undefined;
}
export const PEER_KEYS = ["dstIp", "srcIp", "dstPort", "srcPort", "ipProto", "dstMac", "srcMac"] as const;

const familyOf = (where: string, peer: Peer): "ip" | "ipv6" | undefined => {
  const families = (["dstIp", "srcIp"] as const).flatMap((key) => {
    const address = peer[key];
    if (address === undefined) return [];
    if (typeof address !== "string")
      throw new OptionError(`${where}.${key}: ${JSON.stringify(address)} is not an address or prefix`, key, "text");
    return [address.includes(":") ? ("ipv6" as const) : ("ip" as const)];
  });
  if (families.length === 2 && families[0] !== families[1])
    throw new OptionError(`${where}.srcIp: is of another family than dstIp`, "srcIp", "addresses of one family");
  if (peer.ipProto === "icmp") return families[0] ?? "ip";
  if (peer.ipProto === "icmpv6") return families[0] ?? "ipv6";
  return families[0];
};

/** The kinds of packets that a peer's are: each takes a filter of its own. @throws {OptionError} */
export function matchesOf(where: string, peer: Peer): { protocol: string; options: FlowerOptions }[] {
  const given = PEER_KEYS.filter((key) => peer[key] !== undefined);
  if (given.length === 0)
    throw new OptionError(
      `${where}: says nobody: give at least one of ${PEER_KEYS.join(", ")}`,
      "rules",
      PEER_KEYS.join(", "),
    );
  const options = Object.fromEntries(given.map((key) => [key, peer[key]])) as FlowerOptions;
  if (given.every((key) => key.endsWith("Mac"))) return [{ protocol: "all", options }];
  const family = familyOf(where, peer);
  const protocols = family ? [family] : (["ip", "ipv6"] as const);
  const ported = peer.dstPort !== undefined || peer.srcPort !== undefined;
  const transports = ported && peer.ipProto === undefined ? (["tcp", "udp"] as const) : [peer.ipProto];
  return protocols.flatMap((protocol) =>
    transports.map((ipProto) => ({ protocol, options: { ...options, ...(ipProto !== undefined && { ipProto }) } })),
  );
}

const PER_RULE = 4;
/** Class of the first rule: those before are the tree's own. */
const FIRST_MINOR = 0x10;
export const MAX_RULES = Math.floor(0xffff / PER_RULE) - 1;

export const classOf = (root: string, rule: number): string =>
  formatHandle(handleOf(major(parseHandle(root)!), FIRST_MINOR + rule));
export const innerClass = (root: string, n: number): string => formatHandle(handleOf(major(parseHandle(root)!), n));

/** The filters of rules, the first of which to match counts. */
export function filtersOf(where: string, root: string, peers: readonly Peer[]): Tree["filters"] {
  return peers.flatMap((peer, rule) =>
    matchesOf(`${where}.rules[${rule}]`, peer).map(({ protocol, options }, n) => ({
      spec: flower({ ...options, classid: classOf(root, rule) }) as FilterSpec,
      protocol,
      priority: 1 + rule * PER_RULE + n,
    })),
  );
}

/** The rules of a tree, in order: each with its class, and whose packets go there. */
export function rulesOf(classes: readonly TcClass[], filters: readonly Filter[]): { peer: Peer; class: TcClass }[] {
  const found = new Map<string, { first: number; all: Flower[] }>();
  for (const { kind, options, priority } of [...filters].sort((a, b) => a.priority - b.priority)) {
    if (kind !== "flower" || options === undefined) continue;
    const { classid } = options as Flower;
    if (classid === undefined) continue;
    const rule = found.get(classid) ?? { first: priority, all: [] };
    rule.all.push(options as Flower);
    found.set(classid, rule);
  }
  return classes
    .filter(({ handle }) => minor(parseHandle(handle)!) >= FIRST_MINOR)
    .sort((a, b) => parseHandle(a.handle)! - parseHandle(b.handle)!)
    .flatMap((c) => {
      const all = found.get(c.handle)?.all ?? [];
      return all.length === 0 ? [] : [{ peer: peerOf(all), class: c }];
    });
}
/** What was given: a protocol that there are two of was not. */
function peerOf(all: readonly Flower[]): Peer {
  const [first] = all;
  const peer = Object.fromEntries(
    PEER_KEYS.filter((key) => first![key] !== undefined).map((key) => [key, first![key]]),
  ) as { -readonly [K in keyof Peer]: Peer[K] };
  if (new Set(all.map(({ ipProto }) => ipProto)).size > 1) delete peer.ipProto;
  return peer;
}
