/** `type vxlan` and `type geneve` (ip/iplink_vxlan.c, ip/iplink_geneve.c). @module */
import { geneveDf } from "../../../codec/rtnetlink/link/kinds/geneve.ts";
import { nameOf } from "../../../codec/schema/scalar.ts";
import { parseIp } from "../../../codec/wire/ip.ts";
import { wrong } from "../../failure.ts";
import { device, integer, oneWord } from "../../grammar/args.ts";
import type { Arg } from "../../grammar/command.ts";
import { custom, type Data, deviceRow, type KindWords, name, noSwitch, type Row, row } from "./rows.ts";

const VNI = 0xffffff;
/** iproute2 tells groups from single ends by the word. */
const isMulticast = (address: string): boolean =>
  address.includes(":") ? /^ff/i.test(address) : Number(address.split(".")[0]) >> 4 === 14;
const end = (multicast: boolean | undefined, what: string): Arg<string> => ({
  syntax: "ADDRESS",
  read(parser) {
    const word = parser.next();
    if (word === "any") return "0.0.0.0";
    if (!parseIp(word) || (multicast !== undefined && isMulticast(word) !== multicast))
      throw wrong(word, `invalid ${what} address`);
    return word;
  },
});
/** IPv4 and IPv6 have an attribute each. */
const putEnd = (field: string) => (data: Data, address: string) => {
  const six = address.includes(":");
  data[six ? `${field}6` : field] = address;
  delete data[six ? field : `${field}6`];
};
const printEnd =
  (field: string, word: (address: string) => string): NonNullable<Row["print"]> =>
  (data, { out }) => {
    const [four, six] = [data[field] as string | undefined, data[`${field}6`] as string | undefined];
    const address =
      four !== undefined && four !== "0.0.0.0" ? four : six !== undefined && six !== "::" ? six : undefined;
    if (address !== undefined)
      out.put(`${word(address)}${address === six ? "6" : ""}`, address, `${word(address)} ${address} `);
  };
const INHERIT = -1;
/** `auto` is 0; `inherit` has an attribute of its own. */
const ttl = (flag: true | 1): Row =>
  custom(
    {
      ttl: {
        help: "TTL of the outer header",
        also: ["hoplimit"],
        arg: oneWord(
          "{ NUMBER | auto | inherit }",
          (word) =>
            word === "inherit"
              ? INHERIT
              : word === "auto"
                ? 0
                : /^\d+$/.test(word) && Number(word) <= 255
                  ? Number(word)
                  : undefined,
          "TTL must be <= 255",
          ["auto", "inherit"],
        ),
        put(data: Data, value: number) {
          if (value === INHERIT) data.ttlInherit = flag;
          else data.ttl = value;
        },
      },
    },
    (data, { out }) => {
      const inherit = data.ttlInherit;
      if (inherit === true || inherit === 1) out.say("ttl inherit ");
      else if (data.ttl !== undefined)
        out.put("ttl", data.ttl as number, data.ttl === 0 ? "ttl auto " : `ttl ${data.ttl} `);
    },
  );
const tos = row(
  "tos",
  "type of service of the outer header",
  oneWord(
    "{ NUMBER | inherit }",
    (word) =>
      word === "inherit" ? 1 : /^(0x[\da-f]+|\d+)$/i.test(word) && Number(word) <= 255 ? Number(word) : undefined,
    "invalid TOS",
    ["inherit"],
  ),
  { also: ["dsfield"], when: (value) => value !== 0 },
  (value: number) => ({
    json: `0x${value.toString(16)}`,
    text: value === 1 ? "tos inherit " : `tos 0x${value.toString(16)} `,
  }),
);
const df = row("df", "don't fragment", name(geneveDf), {}, (value: number) => {
  const word = nameOf(geneveDf, value) ?? String(value);
  return { json: word, text: value === 0 ? "" : `df ${word} ` };
});
const label = (): Row =>
  row(
    "flowlabel",
    "flow label of the outer header",
    integer("LABEL", 0xfffff),
    { field: "label", json: "label", also: ["fl"], when: (value) => value !== 0 },
    (value: number) => ({
      json: `0x${value.toString(16)}`,
      text: `flowlabel 0x${value.toString(16)} `,
    }),
  );
const dstport = row(
  "dstport",
  "UDP port",
  integer("PORT", 0xffff),
  { field: "port", json: "port" },
  (value: number) => ({
    json: value,
    text: `dstport ${value} `,
  }),
);
const external = (on: unknown): Row =>
  custom(
    {
      external: { help: "ends and ids come with each packet", put: (data: Data) => void (data.collectMetadata = on) },
      noexternal: {
        help: "",
        hidden: true,
        put: (data: Data) => void (data.collectMetadata = on === true ? undefined : 0),
      },
    },
    (data, { out }) => {
      if (data.collectMetadata) out.put("external", true, "external ");
    },
  );
const id = custom(
  {
    id: {
      help: "the network",
      also: ["vni"],
      arg: oneWord(
        "VNI",
        (word) => (/^(0x[\da-f]+|\d+)$/i.test(word) && Number(word) <= VNI ? Number(word) : undefined),
        "invalid id",
      ),
      put: (data: Data, value: number) => void (data.id = value),
    },
  },
  (data, { out }) => {
    if (data.id !== undefined) out.put("id", data.id as number, `id ${data.id} `);
  },
);
/** A switch of a byte: `loud`, both states are shown; else only the one that is not usual. */
const byteSwitch = (
  word: string,
  field: string,
  json: string,
  help: string,
  shows: "both" | "on" | "off",
  off = `no${word}`,
): Row =>
  noSwitch(
    word,
    help,
    (data, on) => void (data[field] = on ? 1 : 0),
    (data, { out }) => {
      const value = data[field] as number | undefined;
      if (value === undefined) return;
      const on = value !== 0;
      if (shows === "both") out.put(json, on, on ? `${word} ` : `${off} `);
      else if (shows === "on") {
        if (on) out.put(json, true, `${word} `);
      } else out.put(json, on, on ? undefined : `${off} `);
    },
  );

export const vxlan: KindWords = {
  rows: [
    external(1),
    byteSwitch("vnifilter", "vnifilter", "vnifilter", "only ids that were added", "on"),
    id,
    custom(
      {
        remote: { help: "the other end", arg: end(false, "remote"), put: putEnd("group") },
        group: { help: "the multicast group of the other ends", arg: end(true, "group"), put: putEnd("group") },
      },
      printEnd("group", (address) => (isMulticast(address) ? "group" : "remote")),
    ),
    custom(
      { local: { help: "this end", arg: end(false, "local"), put: putEnd("local") } },
      printEnd("local", () => "local"),
    ),
    deviceRow("dev", "the device that it goes through", device, { field: "link", json: "link" }),
    custom(
      {
        srcport: {
          help: "UDP source ports, from one to another",
          also: ["port"],
          arg: {
            syntax: "LOW HIGH",
            read: (parser, word) => {
              const port = integer("PORT", 0xffff);
              return { low: port.read(parser, word), high: port.read(parser, word) };
            },
          } as Arg<{ low: number; high: number }>,
          put: (data: Data, range: object) => void (data.portRange = range),
        },
      },
      (data, { out }) => {
        const range = data.portRange as { low: number; high: number } | undefined;
        if (range) out.put("port_range", { low: range.low, high: range.high }, `srcport ${range.low} ${range.high} `);
      },
    ),
    dstport,
    byteSwitch("learning", "learning", "learning", "learn addresses", "off"),
    byteSwitch("proxy", "proxy", "proxy", "answer ARP here", "on"),
    byteSwitch("rsc", "rsc", "rsc", "route short circuit", "on"),
    byteSwitch("l2miss", "l2miss", "l2miss", "tell of unknown MAC addresses", "on"),
    byteSwitch("l3miss", "l3miss", "l3miss", "tell of unknown IP addresses", "on"),
    tos,
    ttl(true),
    df,
    label(),
    row(
      "ageing",
      "life of learned addresses, in seconds",
      oneWord(
        "{ SECONDS | none }",
        (word) => (word === "none" ? 0 : /^\d+$/.test(word) && Number(word) <= 0xffffffff ? Number(word) : undefined),
        "ageing timer",
      ),
      {},
      (value: number) => ({ json: value, text: value === 0 ? "ageing none " : `ageing ${value} ` }),
    ),
    row(
      "maxaddress",
      "addresses at most",
      oneWord(
        "{ NUMBER | unlimited }",
        (word) =>
          word === "unlimited" ? 0 : /^\d+$/.test(word) && Number(word) <= 0xffffffff ? Number(word) : undefined,
        "max addresses",
      ),
      { field: "limit", json: "limit", when: (value) => value !== 0 },
      (value: number) => ({ json: value, text: `maxaddr ${value} ` }),
    ),
    noSwitch("localbypass", "straight to a device of this host", (data, on) => void (data.localbypass = on ? 1 : 0)),
    byteSwitch("udpcsum", "udpCsum", "udp_csum", "checksum of UDP", "both"),
    byteSwitch("udp6zerocsumtx", "udpZeroCsum6Tx", "udp_zero_csum6_tx", "none over IPv6, of what goes out", "both"),
    byteSwitch("udp6zerocsumrx", "udpZeroCsum6Rx", "udp_zero_csum6_rx", "and of what comes in", "both"),
    byteSwitch("remcsumtx", "remcsumTx", "remcsum_tx", "remote checksum offload, of what goes out", "on"),
    byteSwitch("remcsumrx", "remcsumRx", "remcsum_rx", "and of what comes in", "on"),
    flag("gbp", "gbp", "gbp", "group based policy"),
    flag("gpe", "gpe", "gpe", "generic protocol extension"),
  ],
  finish(data, create) {
    if (!create) return;
    // What comes with packets is not learned from them.
    if (data.collectMetadata) data.learning ??= 0;
    // As iproute2: the kernel's default is the port of before the standard.
    if (data.port === undefined && data.gpe) data.port = 4790;
  },
};
function flag(word: string, field: string, json: string, help: string): Row {
  return custom({ [word]: { help, put: (data: Data) => void (data[field] = true) } }, (data, { out }) => {
    if (data[field]) out.put(json, true, `${word} `);
  });
}

export const geneve: KindWords = {
  rows: [
    external(true),
    id,
    custom(
      { remote: { help: "the other end", arg: end(false, "remote"), put: putEnd("remote") } },
      printEnd("remote", () => "remote"),
    ),
    ttl(1),
    tos,
    df,
    label(),
    dstport,
    byteSwitch("udpcsum", "udpCsum", "udp_csum", "checksum of UDP", "both"),
    byteSwitch("udp6zerocsumtx", "udpZeroCsum6Tx", "udp_zero_csum6_tx", "none over IPv6, of what goes out", "on"),
    byteSwitch("udp6zerocsumrx", "udpZeroCsum6Rx", "udp_zero_csum6_rx", "and of what comes in", "both"),
    flag("innerprotoinherit", "innerProtoInherit", "inner_proto_inherit", "the protocol inside is not always Ethernet"),
  ],
};
