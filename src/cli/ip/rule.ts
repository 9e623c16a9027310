/** `nlink ip rule`. @module */
import { listDump } from "../../api/dump.ts";
import { removeAll } from "../../api/facet.ts";
import { AF_INET6, contains, parsePrefix } from "../../api/options.ts";
import type { Masked, RuleOptions } from "../../api/rule-value.ts";
import { Rules } from "../../api/rules.ts";
import { type Rule, ruleFlags, rule as schema } from "../../codec/rtnetlink/rule.ts";
import { RTM } from "../../codec/rtnetlink/types.ts";
import type { Context } from "../context.ts";
import { CommandError, EXIT, refusedAs } from "../failure.ts";
import { anyPrefix, bigInteger, device, integer, networkOf, oneWord } from "../grammar/args.ts";
import { type Arg, command, commandsOf, group, type Options, type Values } from "../grammar/command.ts";
import { named } from "../grammar/named.ts";
import { realms } from "./route-words.ts";
import { printRule } from "./rule-print.ts";

const u32 = integer();
const masked = oneWord<Masked>("VALUE[/MASK]", (word) => {
  const [value, mask, more] = word.split("/");
  const number = (text: string | undefined) =>
    text !== undefined && /^(0x[\da-f]{1,8}|\d+)$/i.test(text) && Number(text) <= 0xffffffff;
  if (more !== undefined || !number(value) || (mask !== undefined && !number(mask))) return undefined;
  return mask === undefined ? Number(value) : word;
});
const range = oneWord("NUMBER[-NUMBER]", (word) => (/^\d+(-\d+)?$/.test(word) ? word : undefined));
/** Ports: a range that the kernel would refuse ends as its refusals do. */
const ports: Arg<string> = {
  ...range,
  read(parser, word) {
    const given = range.read(parser, word);
    const [low, high = low] = given.split("-").map(Number) as [number, number?];
    if (low === 0 || high < low || high > 0xfffe) throw new CommandError(EXIT.refused, `Error: Invalid ${word} range.`);
    return given;
  },
};
const table = named("TABLE", "tables", 0xffffffff);
const ACTIONS = ["unicast", "blackhole", "unreachable", "prohibit", "nop"] as const;

const selectors = {
  not: { help: "for all that does not match" },
  from: { arg: anyPrefix, help: "source prefix" },
  to: { short: "t", arg: anyPrefix, help: "destination prefix" },
  preference: { short: "p", also: ["order", "priority", "pref"], arg: u32, help: "the lowest is looked at first" },
  tos: { also: ["dsfield"], arg: named("TOS", "dsfields"), help: "type of service" },
  fwmark: { arg: masked, help: "firewall mark" },
  protocol: { arg: named("PROTOCOL", "protocols"), help: "who sets the rule" },
  tun_id: { arg: bigInteger("ID"), help: "id of the tunnel that packets came by" },
  table: { also: ["lookup"], arg: table, help: "look the route up in this table" },
  iif: { also: ["dev"], arg: device, help: "the device that packets come in by" },
  oif: { arg: device, help: "the device that they are bound to" },
  l3mdev: { help: "the table is that of the device's VRF" },
  uidrange: { arg: range, help: "users whose sockets send" },
  ipproto: { arg: named("PROTOCOL", "ipProtocols"), help: "IP protocol" },
  sport: { arg: ports, help: "source ports" },
  dport: { arg: ports, help: "destination ports" },
  dscp: { arg: masked, help: "DSCP, 0 to 63" },
  flowlabel: { arg: masked, help: "flow label (IPv6)" },
} satisfies Options;
const action = (value: string, help: string) => ({ key: "action", value, help }) as const;
const editOptions = {
  ...selectors,
  suppress_prefixlength: { also: ["sup_pl"], arg: u32, help: "take no route of this prefix length or shorter" },
  suppress_ifgroup: {
    also: ["sup_group"],
    arg: named("GROUP", "groups", 0xffffffff),
    help: "take no route by a device of this group",
  },
  realms: { also: ["realm"], arg: realms, help: "realms that the routes get" },
  goto: { arg: u32, help: "go on with the rule of this priority" },
  type: { also: ["action-type", "action"], arg: oneWord("ACTION", (word) => actionOf(word)), help: "what is done" },
  unicast: { ...action("lookup", "look a table up"), hidden: true },
  blackhole: action("blackhole", "drop silently"),
  unreachable: action("unreachable", "say that the net cannot be reached"),
  prohibit: action("prohibit", "say that it is forbidden"),
  nop: action("nop", "do nothing: a place to go to"),
} satisfies Options;
/** nlink's `--action-type lookup|table|…`. */
function actionOf(word: string): string | undefined {
  if (word === "lookup" || word === "table" || word === "unicast") return "lookup";
  return ACTIONS.find((known) => known === word);
}

/** `default` matches all; the kernel does not look at what is behind a prefix. */
const selected = (prefix: string | undefined): string | undefined =>
  prefix === undefined ? undefined : prefix === "default" ? "all" : networkOf(prefix);

async function edit(context: Context, verb: "add" | "remove", values: Values<typeof editOptions>): Promise<void> {
  if (verb === "remove" && Object.keys(values).length === 0)
    throw new CommandError(EXIT.failure, '"ip rule del" requires arguments.');
  const {
    from,
    to,
    preference,
    tun_id,
    ipproto,
    uidrange,
    suppress_prefixlength,
    suppress_ifgroup,
    realms: realm,
    type,
    ...rest
  } = values;
  const given: { [option: string]: unknown } = {
    ...rest,
    from: selected(from),
    to: selected(to),
    priority: preference,
    tunId: tun_id,
    ipProto: ipproto,
    uidRange: uidrange,
    suppressPrefixLength: suppress_prefixlength,
    suppressIfgroup: suppress_ifgroup,
    realm,
    family: context.globals.family,
  };
  if (type !== undefined) given.action ??= type;
  if (given.goto !== undefined) given.action ??= "goto";
  const options = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as RuleOptions;
  await new Rules(await context.rtnetlink())[verb](options);
}

type Filter = Values<typeof selectors>;
async function list(context: Context, filter: Filter): Promise<Rule[]> {
  const channel = await context.rtnetlink();
  const family = context.globals.family ?? ((filter.from ?? filter.to)?.includes(":") ? AF_INET6 : 2);
  const [from, to] = [filter.from, filter.to].map((prefix) =>
    prefix === undefined || prefix === "default" ? undefined : parsePrefix("prefix", prefix, true),
  );
  const mark = filter.fwmark === undefined ? undefined : String(filter.fwmark).split("/").map(Number);
  const number = (text: string | undefined) => text?.split("-").map(Number);
  const uids = number(filter.uidrange);
  const within = (wanted: number[] | undefined, found: { start: number; end: number } | undefined) =>
    wanted === undefined ||
    (found !== undefined && found.start === wanted[0] && found.end === (wanted[1] ?? wanted[0]));
  return listDump(
    channel,
    {
      message: { type: RTM.getrule, schema, value: { family } },
      answer: schema,
      map: (raw) => {
        const rule = raw as Rule;
        return (filter.preference === undefined || (rule.priority ?? 0) === filter.preference) &&
          (filter.not === undefined || (rule.flags & ruleFlags.values.invert) !== 0) &&
          (from === undefined || (rule.src !== undefined && contains(from, rule.src))) &&
          (to === undefined || (rule.dst !== undefined && contains(to, rule.dst))) &&
          (filter.tos === undefined || rule.tos === filter.tos) &&
          (mark === undefined ||
            ((rule.fwmark ?? 0) === mark[0] && (mark[1] === undefined || rule.fwmask === mark[1]))) &&
          (filter.iif === undefined || rule.iifname === filter.iif) &&
          (filter.oif === undefined || rule.oifname === filter.oif) &&
          (filter.l3mdev === undefined || rule.l3mdev === 1) &&
          within(uids, rule.uidRange) &&
          (filter.table === undefined || (rule.tableId ?? rule.table) === filter.table) &&
          (filter.protocol === undefined || (rule.protocol ?? 0) === filter.protocol) &&
          (filter.tun_id === undefined || rule.tunId === filter.tun_id) &&
          (filter.ipproto === undefined || rule.ipProto === filter.ipproto) &&
          within(number(filter.sport), rule.sportRange) &&
          within(number(filter.dport), rule.dportRange)
          ? rule
          : undefined;
      },
    },
    { operation: "list rules" },
  );
}

async function show(context: Context, filter: Filter): Promise<void> {
  await context.printer.list(async (item) => {
    for (const rule of await list(context, filter)) item((out) => printRule(rule, out, context));
  });
}

/** As iproute2: all but the rule of priority 0, the kernel's own too, unless a protocol is named. */
async function flush(context: Context, filter: Filter): Promise<void> {
  const rules = (await list(context, filter)).filter((rule) => (rule.priority ?? 0) !== 0);
  await refusedAs(
    EXIT.usage,
    removeAll(
      await context.rtnetlink(),
      rules.map(({ unknown: _, ...value }) => ({
        type: RTM.delrule,
        schema,
        value: { ...value, flags: value.flags & ruleFlags.values.invert } as never,
      })),
      { operation: "flush rules" },
    ),
  );
}

const editing = commandsOf(editOptions, [], edit);
export const rule = group({
  name: "rule",
  help: "rules that choose the routing table",
  otherwise: "list",
  entries: [
    command({ name: "list", also: ["lst", "show"], help: "show rules", options: selectors, run: show }),
    editing("add", "add", "add a rule"),
    editing("delete", "remove", "remove the first rule that agrees with all that is given"),
    command({ name: "flush", help: "remove rules, but for the one of priority 0", options: selectors, run: flush }),
  ],
});
