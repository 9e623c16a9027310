/** The words that `ip xfrm state` and `ip xfrm policy` share (ip/ipxfrm.c). @module */
import type { XfrmLimitsOptions, XfrmMark } from "../../../api/xfrm/common.ts";
import type { XfrmSelectorOptions } from "../../../api/xfrm/selector.ts";
import { parseIp } from "../../../codec/wire/ip.ts";
import { xfrmModes, xfrmProtocols } from "../../../codec/xfrm/types.ts";
import { usage, wrong } from "../../failure.ts";
import { device, integer, networkOf, oneWord, prefix } from "../../grammar/args.ts";
import type { Arg, Options, Values } from "../../grammar/command.ts";
import { named } from "../../grammar/named.ts";
import type { Parser } from "../../grammar/parser.ts";

export const u32 = integer();
export const u8 = integer("NUMBER", 0xff);
const u16 = integer("PORT", 0xffff);

/** What the kernel counts in 64 bits, and options take as numbers. */
const amount = oneWord("NUMBER", (word) => (/^(\d+|0x[\da-f]+)$/i.test(word) ? Number(word) : undefined));

/** A number of a table of names, or the number. */
const ofNames = (syntax: string, values: { readonly [name: string]: number }): Arg<number> =>
  oneWord(
    syntax,
    (word) => (Object.hasOwn(values, word.replace("_", "-")) ? values[word.replace("_", "-")] : undefined),
    `not one of ${Object.keys(values).join(", ")}`,
    Object.keys(values),
  );
export const proto = ofNames("XFRM-PROTO", xfrmProtocols.values);
/** Any beginning will do, as iproute2's `matches` has it. */
export const mode: Arg<number> = oneWord(
  "MODE",
  (word) => Object.entries(xfrmModes.values).find(([name]) => name.replace("-", "_").startsWith(word))?.[1],
  `not one of ${Object.keys(xfrmModes.values).join(", ")}`,
);

/** Names, as many as follow: `flag noecn esn`; or bits, `flag 0x3`. */
export const flagList = (values: { readonly [name: string]: number }): Arg<number> => ({
  syntax: `{ ${Object.keys(values).join(" | ")} } …`,
  complete: Object.keys(values),
  read(parser) {
    const first = parser.next();
    if (/^0x[\da-f]+$/i.test(first)) return Number(first);
    if (!Object.hasOwn(values, first)) throw wrong(first, `not one of ${Object.keys(values).join(", ")}`);
    let bits = values[first]!;
    while (parser.ahead !== undefined && Object.hasOwn(values, parser.ahead)) bits |= values[parser.next()]!;
    return bits;
  },
});

/** `5`, `5 mask 0xff`. */
export const mark: Arg<XfrmMark> = {
  syntax: "MARK [ mask MASK ]",
  read(parser, word) {
    const value = u32.read(parser, word);
    const { mask } = parser.within({ mask: { arg: u32, help: "which bits count" } });
    return mask === undefined ? value : { value, mask };
  },
};

const LIMITS = {
  time_soft: "softSeconds",
  time_hard: "hardSeconds",
  time_use_soft: "softUseSeconds",
  time_use_hard: "hardUseSeconds",
  byte_soft: "softBytes",
  byte_hard: "hardBytes",
  packet_soft: "softPackets",
  packet_hard: "hardPackets",
} as const satisfies { readonly [word: string]: keyof XfrmLimitsOptions };
/** `byte-soft 1000`. */
const limit: Arg<XfrmLimitsOptions> = {
  syntax:
    "{ time-soft | time-hard | time-use-soft | time-use-hard | byte-soft | byte-hard | packet-soft | packet-hard } NUMBER",
  read(parser) {
    const word = parser.next();
    const key = LIMITS[word.replaceAll("-", "_") as keyof typeof LIMITS];
    if (key === undefined) throw wrong(word, '"LIMIT" is invalid');
    return { [key]: amount.read(parser, word) };
  },
};
export const limits = { limit: { arg: limit, many: true, help: "when it expires" } } satisfies Options;
export const limitsOf = ({ limit = [] }: { limit?: XfrmLimitsOptions[] }): XfrmLimitsOptions =>
  Object.assign({}, ...limit);

const dotted = oneWord("{ DOTTED-QUAD | NUMBER }", (word) => {
  const bytes = word.includes(".") ? parseIp(word) : undefined;
  if (bytes?.length === 4) return new DataView(bytes.buffer, bytes.byteOffset).getUint32(0);
  return /^(\d+|0x[\da-f]+)$/i.test(word) && Number(word) <= 0xffffffff ? Number(word) : undefined;
});
/** Which packets. */
export const selector = {
  src: { arg: prefix, help: "source prefix" },
  dst: { arg: prefix, help: "destination prefix" },
  dev: { arg: device, help: "the device that packets go by" },
  proto: { arg: named("PROTO", "ipProtocols"), help: "IP protocol" },
  sport: { arg: u16, help: "source port" },
  dport: { arg: u16, help: "destination port" },
  type: { arg: u8, help: "of ICMP" },
  code: { arg: u8, help: "of ICMP" },
  key: { arg: dotted, help: "of GRE" },
} satisfies Options;
type SelectorValues = Values<typeof selector>;
export function selectorOf(values: SelectorValues): XfrmSelectorOptions | undefined {
  const { src, dst, dev, proto, sport, dport, type, code, key } = values;
  const given = {
    ...(src !== undefined && { src: networkOf(src) }),
    ...(dst !== undefined && { dst: networkOf(dst) }),
    ...(dev !== undefined && dev !== "none" && { dev }),
    ...(proto !== undefined && proto !== 0 && { proto }),
    // Port 0 is any.
    ...(sport && { sport }),
    ...(dport && { dport }),
    ...(type !== undefined && { type }),
    ...(code !== undefined && { code }),
    ...(key !== undefined && { key }),
  };
  return Object.keys(given).length === 0 ? undefined : given;
}
/** A selector behind its word: `sel src 10.0.0.0/8 proto tcp`. */
export const nestedSelector: Arg<XfrmSelectorOptions> = {
  syntax: "SELECTOR",
  read(parser: Parser, word) {
    const given = selectorOf(parser.within(selector));
    if (!given) throw usage(`Error: "${word}": a SELECTOR is missing`);
    return given;
  },
};

/** An address: ip takes a prefix's for it. */
export const plainAddress = (prefix: string): string => prefix.split("/")[0]!;
