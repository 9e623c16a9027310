/** Rules that choose the routing table. @module */
import { NLM_F_CREATE, NLM_F_EXCL } from "../codec/nlmsg/header.ts";
import { routeProtocols } from "../codec/rtnetlink/route-protocol.ts";
import { routeTables } from "../codec/rtnetlink/route-table.ts";
import { type Rule as RuleMessage, ruleActions, rule as schema } from "../codec/rtnetlink/rule.ts";
import { RTM } from "../codec/rtnetlink/types.ts";
import { nameOf } from "../codec/schema/scalar.ts";
import type { Prepared } from "./batch.ts";
import type { Channel, ExchangeOptions } from "./channel.ts";
import { type DumpOptions, listDump } from "./dump.ts";
import { isNotFound } from "./errors.ts";
import {
  AF_INET,
  AF_INET6,
  checkOptions,
  type Family,
  familyName,
  familyNumber,
  OptionError,
  parsePrefix,
  type Range,
  wordNumber,
} from "./options.ts";

export interface RuleOptions {
  readonly family?: Family | undefined;
  /** Source prefix. */
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  /** Names of devices; they need not exist. */
  readonly iif?: string | undefined;
  readonly oif?: string | undefined;
  /** A number, or value and mask: `"0x100/0xff00"`. */
  readonly fwmark?: number | string | undefined;
  /** Number or name. */
  readonly table?: number | string | undefined;
  /** The lowest is looked at first; the kernel picks one below the lowest but 0 if none is given. */
  readonly priority?: number | undefined;
  /** `"lookup"` (the default), `"goto"` with `goto`, `"nop"`, `"blackhole"`, `"unreachable"`, `"prohibit"`. */
  readonly action?: string | undefined;
  /** Priority of the rule to go on with. */
  readonly goto?: number | undefined;
  /** For all that does not match. */
  readonly not?: boolean | undefined;
  readonly tos?: number | undefined;
  readonly dscp?: number | undefined;
  /** Take no route of this prefix length or shorter. */
  readonly suppressPrefixLength?: number | undefined;
  readonly suppressIfgroup?: number | undefined;
  /** The table is the one of the VRF that the device belongs to. */
  readonly l3mdev?: boolean | undefined;
  readonly uidRange?: Range | undefined;
  readonly tunId?: number | bigint | undefined;
  readonly protocol?: string | number | undefined;
  /** `"tcp"`, `"udp"`, `"sctp"`, `"icmp"`, `"icmpv6"` or a number. */
  readonly ipProto?: string | number | undefined;
  readonly sport?: Range | undefined;
  readonly dport?: Range | undefined;
  readonly realm?: number | undefined;
}
export interface Rule {
  family: string;
  priority: number;
  from?: string;
  to?: string;
  iif?: string;
  oif?: string;
  fwmark?: number;
  fwmask?: number;
  table?: number;
  action: string | number;
  goto?: number;
  not?: boolean;
  tos?: number;
  dscp?: number;
  suppressPrefixLength?: number;
  suppressIfgroup?: number;
  l3mdev?: boolean;
  uidRange?: [number, number];
  tunId?: number;
  protocol?: string | number;
  ipProto?: number;
  sport?: [number, number];
  dport?: [number, number];
  realm?: number;
  message: RuleMessage;
}

type Obj = Record<string, unknown>;
const keys = [
  "family", "from", "to", "iif", "oif", "fwmark", "table", "priority", "action", "goto", "not", "tos", "dscp", "suppressPrefixLength",
  "suppressIfgroup", "l3mdev", "uidRange", "tunId", "protocol", "ipProto", "sport", "dport", "realm",
]; // biome-ignore format: one table
const FIB_RULE_INVERT = 2;
const transports: { readonly [name: string]: number } = {
  icmp: 1,
  tcp: 6,
  udp: 17,
  dccp: 33,
  icmpv6: 58,
  sctp: 132,
  udplite: 136,
};

export class Rules {
  readonly #channel: Channel;
  constructor(channel: Channel) {
    this.#channel = channel;
  }

  /** The rules of both families, or of one, in the order in which they are looked at. */
  async list(filter: { readonly family?: Family | undefined } = {}, options: DumpOptions = {}): Promise<Rule[]> {
    checkOptions("rules", filter, ["family"]);
    const family = filter.family === undefined ? 0 : familyNumber("rules.family", filter.family);
    return listDump(
      this.#channel,
      {
        message: { type: RTM.getrule, schema, value: { family } },
        answer: schema,
        map: (raw) => {
          const m = raw as RuleMessage;
          return (family === 0 ? m.family === AF_INET || m.family === AF_INET6 : m.family === family)
            ? readRule(m)
            : undefined;
        },
      },
      { operation: "list rules", ...options },
    );
  }

  /** `add({ from: "10.0.0.0/8", table: 100, priority: 1000 })`. @throws {NetlinkError} EEXIST… */
  async add(rule: RuleOptions, options: ExchangeOptions = {}): Promise<void> {
    const { message, operation } = this.prepare("add", rule);
    await this.#channel.ack(message, { operation, ...options });
  }
  /** Removes the first rule that agrees with all that is given. */
  async remove(rule: RuleOptions, options: ExchangeOptions = {}): Promise<void> {
    if (Object.keys(rule).length === 0)
      throw new OptionError("rule: nothing says which one to remove (flush removes all)", "", "a selector");
    const { message, operation } = this.prepare("remove", rule);
    await this.#channel.ack(message, { operation, ...options });
  }
  async removeIfExists(rule: RuleOptions, options: ExchangeOptions = {}): Promise<boolean> {
    try {
      await this.remove(rule, options);
      return true;
    } catch (e) {
      if (isNotFound(e)) return false;
      throw e;
    }
  }
  /** Removes all rules but the kernel's own, of priorities 0, 32766 and 32767; says how many. */
  async flush(filter: { readonly family?: Family | undefined } = {}, options: ExchangeOptions = {}): Promise<number> {
    const rules = (await this.list(filter, options)).filter((r) => ![0, 32766, 32767].includes(r.priority));
    const results = await this.#channel.batch(
      rules.map(({ message: { unknown: _, ...value } }) => ({
        type: RTM.delrule,
        schema,
        value: { ...value, flags: value.flags & FIB_RULE_INVERT },
      })),
      { ...options, operation: "flush rules" },
    );
    const failed = results.find((e) => e !== undefined && !isNotFound(e));
    if (failed) throw failed;
    return rules.length;
  }
  /** The request, not sent: for a `Batch`. */
  prepare(verb: "add" | "remove", rule: RuleOptions): Prepared {
    const value = ruleValue(verb, rule) as never;
    const what = keys.filter((k) => (rule as Obj)[k] !== undefined).map((k) => `${k} ${String((rule as Obj)[k])}`);
    return {
      message: {
        type: verb === "add" ? RTM.newrule : RTM.delrule,
        flags: verb === "add" ? NLM_F_CREATE | NLM_F_EXCL : 0,
        schema,
        value,
      },
      operation: () => `${verb} rule ${what.join(" ")}`,
    };
  }
}

function range(where: string, given: Range, max: number): { start: number; end: number } {
  const [start, end] =
    typeof given === "number" ? [given, given] : typeof given === "string" ? given.split("-").map(Number) : given;
  const last = end ?? start!;
  const ok =
    [start, last].every((n) => Number.isInteger(n) && n! >= 0 && n! <= max) && start! <= last && String(given) !== "";
  if (!ok)
    throw new OptionError(
      `${where}: ${String(given)} is not a number or range from 0 to ${max}`,
      where.slice(5),
      '80, "80-90" or [80, 90]',
    );
  return { start: start!, end: last };
}

function ruleValue(verb: "add" | "remove", r: RuleOptions): Obj {
  checkOptions("rule", r, keys);
  let family = r.family === undefined ? 0 : familyNumber("rule.family", r.family);
  const value: Obj = { dstLen: 0, srcLen: 0, tos: r.tos ?? 0, flags: r.not ? FIB_RULE_INVERT : 0 };
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
  value.family = family || AF_INET;
  if (r.iif !== undefined) value.iifname = r.iif;
  if (r.oif !== undefined) value.oifname = r.oif;
  if (r.fwmark !== undefined) {
    const [mark, mask] =
      typeof r.fwmark === "number"
        ? [r.fwmark]
        : r.fwmark.split("/").map((t) => (/^(0x[0-9a-f]+|\d+)$/i.test(t) ? Number(t) : Number.NaN));
    for (const n of [mark, mask ?? 0])
      if (!Number.isInteger(n) || n! < 0 || n! > 0xffffffff)
        throw new OptionError(`rule.fwmark: ${r.fwmark} is not a mark`, "fwmark", '256 or "0x100/0xff00"');
    value.fwmark = mark;
    if (mask !== undefined) value.fwmask = mask;
  }
  if (r.priority !== undefined) value.priority = r.priority;
  const action = r.action ?? (r.goto !== undefined ? "goto" : "lookup");
  if (action === "goto" && r.goto === undefined)
    throw new OptionError("rule.goto: the priority to go on with is missing", "goto", "a priority");
  value.action =
    verb === "remove" && r.action === undefined && r.goto === undefined
      ? 0
      : wordNumber("rule.action", ruleActions, action);
  if (r.goto !== undefined) value.goto = r.goto;
  const needs = verb === "add" && action === "lookup" && !r.l3mdev;
  const table = r.table === undefined ? (needs ? 254 : 0) : wordNumber("rule.table", routeTables, r.table);
  value.table = table > 255 ? 0 : table;
  if (table > 255) value.tableId = table;
  if (r.dscp !== undefined) value.dscp = r.dscp;
  if (r.suppressPrefixLength !== undefined) value.suppressPrefixlen = r.suppressPrefixLength;
  if (r.suppressIfgroup !== undefined) value.suppressIfgroup = r.suppressIfgroup;
  if (r.l3mdev) value.l3mdev = 1;
  if (r.uidRange !== undefined) value.uidRange = range("rule.uidRange", r.uidRange, 0xffffffff);
  if (r.tunId !== undefined) value.tunId = BigInt(r.tunId);
  if (r.protocol !== undefined) value.protocol = wordNumber("rule.protocol", routeProtocols, r.protocol);
  if (r.ipProto !== undefined) {
    const number = typeof r.ipProto === "number" ? r.ipProto : transports[r.ipProto];
    if (number === undefined || !(number >= 0 && number <= 255))
      throw new OptionError(
        `rule.ipProto: ${r.ipProto} is not a protocol`,
        "ipProto",
        `${Object.keys(transports).join(", ")} or a number`,
      );
    value.ipProto = number;
  }
  if (r.sport !== undefined) value.sportRange = range("rule.sport", r.sport, 0xffff);
  if (r.dport !== undefined) value.dportRange = range("rule.dport", r.dport, 0xffff);
  if (r.realm !== undefined) value.flow = r.realm;
  return value;
}

/** A rule in the user's terms. */
export function readRule(m: RuleMessage): Rule {
  const out: Rule = {
    family: familyName(m.family),
    priority: m.priority ?? 0,
    action: nameOf(ruleActions, m.action) ?? m.action,
    message: m,
  };
  if (m.src !== undefined) out.from = `${m.src}/${m.srcLen}`;
  if (m.dst !== undefined) out.to = `${m.dst}/${m.dstLen}`;
  if (m.iifname !== undefined) out.iif = m.iifname;
  if (m.oifname !== undefined) out.oif = m.oifname;
  if (m.fwmark !== undefined) out.fwmark = m.fwmark;
  if (m.fwmask !== undefined && m.fwmask !== 0xffffffff) out.fwmask = m.fwmask;
  const table = m.tableId ?? m.table;
  if (table !== 0) out.table = table;
  if (m.goto !== undefined) out.goto = m.goto;
  if ((m.flags & FIB_RULE_INVERT) !== 0) out.not = true;
  if (m.tos !== 0) out.tos = m.tos;
  if (m.dscp !== undefined) out.dscp = m.dscp;
  if (m.suppressPrefixlen !== undefined && m.suppressPrefixlen !== -1) out.suppressPrefixLength = m.suppressPrefixlen;
  if (m.suppressIfgroup !== undefined && m.suppressIfgroup !== -1) out.suppressIfgroup = m.suppressIfgroup;
  if (m.l3mdev) out.l3mdev = true;
  if (m.uidRange) out.uidRange = [m.uidRange.start, m.uidRange.end];
  if (m.tunId !== undefined) out.tunId = Number(m.tunId);
  if (m.protocol !== undefined) out.protocol = nameOf(routeProtocols, m.protocol) ?? m.protocol;
  if (m.ipProto !== undefined) out.ipProto = m.ipProto;
  if (m.sportRange) out.sport = [m.sportRange.start, m.sportRange.end];
  if (m.dportRange) out.dport = [m.dportRange.start, m.dportRange.end];
  if (m.flow !== undefined) out.realm = m.flow;
  return out;
}
