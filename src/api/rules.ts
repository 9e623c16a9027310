/** Rules that choose the routing table. @module */
import { NLM_F_CREATE, NLM_F_EXCL } from "../codec/nlmsg/header.ts";
import { routeProtocols } from "../codec/rtnetlink/route-protocol.ts";
import { routeTables } from "../codec/rtnetlink/route-table.ts";
import { type Rule as RuleMessage, ruleActions, ruleFlags, rule as schema } from "../codec/rtnetlink/rule.ts";
import { RTM } from "../codec/rtnetlink/types.ts";
import { nameOf } from "../codec/schema/scalar.ts";
import type { Prepared } from "./batch.ts";
import type { Channel, ExchangeOptions } from "./channel.ts";
import { type Device, interfaceName, NAME_MAX, nameAttributes } from "./device.ts";
import { type Dump, type DumpOptions, listDump, type Stream, streamDump } from "./dump.ts";
import { existed, flagNames, removeAll } from "./facet.ts";
import {
  AF_INET,
  AF_INET6,
  checkOptions,
  type Family,
  familyName,
  familyNumber,
  integer,
  OptionError,
  wordNumber,
} from "./options.ts";
import { readRealm } from "./route-read.ts";
import { checkSelectors } from "./rule-selectors.ts";
import { type DeviceNames, type RuleOptions, type RuleVerb, ruleKeys, ruleValue } from "./rule-value.ts";

/** A rule in the user's terms: only what it has is there. */
export interface Rule {
  family: string;
  priority: number;
  from?: string;
  to?: string;
  iif?: string;
  oif?: string;
  fwmark?: number;
  /** Which bits count, if not all. */
  fwmask?: number;
  table?: number;
  action: string | number;
  goto?: number;
  not?: boolean;
  tos?: number;
  dscp?: number;
  dscpMask?: number;
  flowlabel?: number;
  flowlabelMask?: number;
  suppressPrefixLength?: number;
  suppressIfgroup?: number;
  l3mdev?: boolean;
  uidRange?: [number, number];
  /** Exact to 2⁵³; `message.tunId` has all 64 bits. */
  tunId?: number;
  protocol?: string | number;
  ipProto?: number;
  /** Both ends belong to it. */
  sport?: [number, number];
  sportMask?: number;
  dport?: [number, number];
  dportMask?: number;
  /** That of the destination, or `[source, destination]`. */
  realm?: number | [number, number];
  /** What the kernel knows of it: `"iif-detached"`, `"oif-detached"`: there is no such device; `"unresolved"`: no rule to go on with. */
  flags: string[];
  /** The decoded message, for the rest. */
  message: RuleMessage;
}

/** Which rules. */
export interface RuleFilter {
  /** Of both by default. */
  readonly family?: Family | undefined;
  readonly priority?: number | undefined;
  readonly table?: number | string | undefined;
  readonly protocol?: string | number | undefined;
}

type Obj = Record<string, unknown>;
const FLAGS: { readonly [V in RuleVerb]: number } = { add: NLM_F_CREATE | NLM_F_EXCL, remove: 0 };
const INVERT = ruleFlags.values.invert;
const KERNEL = routeProtocols.values.kernel;

/** Rules (`ip rule`). */
export class Rules {
  readonly #channel: Channel;
  constructor(channel: Channel) {
    this.#channel = channel;
  }

  /** The rules of both families, or those that a filter keeps, in the order in which they are looked at. */
  async list(filter: RuleFilter = {}, options: DumpOptions = {}): Promise<Rule[]> {
    return listDump(this.#channel, this.#dump(filter), { operation: "list rules", ...options });
  }
  /** As `list`, in constant memory. */
  stream(filter: RuleFilter = {}, options: DumpOptions = {}): Stream<Rule> {
    return streamDump(this.#channel, () => this.#dump(filter), { operation: "list rules", ...options });
  }
  /** The first rule that a filter keeps: `find({ priority: 1000 })`; undefined if there is none. */
  async find(filter: RuleFilter, options: DumpOptions = {}): Promise<Rule | undefined> {
    return (await this.list(filter, options))[0];
  }

  /**
   * `add({ from: "10.0.0.0/8", table: 100, priority: 1000 })`.
   * @throws {NetlinkError} EEXIST; EOPNOTSUPP: the kernel would drop a selector, and match more than was meant…
   */
  add(rule: RuleOptions, options: ExchangeOptions = {}): Promise<void> {
    return this.#do("add", rule, options);
  }
  /** Removes the first rule that agrees with all that is given. @throws {NetlinkError} ENOENT */
  async remove(rule: RuleOptions, options: ExchangeOptions = {}): Promise<void> {
    return this.#do("remove", rule, options);
  }
  /** False if there is no such rule. A missing device is an error still, where it is given by index or alternative name. */
  removeIfExists(rule: RuleOptions, options: ExchangeOptions = {}): Promise<boolean> {
    return existed(this.remove(rule, options));
  }
  /** Removes all rules but the kernel's own, or those of them that a filter keeps; says how many. */
  async flush(filter: RuleFilter = {}, options: ExchangeOptions = {}): Promise<number> {
    const rules = (await this.list(filter, options)).filter(({ message }) => message.protocol !== KERNEL);
    return removeAll(
      this.#channel,
      rules.map(({ message: { unknown: _, ...value } }) => ({
        type: RTM.delrule,
        schema,
        value: { ...value, flags: value.flags & INVERT },
      })),
      { operation: "flush rules", ...options },
    );
  }
  /**
   * The request, not sent: for a `Batch`. Devices are given by name here, of up to 15 characters. A kernel that does not know `dscp`,
   * `flowlabel` or a mask adds the rule without it: only `add` asks.
   */
  prepare(verb: RuleVerb, rule: RuleOptions): Prepared {
    return prepared(verb, rule, (device) => {
      if (fits(device)) return device;
      throw new OptionError(
        `rule: ${JSON.stringify(device)} is not a name of up to ${NAME_MAX} characters, which a prepared request takes`,
        "iif",
        "a name",
      );
    });
  }

  async #do(verb: RuleVerb, rule: RuleOptions, options: ExchangeOptions): Promise<void> {
    const { timeout, signal } = options;
    // What is wrong with the options is said before anything is sent.
    const names = new Map<Device, string>();
    let request = prepared(verb, rule, (device) => {
      nameAttributes(device);
      if (fits(device)) return device;
      names.set(device, "");
      return "?";
    });
    for (const device of names.keys())
      names.set(device, await interfaceName(this.#channel, device, { timeout, signal }));
    if (names.size > 0) request = prepared(verb, rule, (device) => names.get(device) ?? (device as string));
    await checkSelectors(this.#channel, request.message.value as Obj, request.operation, { timeout, signal });
    await this.#channel.ack(request.message, { operation: request.operation, ...options });
  }

  #dump(filter: RuleFilter): Dump<typeof schema, Rule> {
    checkOptions("rules", filter, ["family", "priority", "table", "protocol"]);
    const family = filter.family === undefined ? 0 : familyNumber("rules.family", filter.family);
    const priority = filter.priority === undefined ? undefined : integer("rules.priority", filter.priority);
    const table = filter.table === undefined ? undefined : wordNumber("rules.table", routeTables, filter.table);
    const protocol =
      filter.protocol === undefined ? undefined : wordNumber("rules.protocol", routeProtocols, filter.protocol);
    return {
      // The kernel takes no filter but the family (fib_valid_dumprule_req).
      message: { type: RTM.getrule, schema, value: { family } },
      answer: schema,
      map: (m) => {
        if (family === 0 ? m.family !== AF_INET && m.family !== AF_INET6 : m.family !== family) return undefined;
        if (priority !== undefined && (m.priority ?? 0) !== priority) return undefined;
        if (table !== undefined && (m.tableId ?? m.table) !== table) return undefined;
        if (protocol !== undefined && (m.protocol ?? 0) !== protocol) return undefined;
        return readRule(m);
      },
    };
  }
}

/** Whether a name is one that the kernel can look for in packets' devices: it needs no device to be there. */
const fits = (device: Device): device is string =>
  typeof device === "string" && new TextEncoder().encode(device).length <= NAME_MAX;

function prepared(verb: RuleVerb, rule: RuleOptions, names: DeviceNames): Prepared {
  if (verb === "remove" && Object.values(rule).every((value) => value === undefined))
    throw new OptionError("rule: nothing says which one to remove (flush removes all)", "", "a selector");
  const value = ruleValue(verb, rule, names) as never;
  const what = ruleKeys.filter((k) => (rule as Obj)[k] !== undefined).map((k) => `${k} ${String((rule as Obj)[k])}`);
  return {
    message: { type: verb === "add" ? RTM.newrule : RTM.delrule, flags: FLAGS[verb], schema, value },
    operation: () => `${verb} rule ${what.join(" ")}`,
  };
}

/** A rule in the user's terms. */
export function readRule(m: RuleMessage): Rule {
  const out: Rule = {
    family: familyName(m.family),
    priority: m.priority ?? 0,
    action: nameOf(ruleActions, m.action) ?? m.action,
    flags: flagNames(ruleFlags, m.flags & ~INVERT),
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
  if ((m.flags & INVERT) !== 0) out.not = true;
  if (m.tos !== 0) out.tos = m.tos;
  if (m.dscp !== undefined) out.dscp = m.dscp;
  if (m.dscpMask !== undefined && m.dscpMask !== 63) out.dscpMask = m.dscpMask;
  if (m.flowlabel !== undefined) out.flowlabel = m.flowlabel;
  if (m.flowlabelMask !== undefined && m.flowlabelMask !== 0xfffff) out.flowlabelMask = m.flowlabelMask;
  if (m.suppressPrefixlen !== undefined && m.suppressPrefixlen !== -1) out.suppressPrefixLength = m.suppressPrefixlen;
  if (m.suppressIfgroup !== undefined && m.suppressIfgroup !== -1) out.suppressIfgroup = m.suppressIfgroup;
  if (m.l3mdev) out.l3mdev = true;
  if (m.uidRange) out.uidRange = [m.uidRange.start, m.uidRange.end];
  if (m.tunId !== undefined) out.tunId = Number(m.tunId);
  if (m.protocol !== undefined) out.protocol = nameOf(routeProtocols, m.protocol) ?? m.protocol;
  if (m.ipProto !== undefined) out.ipProto = m.ipProto;
  if (m.sportRange) out.sport = [m.sportRange.start, m.sportRange.end];
  if (m.dportRange) out.dport = [m.dportRange.start, m.dportRange.end];
  if (m.sportMask !== undefined && m.sportMask !== 0xffff) out.sportMask = m.sportMask;
  if (m.dportMask !== undefined && m.dportMask !== 0xffff) out.dportMask = m.dportMask;
  if (m.flow !== undefined) out.realm = readRealm(m.flow);
  return out;
}
