/** Rules to add and remove: the kernel's messages for options in the user's terms. @module */
import { routeProtocols } from "../codec/rtnetlink/route-protocol.ts";
import { routeTables } from "../codec/rtnetlink/route-table.ts";
import { ruleActions, ruleFlags } from "../codec/rtnetlink/rule.ts";
import type { Device } from "./device.ts";
import {
  AF_INET,
  AF_INET6,
  checkOptions,
  type Family,
  familyName,
  familyNumber,
  integer,
  OptionError,
  parsePrefix,
  parseRange,
  type Range,
  wordNumber,
} from "./options.ts";
import { type Realm, realmValue } from "./route-value.ts";

/** A number, which is matched whole, or value and mask: `"0x100/0xff00"`. */
export type Masked = number | string;
/** What a rule matches, and what is done then. All that is given has to match. */
export interface RuleOptions {
  /** That of `from` and `to`; without them `"inet"` by default. */
  readonly family?: Family | undefined;
  /** Source prefix; `"all"`: any. */
  readonly from?: string | undefined;
  /** Destination prefix. */
  readonly to?: string | undefined;
  /** Devices that packets come in by, or are bound to. A name of up to 15 characters needs no device to be there. */
  readonly iif?: Device | undefined;
  readonly oif?: Device | undefined;
  /** Mark of the packet (netfilter, SO_MARK), and which of its bits count: `"0x100/0xff00"`. */
  readonly fwmark?: Masked | undefined;
  /** Number or name. `"main"` by default for `"lookup"`. */
  readonly table?: number | string | undefined;
  /** The lowest is looked at first; the kernel picks one below the lowest but 0 if none is given. */
  readonly priority?: number | undefined;
  /** `"lookup"` (the default), `"goto"` with `goto`, `"nop"`, `"blackhole"`, `"unreachable"`, `"prohibit"`. */
  readonly action?: keyof typeof ruleActions.values | number | undefined;
  /** Priority of the rule to go on with, higher than this one's. */
  readonly goto?: number | undefined;
  /** For all that does not match. */
  readonly not?: boolean | undefined;
  /** The byte of IPv4's TOS or IPv6's traffic class, without the ECN bits; `dscp` in new rules. */
  readonly tos?: number | undefined;
  /** 0 to 63 (Linux 6.12), and which of its bits count (Linux 6.15). */
  readonly dscp?: Masked | undefined;
  /** IPv6's flow label, and which of its bits count (Linux 6.14). */
  readonly flowlabel?: Masked | undefined;
  /** Take no route of this prefix length or shorter. */
  readonly suppressPrefixLength?: number | undefined;
  /** Take no route by a device of this group. */
  readonly suppressIfgroup?: number | undefined;
  /** The table is the one of the VRF that the device belongs to. */
  readonly l3mdev?: boolean | undefined;
  /** Users whose sockets send. */
  readonly uidRange?: Range | undefined;
  /** Id of the tunnel that the packet came by, 64 bits. */
  readonly tunId?: number | bigint | undefined;
  /** Who added it: a routing protocol, by name or number. */
  readonly protocol?: string | number | undefined;
  /** `"tcp"`, `"udp"`, `"sctp"`, `"icmp"`, `"icmpv6"` or a number. */
  readonly ipProto?: string | number | undefined;
  /** Ports: `80`, `"80-90"`, `[80, 90]`, or value and mask `"0x50/0xfff0"` (Linux 6.15). */
  readonly sport?: Range | undefined;
  readonly dport?: Range | undefined;
  /** Realms that the routes found get (IPv4). */
  readonly realm?: Realm | undefined;
}

type Obj = Record<string, unknown>;
/** Finds the names of devices that are given by index, or by a name that the kernel has no room for here. */
export type DeviceNames = (device: Device) => string;
export type RuleVerb = "add" | "remove";

export const ruleKeys = [
  "family", "not", "from", "to", "iif", "oif", "fwmark", "tos", "dscp", "flowlabel", "uidRange", "tunId", "ipProto", "sport", "dport", "l3mdev",
  "priority", "protocol", "suppressPrefixLength", "suppressIfgroup", "realm", "action", "goto", "table",
]; // biome-ignore format: one table
const MAIN = 254;
const transports: { readonly [name: string]: number } = {
  icmp: 1,
  tcp: 6,
  udp: 17,
  dccp: 33,
  icmpv6: 58,
  sctp: 132,
  udplite: 136,
};

/** The message's value. @throws {OptionError} */
export function ruleValue(verb: RuleVerb, r: RuleOptions, deviceName: DeviceNames): Obj {
  checkOptions("rule", r, ruleKeys);
  let family = r.family === undefined ? 0 : familyNumber("rule.family", r.family);
  const value: Obj = { dstLen: 0, srcLen: 0, tos: 0, flags: isSet(r, "not") ? ruleFlags.values.invert : 0 };
  for (const [key, attribute, length] of [
    ["from", "src", "srcLen"],
    ["to", "dst", "dstLen"],
  ] as const) {
    const text = r[key];
    if (text === undefined || text === "all") continue;
    const prefix = parsePrefix(`rule.${key}`, text);
    if (family !== 0 && family !== prefix.family)
      throw new OptionError(`rule.${key}: ${text} is of another family`, key, `a prefix of ${familyName(family)}`);
    family = prefix.family;
    value[length] = prefix.length;
    if (prefix.length > 0) value[attribute] = prefix.address;
  }
  value.family = family ||= r.flowlabel === undefined ? AF_INET : AF_INET6;
  if (r.iif !== undefined) value.iifname = deviceName(r.iif);
  if (r.oif !== undefined) value.oifname = deviceName(r.oif);
  masked(value, "fwmark", "fwmask", r.fwmark, 0xffffffff);
  masked(value, "dscp", "dscpMask", r.dscp, 63);
  masked(value, "flowlabel", "flowlabelMask", r.flowlabel, 0xfffff);
  if (r.tos !== undefined) value.tos = integer("rule.tos", r.tos, 255);
  if (r.tos !== undefined && r.dscp !== undefined)
    throw new OptionError("rule.dscp: not together with tos", "dscp", "one of the two");
  if (r.flowlabel !== undefined && family !== AF_INET6)
    throw new OptionError("rule.flowlabel: only IPv6 rules have it", "flowlabel", "an IPv6 rule");
  if (r.priority !== undefined) value.priority = integer("rule.priority", r.priority);
  actionValue(verb, r, value);
  if (r.suppressPrefixLength !== undefined)
    value.suppressPrefixlen = integer(
      "rule.suppressPrefixLength",
      r.suppressPrefixLength,
      family === AF_INET6 ? 128 : 32,
    );
  if (r.suppressIfgroup !== undefined)
    value.suppressIfgroup = integer("rule.suppressIfgroup", r.suppressIfgroup, 0x7fffffff);
  if (r.uidRange !== undefined) value.uidRange = parseRange("rule.uidRange", r.uidRange, 0, 0xfffffffe);
  if (r.tunId !== undefined) {
    const id = typeof r.tunId === "number" && Number.isSafeInteger(r.tunId) ? BigInt(r.tunId) : r.tunId;
    if (typeof id !== "bigint" || id < 0n || id >= 1n << 64n)
      throw new OptionError(`rule.tunId: ${String(r.tunId)} is not an id of 64 bits`, "tunId", "an integer");
    value.tunId = id;
  }
  if (r.protocol !== undefined) value.protocol = wordNumber("rule.protocol", routeProtocols, r.protocol);
  if (r.ipProto !== undefined) {
    const number = typeof r.ipProto === "number" ? r.ipProto : transports[r.ipProto];
    if (number === undefined || !Number.isInteger(number) || number < 1 || number > 255)
      throw new OptionError(
        `rule.ipProto: ${JSON.stringify(r.ipProto)} is not a protocol`,
        "ipProto",
        `${Object.keys(transports).join(", ")} or a number`,
      );
    value.ipProto = number;
  }
  ports(value, "sport", r.sport);
  ports(value, "dport", r.dport);
  if (r.realm !== undefined) {
    if (family !== AF_INET) throw new OptionError("rule.realm: only IPv4 rules have it", "realm", "an IPv4 rule");
    value.flow = realmValue("rule.realm", r.realm);
  }
  return value;
}

function actionValue(verb: RuleVerb, r: RuleOptions, value: Obj): void {
  const action = r.action ?? (r.goto === undefined ? "lookup" : "goto");
  const number = wordNumber("rule.action", ruleActions, action);
  const goes = number === ruleActions.values.goto;
  if (goes !== (r.goto !== undefined))
    throw new OptionError(
      goes ? "rule.goto: the priority to go on with is missing" : "rule.goto: not together with another action",
      "goto",
      'a priority, for the action "goto"',
    );
  const looksUp = number === ruleActions.values.lookup;
  const l3mdev = isSet(r, "l3mdev");
  if (r.table !== undefined && (!looksUp || l3mdev))
    throw new OptionError(
      l3mdev ? "rule.table: l3mdev says which" : `rule.table: ${action} looks up none`,
      "table",
      'a table for the action "lookup"',
    );
  if (l3mdev) value.l3mdev = 1;
  if (r.goto !== undefined) value.goto = integer("rule.goto", r.goto);
  // What is 0 is any in a removal (fib_rule_find).
  value.action = verb === "remove" && r.action === undefined && r.goto === undefined ? 0 : number;
  const needed = verb === "add" && looksUp && !l3mdev;
  const table = r.table === undefined ? (needed ? MAIN : 0) : wordNumber("rule.table", routeTables, r.table);
  value.table = table > 255 ? 0 : table;
  if (table > 255) value.tableId = table;
}

function isSet(r: RuleOptions, key: "not" | "l3mdev"): boolean {
  const given: unknown = r[key];
  if (given !== undefined && typeof given !== "boolean")
    throw new OptionError(`rule.${key}: ${String(given)} is not true or false`, key, "true or false");
  return given === true;
}

const number = (text: string): number => (/^(0x[0-9a-f]+|\d+)$/i.test(text) ? Number(text) : Number.NaN);
function masked(value: Obj, key: string, maskKey: string, given: Masked | undefined, max: number): void {
  if (given === undefined) return;
  const [bits, mask = max, ...more] = typeof given === "string" ? given.split("/").map(number) : [given];
  const fits = (n: unknown): boolean => Number.isInteger(n) && (n as number) >= 0 && (n as number) <= max;
  if (!fits(bits) || !fits(mask) || more.length > 0)
    throw new OptionError(
      `rule.${key}: ${JSON.stringify(given)} is not a number up to ${max}, or value and mask`,
      key,
      '16 or "0x10/0x30"',
    );
  value[key] = bits;
  // The flow label has no meaning without one (fib6_nl2rule_flowlabel), the others' whole mask goes without saying.
  if (mask !== max || key === "flowlabel") value[maskKey] = mask;
}
function ports(value: Obj, key: "sport" | "dport", given: Range | undefined): void {
  if (given === undefined) return;
  if (typeof given !== "string" || !given.includes("/")) {
    value[`${key}Range`] = parseRange(`rule.${key}`, given, 1, 0xfffe);
    return;
  }
  const [port, mask, ...more] = given.split("/").map(number);
  for (const n of [port, mask])
    if (n === undefined || !(n >= 1 && n <= 0xffff) || more.length > 0)
      throw new OptionError(`rule.${key}: "${given}" is not a port and its mask`, key, '"0x50/0xfff0"');
  value[`${key}Range`] = { start: port, end: port };
  value[`${key}Mask`] = mask;
}
