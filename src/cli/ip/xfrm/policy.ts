/** `nlink ip xfrm policy`. @module */
import { ask } from "../../../api/facet.ts";
import { contains, parsePrefix } from "../../../api/options.ts";
import { XfrmPolicies } from "../../../api/xfrm/policies.ts";
import type { XfrmPolicyId, XfrmPolicyOptions, XfrmTemplateOptions } from "../../../api/xfrm/policy-value.ts";
import { policyCounts } from "../../../codec/xfrm/info.ts";
import type { XfrmPolicyMessage } from "../../../codec/xfrm/policy.ts";
import {
  XFRM_MSG,
  xfrmActions,
  type xfrmDefaults,
  xfrmDirections,
  xfrmPolicyFlags,
  xfrmPolicyTypes,
} from "../../../codec/xfrm/types.ts";
import type { Context } from "../../context.ts";
import { CommandError, EXIT, wrong } from "../../failure.ts";
import { integer, oneOf, oneWord, prefix } from "../../grammar/args.ts";
import { type Arg, command, commandsOf, group, type Options, type Values } from "../../grammar/command.ts";
import { hostOf, shown, styleOf } from "./host.ts";
import { printPolicy } from "./policy-print.ts";
import { flagList, limits, limitsOf, mark, mode, plainAddress, proto, selector, selectorOf, u32 } from "./words.ts";

const direction = oneWord(
  "{ in | out | fwd }",
  (word) => (Object.hasOwn(xfrmDirections.values, word) ? (word as keyof typeof xfrmDirections.values) : undefined),
  "DIR value is invalid",
  Object.keys(xfrmDirections.values),
);
const { localok, icmp } = xfrmPolicyFlags.values;
const which = {
  ...selector,
  dir: { arg: direction, help: "of packets that come in, go out or pass through" },
  index: { arg: u32, help: "by its index" },
  mark: { arg: mark, help: "the policy's mark" },
  ptype: { arg: oneOf("main", "sub"), help: "main or sub" },
  if_id: { arg: u32, help: "of an xfrm interface" },
} satisfies Options;
const how = {
  action: { arg: oneOf("allow", "block"), help: "allow or block" },
  priority: { arg: u32, help: "the lowest is looked at first" },
  flag: { arg: flagList({ localok, icmp }), help: "localok, icmp" },
} satisfies Options;
const template: Arg<XfrmTemplateOptions> = {
  syntax:
    "[ src ADDRESS ] [ dst ADDRESS ] proto XFRM-PROTO [ spi SPI ] [ mode MODE ] [ reqid REQID ] [ level { required | use } ]",
  read(parser) {
    const {
      src,
      dst,
      proto: protocol,
      spi,
      ...rest
    } = parser.within({
      src: { arg: prefix, help: "" },
      dst: { arg: prefix, help: "" },
      proto: { arg: proto, help: "" },
      spi: { arg: u32, help: "" },
      mode: { arg: mode, help: "" },
      reqid: { arg: u32, help: "" },
      level: { arg: oneOf("required", "use"), help: "" },
    });
    if (protocol === undefined) throw new CommandError(EXIT.usage, 'Error: argument "XFRM-PROTO" is required');
    return {
      ...(src !== undefined && { src: plainAddress(src) }),
      ...(dst !== undefined && { dst: plainAddress(dst) }),
      proto: protocol,
      spi,
      ...rest,
    };
  },
};
const editOptions = {
  ...which,
  ...how,
  ...limits,
  tmpl: { arg: template, many: true, help: "a state that packets go through" },
} satisfies Options;

function idOf(values: Values<typeof which>): XfrmPolicyId {
  const { dir, index, mark, ptype, if_id, ...rest } = values;
  if (dir === undefined) throw new CommandError(EXIT.failure, "Not enough information: DIR is required.");
  return { dir, index, mark, type: ptype, ifId: if_id, selector: selectorOf(rest) };
}
async function edit(context: Context, verb: "add" | "update", values: Values<typeof editOptions>): Promise<void> {
  const { action, priority, flag = 0, limit, tmpl, ...rest } = values;
  const flags = (["localok", "icmp"] as const).filter((name) => flag & xfrmPolicyFlags.values[name]);
  const policy: XfrmPolicyOptions = {
    ...idOf(rest),
    action,
    priority,
    flags,
    limits: limitsOf(limit === undefined ? {} : { limit }),
    templates: tmpl,
  };
  await new XfrmPolicies(await hostOf(context))[verb](policy);
}

const filterOptions = { ...which, ...how, nosock: { help: "without those of sockets" } } satisfies Options;
type Filter = Values<typeof filterOptions>;
async function matching(context: Context, filter: Filter): Promise<XfrmPolicyMessage[]> {
  const host = await hostOf(context);
  const { src, dst, dev, proto, index, action, priority, flag, nosock } = filter;
  const [from, to] = [src, dst].map((word) => (word === undefined ? undefined : parsePrefix("prefix", word, true)));
  const device = await host.names({});
  const sport = filter.sport ?? filter.type;
  const dport = filter.dport ?? filter.code;
  const policies = await new XfrmPolicies(host).list({ dir: filter.dir, type: filter.ptype });
  return policies
    .map(({ message }) => message)
    .filter(
      (m) =>
        (!nosock || m.dir < 3) &&
        (from === undefined || contains(from, String(m.sel.saddr))) &&
        (to === undefined || contains(to, String(m.sel.daddr))) &&
        (dev === undefined || device(m.sel.ifindex) === dev) &&
        (proto === undefined || m.sel.proto === proto) &&
        (sport === undefined || m.sel.sport === sport) &&
        (dport === undefined || m.sel.dport === dport) &&
        (index === undefined || m.index === index) &&
        (action === undefined || m.action === xfrmActions.values[action]) &&
        (priority === undefined || m.priority === priority) &&
        (flag === undefined || (m.flags & flag) !== 0),
    );
}
async function print(context: Context, messages: readonly XfrmPolicyMessage[]): Promise<void> {
  const style = await styleOf(context, await hostOf(context));
  await context.printer.list((item) => {
    for (const m of messages) item(shown(context, (out) => printPolicy(m, out, style)));
  });
}

async function count(context: Context): Promise<void> {
  const { channel } = await hostOf(context);
  const message = { type: XFRM_MSG.getspdinfo, schema: policyCounts, value: { flags: 0xffffffff } };
  const m = await ask(channel, message, policyCounts, { operation: "count policies" });
  const many = context.globals.statistics ?? 0;
  const i = m.info ?? { incnt: 0, outcnt: 0, fwdcnt: 0, inscnt: 0, outscnt: 0, fwdscnt: 0 };
  await context.printer.list(
    (item) =>
    item((out) => {
      out.put("in", i.incnt, `\t SPD IN  ${i.incnt}`);
      out.put("out", i.outcnt, ` OUT ${i.outcnt}`);
      out.put("fwd", i.fwdcnt, ` FWD ${i.fwdcnt}`);
      const sockets = { in: i.inscnt, out: i.outscnt, fwd: i.fwdscnt };
      out.put("sockets", sockets, many > 0 ? ` (Sock: IN ${i.inscnt} OUT ${i.outscnt} FWD ${i.fwdscnt})` : "");
      out.say("\n");
      if (m.hinfo) {
        const { spdhcnt, spdhmcnt } = m.hinfo;
        out.put("buckets", spdhcnt, many > 1 ? `\t SPD buckets: count ${spdhcnt}` : "");
        out.put("maxBuckets", spdhmcnt, many > 1 ? ` Max ${spdhmcnt}\n` : "");
      }
      for (const [family, threshold] of [["IPv4", m.ipv4Hthresh], ["IPv6", m.ipv6Hthresh]] as const)
        if (threshold && many > 1)
          out.say(`\t SPD ${family} thresholds: local ${threshold.lbits} remote ${threshold.rbits}\n`);
    }), // biome-ignore format: a table
  );
}

const threshold = (most: number): Arg<[number, number]> => ({
  syntax: "LBITS RBITS",
  read(parser, word) {
    const bits = integer("BITS", most);
    return [bits.read(parser, word), bits.read(parser, word)];
  },
});
type Default = Exclude<keyof typeof xfrmDefaults.values, "unspec">;
const verdict: Arg<Default> = oneOf("block", "accept");

async function showDefaults(context: Context): Promise<void> {
  const defaults = await new XfrmPolicies(await hostOf(context)).defaults();
  await context.printer.list((item) =>
    item((out) => {
      out.say("Default policies:\n");
      out.put("in", defaults.in, ` in:  ${defaults.in}\n`);
      out.put("fwd", defaults.fwd, ` fwd: ${defaults.fwd}\n`);
      out.put("out", defaults.out, ` out: ${defaults.out}\n`);
    }),
  );
}

const editing = commandsOf(editOptions, [], edit);
export const policy = group({
  name: "policy",
  help: "which packets are to be protected, and how",
  otherwise: "list",
  entries: [
    editing("add", "add", "add a policy"),
    editing("update", "update", "change one"),
    command({
      name: "delete",
      help: "remove one",
      options: which,
      run: async (context, values) => new XfrmPolicies(await hostOf(context)).remove(idOf(values)),
    }),
    command({
      name: "get",
      help: "show one",
      options: which,
      run: async (context, values) =>
        print(context, [(await new XfrmPolicies(await hostOf(context)).get(idOf(values))).message]),
    }),
    command({
      name: "deleteall",
      also: ["delall"],
      help: "remove all that a filter keeps, but for those of sockets",
      options: filterOptions,
      async run(context, filter) {
        const policies = new XfrmPolicies(await hostOf(context));
        for (const { index, dir, mark, ifId, policyType } of await matching(context, { ...filter, nosock: true }))
          await policies.removeIfExists({
            index,
            dir,
            type: policyType?.type ?? xfrmPolicyTypes.values.main,
            ...(mark && { mark }),
            ...(ifId !== undefined && { ifId }),
          });
      },
    }),
    command({
      name: "list",
      also: ["show", "lst", "ls"],
      help: "show policies",
      options: filterOptions,
      run: async (context, filter) => print(context, await matching(context, filter)),
    }),
    command({
      name: "flush",
      help: "remove all",
      options: { ptype: which.ptype },
      run: async (context, { ptype }) => new XfrmPolicies(await hostOf(context)).flush({ type: ptype }),
    }),
    command({ name: "count", help: "how many there are", run: count }),
    command({
      name: "set",
      help: "from which lengths of prefixes on they are found by hash",
      options: {
        hthresh4: { arg: threshold(32), help: "of IPv4" },
        hthresh6: { arg: threshold(128), help: "of IPv6" },
      },
      async run(context, { hthresh4: ipv4, hthresh6: ipv6 }) {
        if (!ipv4 && !ipv6) throw wrong("set", "nothing says what");
        await new XfrmPolicies(await hostOf(context)).setThresholds({ ipv4, ipv6 });
      },
    }),
    command({
      name: "setdefault",
      help: "what becomes of packets without a policy",
      options: {
        in: { arg: verdict, help: "that come in" },
        fwd: { arg: verdict, help: "that pass through" },
        out: { arg: verdict, help: "that go out" },
      },
      run: async (context, values) => new XfrmPolicies(await hostOf(context)).setDefaults(values),
    }),
    command({ name: "getdefault", help: "show that", run: showDefaults }),
  ],
});
