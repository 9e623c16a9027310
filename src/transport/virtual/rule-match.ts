/** Which table a look-up goes to (fib_rules_lookup of net/core/fib_rules.c). @module */
import type { ErrnoName } from "../../codec/nlmsg/errno.ts";
import { ruleActions, ruleFlags } from "../../codec/rtnetlink/rule.ts";
import { AF_INET6, type Family, samePrefix, toBig } from "./ip.ts";
import type { Netns, RouteEntry, RuleEntry } from "./state.ts";

/** What a look-up is for. */
export interface Flow {
  readonly dst: bigint;
  readonly src?: bigint;
  readonly iif?: number;
  readonly oif: number;
  readonly mark?: number;
  readonly tos: number;
  readonly uid?: number;
  readonly ipProto?: number;
  readonly sport?: number;
  readonly dport?: number;
  /** Least scope of the route. */
  readonly scope: number;
}
const ACTION = ruleActions.values;

export const rulesOf = (net: Netns, family: Family): RuleEntry[] => (family === AF_INET6 ? net.rules6 : net.rules4);
const LOOPBACK_INDEX = 1;

function matches(net: Netns, { family, value: rule }: RuleEntry, flow: Flow): boolean {
  const device = (name: string | undefined, index: number) => name === undefined || net.links.get(index)?.name === name;
  const within = (address: bigint | undefined, prefix: string | undefined, length: number) =>
    prefix === undefined || length === 0 || samePrefix(address ?? 0n, toBig(prefix), length, family);
  const ranged = (range: { start: number; end: number } | undefined, port: number | undefined) =>
    range === undefined || (port !== undefined && port >= range.start && port <= range.end);
  const hit =
    device(rule.iifname, flow.iif ?? LOOPBACK_INDEX) &&
    device(rule.oifname, flow.oif) &&
    (rule.fwmark === undefined || (((flow.mark ?? 0) ^ rule.fwmark) & (rule.fwmask ?? 0xffffffff)) >>> 0 === 0) &&
    rule.tunId === undefined &&
    (rule.uidRange === undefined || ((flow.uid ?? 0) >= rule.uidRange.start && (flow.uid ?? 0) <= rule.uidRange.end)) &&
    (rule.ipProto === undefined || rule.ipProto === flow.ipProto) &&
    ranged(rule.sportRange, flow.sport) &&
    ranged(rule.dportRange, flow.dport) &&
    (rule.tos === 0 || rule.tos === flow.tos) &&
    within(flow.src, rule.src, rule.srcLen) &&
    within(flow.dst, rule.dst, rule.dstLen);
  return (rule.flags & ruleFlags.values.invert) !== 0 ? !hit : hit;
}

/** Goes through the rules until one's table has an answer; undefined if none has. */
export function evaluateRules<T extends { readonly entry: RouteEntry; readonly hop: { readonly oif: number } }>(
  net: Netns,
  family: Family,
  flow: Flow,
  ask: (table: number) => T | ErrnoName | undefined,
): T | ErrnoName | undefined {
  const rules = rulesOf(net, family);
  for (let i = 0; i < rules.length; i++) {
    const rule = rules[i]!;
    const { value } = rule;
    if (!matches(net, rule, flow)) continue;
    switch (value.action) {
      case ACTION.goto: {
        const target = rules.findIndex((other) => (other.value.priority ?? 0) === value.goto);
        if (target > i) i = target - 1;
        continue;
      }
      case ACTION.nop:
        continue;
      case ACTION.unreachable:
        return "ENETUNREACH";
      case ACTION.prohibit:
        return "EACCES";
      case ACTION.blackhole:
        return "EINVAL";
    }
    const found = ask(value.l3mdev ? vrfTable(net, flow) : (value.tableId ?? value.table));
    if (found === undefined || found === "EAGAIN") continue;
    if (typeof found === "string") return found;
    const { suppressPrefixlen, suppressIfgroup } = value;
    if (suppressPrefixlen !== undefined && suppressPrefixlen >= 0 && found.entry.length <= suppressPrefixlen) continue;
    if (suppressIfgroup !== undefined && net.links.get(found.hop.oif)?.group === suppressIfgroup) continue;
    return found;
  }
  return undefined;
}
/** Table of the VRF that the flow's devices belong to; 0 without one. */
function vrfTable(net: Netns, flow: Flow): number {
  for (const index of [flow.oif, flow.iif ?? 0]) {
    const link = net.links.get(index);
    const vrf = link?.kind === "vrf" ? link : link?.master ? net.links.get(link.master) : undefined;
    if (vrf?.kind === "vrf") return vrf.data?.table as number;
  }
  return 0;
}
