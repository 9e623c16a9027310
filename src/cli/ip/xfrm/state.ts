/** `nlink ip xfrm state`. @module */
import { ask } from "../../../api/facet.ts";
import { contains, parsePrefix } from "../../../api/options.ts";
import type { XfrmStateId, XfrmStateOptions } from "../../../api/xfrm/state-value.ts";
import { XfrmStates } from "../../../api/xfrm/states.ts";
import { stateCounts } from "../../../codec/xfrm/info.ts";
import type { XfrmStateMessage } from "../../../codec/xfrm/state.ts";
import { XFRM_MSG, xfrmEncapTypes, xfrmExtraFlags, xfrmProtocols, xfrmStateFlags } from "../../../codec/xfrm/types.ts";
import type { Context } from "../../context.ts";
import { CommandError, EXIT, wrong } from "../../failure.ts";
import { address, device, integer, oneOf, prefix, text } from "../../grammar/args.ts";
import { type Arg, command, commandsOf, group, type Options, type Values } from "../../grammar/command.ts";
import { hostOf, shown, styleOf } from "./host.ts";
import { printState } from "./state-print.ts";
import { flagList, limits, limitsOf, mark, mode, nestedSelector, plainAddress, proto, u32 } from "./words.ts";

/** `"0x0011"`, or characters. */
function keyOf(word: string): string | Uint8Array {
  if (!word.startsWith("0x")) return new TextEncoder().encode(word);
  const digits = word.slice(2);
  if (!/^[\da-f]*$/i.test(digits)) throw wrong(word, "ALGO-KEYMAT value is invalid");
  return `0x${digits.length % 2 === 0 ? "" : "0"}${digits}`;
}
const named = <T>(syntax: string, more: (name: string, key: string | Uint8Array, last: () => number) => T): Arg<T> => ({
  syntax,
  read(parser, word) {
    const [name, key] = [parser.next(), keyOf(parser.next())];
    return more(name, key, () => u32.read(parser, word));
  },
});
const flags = flagList(xfrmStateFlags.values);

const id = {
  src: { arg: prefix, help: "where packets come from" },
  dst: { arg: prefix, help: "where they go to" },
  proto: { arg: proto, help: "esp, ah, comp, route2 or hao" },
  spi: { arg: u32, help: "by which the receiver knows them" },
} satisfies Options;
const one = { ...id, mark: { arg: mark, help: "the state's mark" } } satisfies Options;
const kind = {
  mode: { arg: mode, help: "transport, tunnel, beet, ro or in_trigger" },
  reqid: { arg: u32, help: "ties templates to states" },
} satisfies Options;
const editOptions = {
  ...one,
  ...kind,
  seq: { arg: u32, help: "of the acquire that it answers" },
  enc: { arg: named("NAME KEY", (name, key) => ({ name, key })), help: "encryption" },
  auth: { arg: named("NAME KEY", (name, key) => ({ name, key })), help: "authentication" },
  auth_trunc: {
    arg: named("NAME KEY BITS", (name, key, bits) => ({ name, key, truncBits: bits() })),
    help: "the same, cut",
  },
  aead: { arg: named("NAME KEY ICV-BITS", (name, key, bits) => ({ name, key, icvBits: bits() })), help: "both in one" },
  comp: { arg: text("NAME"), help: "compression" },
  replay_window: { arg: integer("SIZE", 4096), help: "packets that the replay window holds" },
  replay_seq: { arg: u32, help: "received so far" },
  replay_oseq: { arg: u32, help: "sent so far" },
  replay_seq_hi: { arg: u32, help: "the upper half of that, with esn" },
  replay_oseq_hi: { arg: u32, help: "the upper half of that, with esn" },
  flag: { arg: flags, help: "what it wants of packets" },
  extra_flag: { arg: flagList(xfrmExtraFlags.values), help: "more of that" },
  sel: { arg: nestedSelector, help: "which packets" },
  ...limits,
  encap: {
    arg: {
      syntax: "{ espinudp | espinudp-nonike | espintcp } SPORT DPORT ADDRESS",
      read(parser, word) {
        const type = parser.next();
        if (!Object.hasOwn(xfrmEncapTypes.values, type)) throw wrong(type, '"ENCAP-TYPE" is invalid');
        const port = () => integer("PORT", 0xffff).read(parser, word);
        const ports = { sport: port(), dport: port() };
        return { type: type as keyof typeof xfrmEncapTypes.values, ...ports, oa: address.read(parser, word) };
      },
    } satisfies Arg,
    help: "through NAT",
  },
  coa: { arg: prefix, help: "care-of address" },
  offload: {
    arg: {
      syntax: "[ packet | crypto ] dev DEVICE dir { in | out }",
      read(parser) {
        const how = parser.ahead === "packet" || parser.ahead === "crypto" ? parser.next() : "crypto";
        const { dev, dir } = parser.within({
          dev: { arg: device, help: "" },
          dir: { arg: oneOf("in", "out"), help: "" },
        });
        if (dev === undefined || dir === undefined) throw wrong("offload", "dev and dir are missing");
        return { dev, dir, packet: how === "packet" };
      },
    } satisfies Arg,
    help: "a device that does the work",
  },
  output_mark: { arg: mark, help: "what packets are marked with" },
  if_id: { arg: u32, help: "of an xfrm interface" },
  tfcpad: { arg: u32, help: "packets are padded to this length" },
  dir: { arg: oneOf("in", "out"), help: "which way (Linux 6.10)" },
} satisfies Options;

/** ip writes the number as the network does. */
const swapped = (x: number, little: boolean): number =>
  little ? new DataView(Uint32Array.of(x).buffer).getUint32(0) : x;

/** With none of its words, ip ends by `status`. */
function idOf({ src, dst, proto, spi, mark }: Values<typeof one>, status: number): XfrmStateId {
  if ([src, dst, proto, spi].every((word) => word === undefined))
    throw new CommandError(status, "Not enough information: ID is required");
  if (proto === undefined) throw new CommandError(EXIT.usage, 'Error: argument "XFRM-PROTO" is required');
  return {
    dst: plainAddress(dst ?? (src?.includes(":") ? "::" : "0.0.0.0")),
    proto,
    spi: spi ?? 0,
    ...(src !== undefined && { src: plainAddress(src) }),
    ...(mark !== undefined && { mark }),
  };
}

async function edit(context: Context, verb: "add" | "update", values: Values<typeof editOptions>): Promise<void> {
  const host = await hostOf(context);
  const v = values;
  const identity = idOf(v, EXIT.failure);
  const wide = (low = 0, high = 0) => (BigInt(high) << 32n) | BigInt(low);
  const names = <N extends string>(table: { readonly [name in N]: number }, bits = 0) =>
    (Object.keys(table) as N[]).filter((name) => bits & table[name]);
  const auth = v.auth_trunc ?? v.auth;
  const state: XfrmStateOptions = {
    ...identity,
    src: identity.src ?? (identity.dst.includes(":") ? "::" : "0.0.0.0"),
    mode: v.mode,
    reqid: v.reqid,
    seq: v.seq === undefined ? undefined : swapped(v.seq, host.channel.transport.byteOrder === "little"),
    enc: v.enc,
    auth,
    aead: v.aead,
    comp: v.comp === undefined ? undefined : { name: v.comp },
    replayWindow: v.replay_window,
    replaySeq: wide(v.replay_seq, v.replay_seq_hi),
    replayOseq: wide(v.replay_oseq, v.replay_oseq_hi),
    flags: names(xfrmStateFlags.values, v.flag),
    extraFlags: names(xfrmExtraFlags.values, v.extra_flag),
    selector: v.sel,
    limits: limitsOf(v),
    encap: v.encap,
    coa: v.coa === undefined ? undefined : plainAddress(v.coa),
    offload: v.offload,
    outputMark: v.output_mark,
    ifId: v.if_id,
    tfcPadBytes: v.tfcpad,
    dir: v.dir,
  };
  await new XfrmStates(host)[verb](state);
}

const filterOptions = { ...id, ...kind, flag: { arg: flags, help: "of which it has one" } } satisfies Options;
type Filter = Values<typeof filterOptions>;
async function matching(context: Context, filter: Filter): Promise<XfrmStateMessage[]> {
  const { src, dst, proto, spi, mode, reqid, flag } = filter;
  const [from, to] = [src, dst].map((word) => (word === undefined ? undefined : parsePrefix("prefix", word, true)));
  const states = await new XfrmStates(await hostOf(context)).list({ proto, spi, mode, reqid });
  return states
    .map(({ message }) => message)
    .filter(
      (m) =>
        (from === undefined || contains(from, String(m.saddr))) &&
        (to === undefined || contains(to, String(m.daddr))) &&
        (flag === undefined || (m.flags & flag) !== 0),
    );
}
async function print(context: Context, messages: readonly XfrmStateMessage[], nokeys = false): Promise<void> {
  const style = await styleOf(context, await hostOf(context));
  await context.printer.list((item) => {
    for (const m of messages) item(shown(context, (out) => printState(m, out, style, nokeys)));
  });
}

const allocOptions = {
  src: id.src,
  dst: id.dst,
  proto: id.proto,
  mark: one.mark,
  ...kind,
  seq: editOptions.seq,
  min: { arg: u32, help: "the least SPI" },
  max: { arg: u32, help: "the greatest" },
} satisfies Options;
async function allocate(context: Context, values: Values<typeof allocOptions>): Promise<void> {
  const { min, max, mode, reqid, seq } = values;
  if ((min === undefined) !== (max === undefined))
    throw new CommandError(EXIT.failure, `"${min === undefined ? "min" : "max"}" is missing`);
  const { spi: _, ...identity } = idOf(values, EXIT.failure);
  const host = await hostOf(context);
  // IPComp's are of 16 bits.
  const most = identity.proto === xfrmProtocols.values.comp ? 0xffff : undefined;
  const state = await new XfrmStates(host).allocateSpi({
    ...identity,
    src: identity.src ?? "0.0.0.0",
    mode,
    reqid,
    seq: seq === undefined ? undefined : swapped(seq, host.channel.transport.byteOrder === "little"),
    min,
    max: max ?? most,
  });
  await print(context, [state.message]);
}

async function count(context: Context): Promise<void> {
  const { channel } = await hostOf(context);
  const message = { type: XFRM_MSG.getsadinfo, schema: stateCounts, value: { flags: 0xffffffff } };
  const { cnt = 0, hinfo } = await ask(channel, message, stateCounts, { operation: "count states" });
  const stats = (context.globals.statistics ?? 0) > 0;
  await context.printer.list((item) =>
    item((out) => {
      out.put("count", cnt, `\t SAD count ${cnt}`);
      out.put("buckets", hinfo?.sadhcnt ?? 0, stats ? ` (buckets count ${hinfo?.sadhcnt}` : "");
      out.put("maxBuckets", hinfo?.sadhmcnt ?? 0, stats ? ` Max ${hinfo?.sadhmcnt})` : "");
      out.say("\n");
    }),
  );
}

const editing = commandsOf(editOptions, [], edit);
export const state = group({
  name: "state",
  help: "security associations",
  otherwise: "list",
  entries: [
    editing("add", "add", "add a state"),
    editing("update", "update", "change one"),
    command({ name: "allocspi", help: "have the kernel choose an SPI", options: allocOptions, run: allocate }),
    command({
      name: "delete",
      help: "remove one",
      options: one,
      run: async (context, values) => new XfrmStates(await hostOf(context)).remove(idOf(values, EXIT.refused)),
    }),
    command({
      name: "get",
      help: "show one",
      options: one,
      run: async (context, values) =>
        print(context, [(await new XfrmStates(await hostOf(context)).get(idOf(values, EXIT.refused))).message]),
    }),
    command({
      name: "deleteall",
      also: ["delall"],
      help: "remove all that a filter keeps",
      options: filterOptions,
      async run(context, filter) {
        const states = new XfrmStates(await hostOf(context));
        for (const m of await matching(context, filter))
          await states.removeIfExists({
            src: String(m.saddr),
            dst: String(m.daddr),
            proto: m.proto,
            spi: m.spi,
            ...(m.mark && { mark: m.mark }),
          });
      },
    }),
    command({
      name: "list",
      also: ["show", "lst", "ls"],
      help: "show states",
      options: { nokeys: { help: "without their keys" }, ...filterOptions },
      run: async (context, { nokeys, ...filter }) => print(context, await matching(context, filter), nokeys),
    }),
    command({
      name: "flush",
      help: "remove all",
      options: { proto: { arg: proto, help: "of one protocol only" } },
      run: async (context, values) => new XfrmStates(await hostOf(context)).flush(values),
    }),
    command({ name: "count", help: "how many there are", run: count }),
  ],
});
