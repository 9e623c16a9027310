/** Rules that choose the table (net/core/fib_rules.c). @module */
import { NLM_F_EXCL } from "../../codec/nlmsg/header.ts";
import { rtnetlinkGroups } from "../../codec/rtnetlink/groups.ts";
import { type Rule, ruleActions, ruleFlags, rule as schema } from "../../codec/rtnetlink/rule.ts";
import { RTM } from "../../codec/rtnetlink/types.ts";
import { refuse } from "./ack.ts";
import type { RequestOf } from "./dispatch.ts";
import type { Listing } from "./dump.ts";
import { tableIn } from "./fib.ts";
import type { HandlerTable } from "./handlers.ts";
import { AF_INET, AF_INET6, type Family, widthOf } from "./ip.ts";
import type { Cause, Kernel } from "./kernel.ts";
import { rulesOf } from "./rule-match.ts";
import type { Netns, RuleEntry } from "./state.ts";

type RuleRequest = RequestOf<typeof schema>;
const ACTION = ruleActions.values;
const FLAG = ruleFlags.values;

export function defaultRules(family: Family): RuleEntry[] {
  const rule = (priority: number, table: number): RuleEntry => ({
    family,
    value: {
      family,
      dstLen: 0,
      srcLen: 0,
      tos: 0,
      table,
      action: ACTION.lookup,
      flags: 0,
      tableId: table,
      suppressPrefixlen: -1,
      protocol: 2,
      priority,
    },
  });
  const rules = [rule(0, 255), rule(32766, 254)];
  return family === AF_INET ? [...rules, rule(32767, 253)] : rules;
}

/** fib_nl_fill_rule: flags say whether the devices and the rule gone to are there. */
function message(net: Netns, entry: RuleEntry): Rule {
  const { value } = entry;
  const names = [...net.links.values()].map((link) => link.name);
  let flags = value.flags & FLAG.invert;
  if (value.iifname !== undefined && !names.includes(value.iifname)) flags |= FLAG["iif-detached"];
  if (value.oifname !== undefined && !names.includes(value.oifname)) flags |= FLAG["oif-detached"];
  if (
    value.action === ACTION.goto &&
    !rulesOf(net, entry.family as Family).some((other) => (other.value.priority ?? 0) === value.goto)
  )
    flags |= FLAG.unresolved;
  const { priority, ...rest } = value;
  return { ...rest, flags, ...(priority ? { priority } : {}) };
}
function notify(kernel: Kernel, net: Netns, type: number, entry: RuleEntry, cause?: Cause): void {
  const groups = rtnetlinkGroups.values;
  const told = message(net, entry);
  kernel.notify(net, entry.family === AF_INET6 ? groups["ipv6-rule"] : groups["ipv4-rule"], type, schema, () => told, {
    cause,
  });
}

/** A request's rule as it is kept (fib_nl2rule); `create` says what is left out. */
function ruleOf(request: RuleRequest, create: boolean): RuleEntry & { given: Partial<Rule> } {
  const { value, net } = request;
  const family = request.family as Family;
  if (family !== AF_INET && family !== AF_INET6) refuse("EAFNOSUPPORT", "Rule family not supported");
  // What is known and not of its length cannot be parsed; what is not known is passed over (nlmsg_parse_deprecated).
  for (const { type } of value.unknown ?? [])
    for (const [name, [number]] of Object.entries(schema.fields))
      if (number === type) refuse("EINVAL", "Error parsing msg", { at: [name] });
  const size = widthOf(family);
  const side = (address: string | undefined, length: number, what: string) => {
    if (length > 0 && (length > size || address === undefined)) refuse("EINVAL", `Invalid ${what} address length`);
    return address;
  };
  const src = side(value.src, value.srcLen, "source");
  const dst = side(value.dst, value.dstLen, "dest");
  const prefix = (address: string | undefined, length: number) =>
    address === undefined || length === 0 ? undefined : address;
  const { unknown: _, tableId, table, protocol, action, flags, ...rest } = value as Rule & { unknown?: unknown };
  const id = tableId ?? table;
  const kept: Rule = {
    ...rest,
    family,
    action,
    flags: flags & FLAG.invert,
    table: id < 256 ? id : 252,
    tableId: id,
    protocol: protocol ?? 0,
    suppressPrefixlen: value.suppressPrefixlen ?? -1,
  };
  for (const [key, address] of [
    ["src", prefix(src, value.srcLen)],
    ["dst", prefix(dst, value.dstLen)],
  ] as const)
    if (address === undefined) delete kept[key];
    else kept[key] = address;
  if (kept.fwmark !== undefined && kept.fwmask === undefined) kept.fwmask = 0xffffffff;
  if (kept.suppressIfgroup === -1) delete kept.suppressIfgroup;
  if (value.l3mdev && id !== 0) {
    if (value.tableId !== undefined || value.table) refuse("EINVAL", "l3mdev and table are mutually exclusive");
  }
  if (value.priority === undefined) {
    // Before the second rule (fib_default_rule_pref).
    const second = rulesOf(net, family)[1];
    const priority = second?.value.priority ?? 0;
    kept.priority = priority ? priority - 1 : 0;
  }
  if (value.goto !== undefined) {
    if (action !== ACTION.goto) refuse("EINVAL", "Unexpected goto");
    if (value.goto <= (kept.priority ?? 0)) refuse("EINVAL", "Backward goto not supported");
  } else if (action === ACTION.goto) refuse("EINVAL", "Missing goto target for action goto");
  if (!create) return { family, value: kept, given: value };
  if (action === ACTION.lookup && id === 0 && !value.l3mdev) {
    if (family === AF_INET6) refuse("EINVAL", "Invalid table");
    // IPv4 takes a table that nobody uses (fib_empty_table).
    let free = 1;
    while (net.tables4.has(free)) free++;
    kept.tableId = free;
    kept.table = free < 256 ? free : 252;
  }
  return { family, value: kept, given: value };
}

const COMPARED = [
  "action", "tableId", "suppressPrefixlen", "suppressIfgroup", "iifname", "oifname", "fwmark", "fwmask", "tunId",
  "l3mdev", "uidRange", "ipProto", "sportRange", "dportRange",
  "priority", "protocol", "goto", "sportMask", "dportMask", "dscp", "dscpMask", "flowlabel", "flowlabelMask",
] as const; // biome-ignore format: a list
const plain = (value: unknown): string =>
  JSON.stringify(value, (_key, x) => (typeof x === "bigint" ? x.toString() : x)) ?? "";
const same = (a: Rule, b: Rule, keys: readonly (keyof Rule)[]): boolean =>
  keys.every((key) => plain(a[key] ?? 0) === plain(b[key] ?? 0));

function add(request: RuleRequest): void {
  const { kernel, net, flags } = request;
  const entry = ruleOf(request, true);
  const rules = rulesOf(net, entry.family as Family);
  const inverted = (rule: Rule) => rule.flags & FLAG.invert;
  if (
    (flags & NLM_F_EXCL) !== 0 &&
    rules.some(
      ({ value }) =>
        same(value, entry.value, COMPARED) &&
        inverted(value) === inverted(entry.value) &&
        // What the family compares only where it is given (fib4_rule_compare).
        (entry.value.tos === 0 || value.tos === entry.value.tos) &&
        (entry.value.srcLen === 0 || same(value, entry.value, ["srcLen", "src"])) &&
        (entry.value.dstLen === 0 || same(value, entry.value, ["dstLen", "dst"])) &&
        (entry.value.flow === undefined || value.flow === entry.value.flow),
    )
  )
    refuse("EEXIST");
  const priority = entry.value.priority ?? 0;
  const at = rules.findIndex((other) => (other.value.priority ?? 0) > priority);
  const kept: RuleEntry = { family: entry.family, value: entry.value };
  rules.splice(at < 0 ? rules.length : at, 0, kept);
  if (kept.family === AF_INET) net.customRules = true;
  net.generation++;
  if (entry.family === AF_INET6 && entry.value.action === ACTION.lookup && entry.value.tableId)
    tableIn(net, AF_INET6, entry.value.tableId); // fib6_rule_configure
  notify(kernel, net, RTM.newrule, kept, request);
}

/** rule_find: what a request leaves out is not compared. */
function remove(request: RuleRequest): void {
  const { kernel, net } = request;
  const { family, value, given } = ruleOf(request, false);
  const rules = rulesOf(net, family as Family);
  const at = rules.findIndex(({ value: rule }) => {
    if (value.action !== 0 && rule.action !== value.action) return false;
    if (value.tableId !== 0 && rule.tableId !== value.tableId) return false;
    if (given.priority !== undefined && (rule.priority ?? 0) !== given.priority) return false;
    if (given.protocol !== undefined && given.protocol !== 0 && rule.protocol !== given.protocol) return false;
    if ((given.suppressPrefixlen ?? -1) !== -1 && rule.suppressPrefixlen !== given.suppressPrefixlen) return false;
    if (value.tos !== 0 && rule.tos !== value.tos) return false;
    if (value.srcLen !== 0 && (rule.srcLen !== value.srcLen || rule.src !== value.src)) return false;
    if (value.dstLen !== 0 && (rule.dstLen !== value.dstLen || rule.dst !== value.dst)) return false;
    const exact = [
      "iifname", "oifname", "fwmark", "fwmask", "tunId", "l3mdev", "uidRange", "ipProto", "sportRange", "dportRange",
      "suppressIfgroup", "flow", "dscp", "flowlabel", "flowlabelMask",
    ] as const; // biome-ignore format: a list
    return exact.every((key) => given[key] === undefined || plain(rule[key]) === plain(value[key]));
  });
  const found = rules[at];
  if (found === undefined) refuse("ENOENT");
  if ((found.value.flags & FLAG.permanent) !== 0) refuse("EPERM");
  rules.splice(at, 1);
  if (family === AF_INET) net.customRules = true;
  net.generation++;
  notify(kernel, net, RTM.delrule, found, request);
}

function list(request: RuleRequest): Listing[] {
  const { net, family } = request;
  return [AF_INET, AF_INET6].flatMap((each): Listing[] =>
    family !== 0 && family !== each
      ? []
      : [
          {
            type: RTM.newrule,
            schema,
            items: [...rulesOf(net, each as Family)],
            fill: (entry: RuleEntry) => message(net, entry),
            generation: () => net.generation,
          },
        ],
  );
}

export const ruleHandlers: HandlerTable = [
  [RTM.newrule, { doit: add }],
  [RTM.delrule, { doit: remove }],
  [RTM.getrule, { dump: list }],
];
