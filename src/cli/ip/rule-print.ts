/** A rule as `ip rule list` has it (print_rule in ip/iprule.c). @module */
import { AF_INET6 } from "../../api/options.ts";
import { routeTypes } from "../../codec/rtnetlink/route-type.ts";
import { type Rule, ruleActions, ruleFlags } from "../../codec/rtnetlink/rule.ts";
import { nameOf } from "../../codec/schema/scalar.ts";
import type { Out } from "../../codec/tc/show.ts";
import type { Context } from "../context.ts";
import { familyColour } from "./route-print.ts";

const flag = ruleFlags.values;
const { unspec, nop } = ruleActions.values;

export function printRule(rule: Rule, out: Out, context: Context, deleted = false): void {
  const { globals, names, paint } = context;
  const details = (globals.details ?? 0) > 0;
  if (deleted) out.put("deleted", true, "Deleted ");
  out.put("priority", rule.priority ?? 0, `${rule.priority ?? 0}:\t`);
  if (rule.flags & flag.invert) out.put("not", null, "not ");
  if (rule.src === undefined && rule.srcLen === 0) out.put("src", "all", "from all");
  else {
    out.say("from ");
    printPrefix("src", rule, out, context);
  }
  if (rule.dst !== undefined || rule.dstLen > 0) {
    out.say(" to ");
    printPrefix("dst", rule, out, context);
  }
  if (rule.tos) out.put("tos", names.dsfields.name(rule.tos), ` tos ${names.dsfields.name(rule.tos)}`);
  if (rule.fwmark !== undefined || rule.fwmask !== undefined) {
    const hex = (x: number) => `0x${x.toString(16)}`;
    const [mark, mask] = [rule.fwmark ?? 0, rule.fwmask ?? 0xffffffff];
    if (mask !== 0xffffffff) {
      out.put("fwmark", hex(mark), ` fwmark ${hex(mark)}`);
      out.put("fwmask", hex(mask), `/${hex(mask)}`);
    } else out.put("fwmark", hex(mark), ` fwmark ${hex(mark)}`);
  }
  for (const way of ["iif", "oif"] as const) {
    const name = rule[`${way}name`];
    if (name === undefined) continue;
    out.put(way, name, ` ${way} ${paint("ifname", name)}`);
    if (rule.flags & flag[`${way}-detached`]) out.put(`${way}_detached`, null, " [detached]");
  }
  if (rule.l3mdev) out.put("l3mdev", null, " lookup [l3mdev-table]");
  if (rule.uidRange) {
    out.put("uid_start", rule.uidRange.start, ` uidrange ${rule.uidRange.start}`);
    out.put("uid_end", rule.uidRange.end, `-${rule.uidRange.end}`);
  }
  if (rule.ipProto) {
    const name = names.ipProtocols.name(rule.ipProto);
    out.put("ipproto", name, ` ipproto ${name}`);
  }
  ports("sport", rule.sportRange, out);
  ports("dport", rule.dportRange, out);
  if (rule.dscp !== undefined) out.put("dscp", rule.dscp, ` dscp ${rule.dscp}`);
  if (rule.flowlabel !== undefined) out.put("flowlabel", rule.flowlabel, ` flowlabel ${rule.flowlabel}`);
  if (rule.tunId !== undefined) out.put("tun_id", rule.tunId, ` tun_id ${rule.tunId}`);
  const table = rule.tableId ?? rule.table;
  if (table !== 0) {
    out.put("table", names.tables.name(table), ` lookup ${names.tables.name(table)}`);
    if (rule.suppressPrefixlen !== undefined && rule.suppressPrefixlen !== -1)
      out.put("suppress_prefixlen", rule.suppressPrefixlen, ` suppress_prefixlength ${rule.suppressPrefixlen}`);
    if (rule.suppressIfgroup !== undefined && rule.suppressIfgroup !== -1)
      out.put(
        "suppress_ifgroup",
        names.groups.name(rule.suppressIfgroup),
        ` suppress_ifgroup ${names.groups.name(rule.suppressIfgroup)}`,
      );
  }
  if (rule.flow !== undefined) {
    const [from, to] = [rule.flow >>> 16, rule.flow & 0xffff];
    if (from) out.put("flow_from", names.realms.name(from), ` realms ${names.realms.name(from)}/`);
    out.put("flow_to", names.realms.name(to), from ? names.realms.name(to) : ` realms ${names.realms.name(to)}`);
  }
  if (rule.action === ruleActions.values.goto) {
    if (rule.goto) out.put("goto", rule.goto, ` goto ${rule.goto}`);
    else out.put("goto", "none", " goto none");
    if (rule.flags & flag.unresolved) out.put("unresolved", null, " [unresolved]");
  } else if (rule.action === nop) out.put("nop", null, " nop");
  else if (rule.action !== ruleActions.values.lookup && rule.action !== unspec) {
    // The numbers of what refuses are those of routes' types.
    const name = (globals.Numeric ? undefined : nameOf(routeTypes, rule.action)) ?? String(rule.action);
    out.put("action", name, ` ${name}`);
  }
  if (rule.protocol !== undefined && ((rule.protocol !== 2 && rule.protocol !== 0) || details))
    out.put("protocol", names.protocols.name(rule.protocol), ` proto ${names.protocols.name(rule.protocol)}`);
  out.say("\n");
}

/** An address and, unless it is that of a whole host, its length. */
function printPrefix(key: "src" | "dst", rule: Rule, out: Out, { paint }: Context): void {
  const address = rule[key];
  const length = rule[`${key}Len`];
  const whole = address !== undefined && length === (rule.family === AF_INET6 ? 128 : 32);
  out.put(key, address ?? "0", address === undefined ? "0" : paint(familyColour(rule.family), address));
  if (!whole) out.put(`${key}len`, length, `/${length}`);
}

function ports(key: "sport" | "dport", range: { start: number; end: number } | undefined, out: Out): void {
  if (!range) return;
  if (range.start === range.end) out.put(key, range.start, ` ${key} ${range.start}`);
  else {
    out.put(`${key}_start`, range.start, ` ${key} ${range.start}`);
    out.put(`${key}_end`, range.end, `-${range.end}`);
  }
}
