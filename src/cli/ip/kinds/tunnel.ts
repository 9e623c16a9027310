/** `type gre`, `ipip`, `ip6tnl` and their like (ip/link_gre.c, link_gre6.c, link_iptnl.c, link_ip6tnl.c, link_vti.c, link_vti6.c). @module */
import { erspanDirections, greFlags } from "../../../codec/rtnetlink/link/kinds/gre.ts";
import { sitFlags } from "../../../codec/rtnetlink/link/kinds/iptun.ts";
import { ip6TunnelFlags, tunnelEncapFlags, tunnelEncaps } from "../../../codec/rtnetlink/link/kinds/tunnel.ts";
import { nameOf } from "../../../codec/schema/scalar.ts";
import { parseIp } from "../../../codec/wire/ip.ts";
import { failure } from "../../failure.ts";
import { device, integer, oneWord, wholePrefix } from "../../grammar/args.ts";
import type { Arg } from "../../grammar/command.ts";
import { named } from "../../grammar/named.ts";
import {
  custom,
  type Data,
  deviceRow,
  hex,
  type KindWords,
  name,
  noSwitch,
  number,
  type Row,
  row,
  shown,
} from "./rows.ts";

const ANY = { 4: "0.0.0.0", 16: "::" } as const;
type Bytes = keyof typeof ANY;
/** An address of one end, or `any`. */
const end = (bytes: Bytes): Arg<string> => ({
  syntax: "{ ADDRESS | any }",
  complete: ["any"],
  read(parser) {
    const word = parser.next();
    if (word === "any") return ANY[bytes];
    if (parseIp(word)?.length !== bytes)
      throw failure(`Error: ${bytes === 4 ? "inet" : "inet6"} address is expected rather than "${word}".`);
    return word;
  },
});
const address = (word: "remote" | "local", bytes: Bytes): Row =>
  row(word, word === "remote" ? "the other end" : "this end", end(bytes), {}, (value: string) => {
    const text = value === ANY[bytes] ? "any" : value;
    return { json: text, text: `${word} ${text} ` };
  });
/** Both ends; what the kernel leaves out is any. */
const ends = (bytes: Bytes): Row[] =>
  (["remote", "local"] as const).map((word) => {
    const plain = address(word, bytes);
    return { ...plain, print: (data, place) => plain.print!({ [word]: ANY[bytes], ...data }, place) };
  });
const dev = deviceRow("dev", "the device that it goes through", device, { field: "link", json: "link" });
const external = custom(
  {
    external: { help: "ends and keys come with each packet", put: (data: Data) => void (data.collectMetadata = true) },
  },
  (data, { out }) => {
    if (data.collectMetadata) out.put("external", true, "external ");
  },
);
const byteOr = (max: number, words: { readonly [word: string]: number }): Arg<number> => ({
  ...integer("NUMBER", max),
  syntax: `{ NUMBER | ${Object.keys(words).join(" | ")} }`,
  read(parser, word) {
    const ahead = parser.ahead;
    if (ahead !== undefined && Object.hasOwn(words, ahead)) return words[parser.next()]!;
    return integer("NUMBER", max).read(parser, word);
  },
});
/** 0 is as of the packet inside. */
const ttl = row(
  "ttl",
  "TTL of the outer header",
  byteOr(255, { inherit: 0 }),
  { also: ["hoplimit", "hlim"] },
  (value: number) => ({
    json: value,
    text: value === 0 ? "ttl inherit " : `ttl ${value} `,
  }),
);
const dsfield = named("TOS", "dsfields");
export const tosArg: Arg<number> = {
  ...dsfield,
  syntax: "{ TOS | inherit }",
  read: (parser, word) => (parser.take("inherit") ? 1 : dsfield.read(parser, word)),
};
export const tos = row(
  "tos",
  "type of service of the outer header",
  tosArg,
  { also: ["tclass", "dsfield"], when: (value) => value !== 0 },
  (value: number) => {
    const text = `0x${value.toString(16)}`;
    return { json: text, text: value === 1 ? "tos inherit " : `tos ${text} ` };
  },
);
const set = (field: string) => (data: Data, on: boolean) => void (data[field] = on ? 1 : 0);
/** Whether there is path MTU discovery; tunnels of GRE say only that there is none. */
const pmtudisc = (quiet: boolean): Row =>
  noSwitch("pmtudisc", "path MTU discovery", set("pmtudisc"), (data, { out }) => {
    const on = data.pmtudisc as number | undefined;
    if (on !== undefined) out.put("pmtudisc", on !== 0, on ? (quiet ? undefined : "pmtudisc ") : "nopmtudisc ");
  });
const ignoreDf = noSwitch(
  "ignore-df",
  "whatever the packet inside says of fragments",
  set("ignoreDf"),
  (data, { out }) => {
    if (data.ignoreDf) out.put("ignore_df", true, "ignore-df ");
  },
);
const fwmark = (inherit: boolean): Row => {
  const base = hex("fwmark", "mark of outer packets", { when: (value) => value !== 0 });
  if (!inherit) return base;
  const bit = ip6TunnelFlags.values.use_orig_fwmark;
  return custom(
    {
      fwmark: {
        help: "mark of outer packets",
        arg: { ...byteOr(0xffffffff, { inherit: -1 }) },
        put(data: Data, value: number) {
          setFlag(data, bit, value === -1);
          if (value !== -1) data.fwmark = value;
        },
      },
    },
    (data, place) => {
      if (flagsOf(data) & bit) place.out.put("ip6_tnl_f_use_orig_fwmark", true, "fwmark inherit ");
      else base.print!(data, place);
    },
  );
};

// ---- keys, sequence numbers, checksums ----------------------------------------------------------------------------------------
const key: Arg<number> = oneWord("KEY", (word) => {
  if (/^\d+$/.test(word) && Number(word) <= 0xffffffff) return Number(word);
  const bytes = word.includes(".") ? parseIp(word) : undefined;
  return bytes?.reduce((sum, byte) => sum * 256 + byte, 0);
});
const dotted = (value: number): string => [24, 16, 8, 0].map((shift) => (value >>> shift) & 0xff).join(".");
const bits = greFlags.values;
type Way = "i" | "o";
const mark = (data: Data, way: Way, bit: number, on: boolean) => {
  const field = `${way}flags`;
  const flags = (data[field] as number | undefined) ?? 0;
  data[field] = on ? flags | bit : flags & ~bit;
};
function putKey(ways: readonly Way[]) {
  return (data: Data, value: number) => {
    for (const way of ways) {
      data[`${way}key`] = value;
      mark(data, way, bits.key, true);
    }
  };
}
const dropKey = (ways: readonly Way[]) => (data: Data) => {
  for (const way of ways) {
    data[`${way}key`] = 0;
    mark(data, way, bits.key, false);
  }
};
const keys = custom(
  {
    key: { help: "key, of both ways", arg: key, put: putKey(["i", "o"]) },
    ikey: { help: "key of what comes in", arg: key, put: putKey(["i"]) },
    okey: { help: "key of what goes out", arg: key, put: putKey(["o"]) },
    nokey: { help: "none", hidden: true, put: dropKey(["i", "o"]) },
    noikey: { help: "none", hidden: true, put: dropKey(["i"]) },
    nookey: { help: "none", hidden: true, put: dropKey(["o"]) },
  },
  (data, { out }) => {
    for (const way of ["i", "o"] as const)
      if (((data[`${way}flags`] as number | undefined) ?? 0) & bits.key)
        out.put(
          `${way}key`,
          dotted((data[`${way}key`] as number | undefined) ?? 0),
          `${way}key ${dotted((data[`${way}key`] as number | undefined) ?? 0)} `,
        );
  },
);
/** `seq`, `iseq`, `oseq`, and the same with "no". */
const bothWays = (word: "seq" | "csum", help: string): Row =>
  custom(
    Object.fromEntries(
      (
        [
          ["", ["i", "o"]],
          ["i", ["i"]],
          ["o", ["o"]],
        ] as const
      ).flatMap(([prefix, ways]) =>
        [true, false].map((on) => [
          `${on ? "" : "no"}${prefix}${word}`,
          {
            help: prefix === "" ? help : `${help}, of what ${prefix === "i" ? "comes in" : "goes out"}`,
            hidden: !on,
            put: (data: Data) => ways.forEach((way) => void mark(data, way, bits[word], on)),
          },
        ]),
      ),
    ),
    (data, { out }) => {
      for (const way of ["i", "o"] as const)
        if (((data[`${way}flags`] as number | undefined) ?? 0) & bits[word])
          out.put(`${way}${word}`, true, `${way}${word} `);
    },
  );
const gre = [keys, bothWays("seq", "sequence numbers"), bothWays("csum", "checksums")];

// ---- tunnels within UDP -------------------------------------------------------------------------------------------------------
const encapBits = tunnelEncapFlags.values;
const encapFlag = (word: string, bit: number, also: readonly string[] = []) =>
  Object.fromEntries(
    [true, false].map((on) => [
      `${on ? "" : "no"}encap-${word}`,
      {
        help: `${word} of the UDP header`,
        hidden: !on,
        also: also.map((other) => `${on ? "" : "no"}encap-${other}`),
        put(data: Data) {
          const flags = (data.encapFlags as number | undefined) ?? 0;
          data.encapFlags = on ? flags | bit : flags & ~bit;
        },
      },
    ]),
  );
const encapPort = (word: "sport" | "dport") => ({
  help: `${word === "sport" ? "source" : "destination"} port of the UDP header`,
  arg: byteOr(0xffff, { auto: 0 }),
  put: (data: Data, port: number) => void (data[word === "sport" ? "encapSport" : "encapDport"] = port),
});
const encap = custom(
  {
    encap: {
      help: "within UDP",
      arg: name({ ...tunnelEncaps, values: { none: 0, fou: 1, gue: 2 } } as never),
      put: (data: Data, type: number) => void (data.encapType = type),
    },
    noencap: { help: "not within UDP", put: (data: Data) => void (data.encapType = 0) },
    "encap-sport": encapPort("sport"),
    "encap-dport": encapPort("dport"),
    ...encapFlag("csum", encapBits.csum),
    ...encapFlag("csum6", encapBits.csum6, ["udp6-csum"]),
    ...encapFlag("remcsum", encapBits.remcsum),
  },
  (data, { out }) => {
    const type = data.encapType as number | undefined;
    if (!type) return;
    const word = nameOf(tunnelEncaps, type) ?? "unknown";
    const [sport, dport] = [(data.encapSport as number | undefined) ?? 0, (data.encapDport as number | undefined) ?? 0];
    const flags = (data.encapFlags as number | undefined) ?? 0;
    out.object("encap", (one) => {
      one.put("type", word, `encap ${word} `);
      one.put("sport", sport, `encap-sport ${sport || "auto"} `);
      one.put("dport", dport, `encap-dport ${dport} `);
      for (const flag of ["csum", "csum6", "remcsum"] as const) {
        const on = (flags & encapBits[flag]) !== 0;
        one.put(flag, on, `${on ? "" : "no"}encap-${flag} `);
      }
    });
  },
);

// ---- ERSPAN -------------------------------------------------------------------------------------------------------------------
const erspan: Row[] = [
  number("erspan", "index of ERSPAN, version 1", {
    field: "erspanIndex",
    json: "erspan_index",
    max: 0xfffff,
    silent: true,
  }),
  shown((data, { out }) => {
    if (data.erspanIndex !== undefined)
      out.put("erspan_index", data.erspanIndex as number, `erspan_index ${data.erspanIndex} `);
  }),
  number("erspan_ver", "version of ERSPAN", { max: 2 }),
  row("erspan_dir", "direction, version 2", name(erspanDirections), {}, (value: number) => ({
    json: nameOf(erspanDirections, value) ?? value,
    text: `erspan_dir ${nameOf(erspanDirections, value) ?? value} `,
  })),
  hex("erspan_hwid", "hardware id, version 2", { max: 0x3f }),
];

// ---- IPv6 ---------------------------------------------------------------------------------------------------------------------
const six = ip6TunnelFlags.values;
const flagsOf = (data: Data): number => (data.flags as number | undefined) ?? 0;
function setFlag(data: Data, bit: number, on: boolean): void {
  data.flags = on ? flagsOf(data) | bit : flagsOf(data) & ~bit;
}
const flow = (data: Data): number => (data.flowinfo as number | undefined) ?? 0;
const NONE = -1;
const hoplimit = row(
  "hoplimit",
  "hop limit of the outer header",
  byteOr(255, { inherit: 0 }),
  { also: ["ttl", "hlim"], field: "ttl", json: "ttl" },
  (value: number) => ({
    json: value,
    text: value === 0 ? "hoplimit inherit " : `hoplimit ${value} `,
  }),
);
const encaplimit = custom(
  {
    encaplimit: {
      help: "tunnels within tunnels at most",
      arg: byteOr(255, { none: NONE }),
      put(data: Data, value: number) {
        setFlag(data, six.ign_encap_limit, value === NONE);
        if (value !== NONE) data.encapLimit = value;
      },
    },
  },
  (data, { out }) => {
    if (flagsOf(data) & six.ign_encap_limit) out.put("ip6_tnl_f_ign_encap_limit", true, "encaplimit none ");
    else if (data.encapLimit !== undefined)
      out.put("encap_limit", data.encapLimit as number, `encaplimit ${data.encapLimit} `);
  },
);
const tclass = custom(
  {
    tclass: {
      help: "traffic class of the outer header",
      also: ["tc", "tos", "dsfield"],
      arg: {
        ...tosArg,
        read: (parser, word) => (parser.take("inherit") ? NONE : dsfield.read(parser, word)),
      } as Arg<number>,
      put(data: Data, value: number) {
        setFlag(data, six.use_orig_tclass, value === NONE);
        data.flowinfo = ((flow(data) & ~0x0ff00000) | (value === NONE ? 0 : value << 20)) >>> 0;
      },
    },
  },
  (data, { out }) => {
    if (flagsOf(data) & six.use_orig_tclass) out.put("ip6_tnl_f_use_orig_tclass", true, "tclass inherit ");
    else if (data.flowinfo !== undefined) {
      const text = `0x${((flow(data) >>> 20) & 0xff).toString(16).padStart(2, "0")}`;
      out.put("tclass", text, `tclass ${text} `);
    }
  },
);
const flowlabel = custom(
  {
    flowlabel: {
      help: "flow label of the outer header",
      also: ["fl"],
      // iproute2 reads it as hexadecimal.
      arg: {
        ...oneWord(
          "{ LABEL | inherit }",
          (word) =>
            word === "inherit" ? NONE : /^(0x)?[\da-f]{1,5}$/i.test(word) ? Number.parseInt(word, 16) : undefined,
          "invalid Flowlabel",
        ),
      },
      put(data: Data, value: number) {
        setFlag(data, six.use_orig_flowlabel, value === NONE);
        data.flowinfo = ((flow(data) & ~0xfffff) | (value === NONE ? 0 : value)) >>> 0;
      },
    },
  },
  (data, { out }) => {
    if (flagsOf(data) & six.use_orig_flowlabel) out.put("ip6_tnl_f_use_orig_flowlabel", true, "flowlabel inherit ");
    else if (data.flowinfo !== undefined) {
      const text = `0x${(flow(data) & 0xfffff).toString(16).padStart(5, "0")}`;
      out.put("flowlabel", text, `flowlabel ${text} `);
    }
  },
);
const dscp = custom(
  {
    dscp: {
      help: "inherit: copy it to the packet inside",
      arg: oneWord("inherit", (word) => (word === "inherit" ? true : undefined), "not inherit"),
      put: (data: Data) => setFlag(data, six.rcv_dscp_copy, true),
    },
  },
  (data, { out }) => {
    if (flagsOf(data) & six.rcv_dscp_copy) out.put("ip6_tnl_f_rcv_dscp_copy", true, "dscp inherit ");
  },
);
const mip6 = shown((data, { out }) => {
  if (flagsOf(data) & six.mip6_dev) out.put("ip6_tnl_f_mip6_dev", true, "mip6 ");
});
const localRemote = noSwitch(
  "allow-localremote",
  "the other end may be this host",
  (data, on) => setFlag(data, six.allow_local_remote, on),
  (data, { out }) => {
    if (flagsOf(data) & six.allow_local_remote) out.put("ip6_tnl_f_allow_local_remote", true, "allow-localremote ");
  },
);
/** As iproute2: hop limit 64, 4 tunnels within each other, unless all comes with the packets. */
function defaults6(data: Data, create: boolean): void {
  if (!create || data.collectMetadata) return;
  data.ttl ??= 64;
  data.encapLimit ??= 4;
}

// ---- what tunnels carry -------------------------------------------------------------------------------------------------------
const mode = (words: { readonly [word: string]: number }, also: { readonly [word: string]: number } = {}): Row =>
  row(
    "mode",
    "what it carries",
    oneWord(
      `{ ${Object.keys(words).join(" | ")} }`,
      (word) => ({ ...also, ...words })[word],
      "cannot guess tunnel mode",
      Object.keys(words),
    ),
    { field: "proto", json: "proto" },
    (value: number) => {
      const word = Object.keys(words).find((w) => words[w] === value) ?? "unknown";
      return { json: word, text: `${word} ` };
    },
  );
const prefix = (
  word: string,
  fields: readonly [address: string, length: string],
  keys: readonly [string, string],
  bytes: Bytes,
): Row =>
  custom(
    {
      [word]: {
        help: "of 6rd",
        arg: oneWord("PREFIX", (text) => {
          const whole = wholePrefix(text);
          return whole !== undefined && whole.includes(":") === (bytes === 16) ? whole : undefined;
        }),
        put(data: Data, text: string) {
          const [start, length] = text.split("/");
          data[fields[0]] = start;
          data[fields[1]] = length === undefined ? bytes * 8 : Number(length);
        },
      },
    },
    (data, { out }) => {
      const [start, length] = [data[fields[0]] as string | undefined, data[fields[1]] as number | undefined];
      if (start === undefined || !length) return;
      out.put(keys[0], start, `${word} ${start}`);
      out.put(keys[1], length, `/${length} `);
    },
  );
const isatap = custom(
  { isatap: { help: "ISATAP", put: (data: Data) => void (data.flags = sitFlags.values.isatap) } },
  (data, { out }) => {
    if (flagsOf(data) & sitFlags.values.isatap) out.put("isatap", true, "isatap ");
  },
);

const greTail = [fwmark(false), encap];
const gre4: KindWords = {
  keeps: true,
  rows: [external, ...ends(4), dev, ttl, tos, pmtudisc(true), ignoreDf, ...gre, ...greTail, ...erspan],
};
const gre6: KindWords = {
  keeps: true,
  rows: [
    external,
    ...ends(16),
    dev,
    hoplimit,
    encaplimit,
    tclass,
    flowlabel,
    dscp,
    ...gre,
    localRemote,
    fwmark(true),
    encap,
    ...erspan,
  ],
  finish: defaults6,
};
const ipTail = [fwmark(false), encap];
const ip4 = [...ends(4), dev, ttl, tos, pmtudisc(false)];
const vtiKeys: Row = custom(
  {
    key: {
      help: "key, of both ways",
      arg: key,
      put: (data: Data, value: number) => void Object.assign(data, { ikey: value, okey: value }),
    },
    ikey: { help: "key of what comes in", arg: key, put: (data: Data, value: number) => void (data.ikey = value) },
    okey: { help: "key of what goes out", arg: key, put: (data: Data, value: number) => void (data.okey = value) },
  },
  (data, { out }) => {
    for (const way of ["ikey", "okey"] as const) {
      const value = data[way] as number | undefined;
      if (value) out.put(way, dotted(value), `${way} ${dotted(value)} `);
    }
  },
);

/** ip says these where the line does not; the kernel by itself takes others for sit, and ipip's own protocol. */
function defaults4(data: Data, create: boolean): void {
  if (!create) return;
  data.proto ??= 0;
  if (!data.collectMetadata) data.ttl ??= 0;
}

export const tunnelKinds: { readonly [kind: string]: KindWords } = {
  gre: gre4,
  gretap: gre4,
  erspan: gre4,
  ip6gre: gre6,
  ip6gretap: gre6,
  ip6erspan: gre6,
  ipip: {
    keeps: true,
    rows: [
      external,
      mode({ ipip: 4, mplsip: 137, any: 0 }, { "ip/ip": 4, ip4ip4: 4, ipv4: 4, "mpls/ip": 137, "any/ip": 0 }),
      ...ip4,
      ...ipTail,
    ],
    finish: defaults4,
  },
  sit: {
    keeps: true,
    finish: defaults4,
    rows: [
      external,
      mode(
        { ip6ip: 41, ipip: 4, mplsip: 137, any: 0 },
        { "ipv6/ip": 41, ipv6: 41, "ip/ip": 4, ip4ip4: 4, "mpls/ip": 137, "any/ip": 0 },
      ),
      ...ip4,
      isatap,
      prefix("6rd-prefix", ["sixrdPrefix", "sixrdPrefixlen"], ["prefix", "prefixlen"], 16),
      prefix("6rd-relay_prefix", ["sixrdRelayPrefix", "sixrdRelayPrefixlen"], ["relay_prefix", "relay_prefixlen"], 4),
      custom({
        "6rd-reset": {
          help: "6to4",
          put: (data: Data) =>
            void Object.assign(data, {
              sixrdPrefix: "2002::",
              sixrdPrefixlen: 16,
              sixrdRelayPrefix: "0.0.0.0",
              sixrdRelayPrefixlen: 0,
            }),
        },
      }),
      ...ipTail,
    ],
  },
  ip6tnl: {
    keeps: true,
    rows: [
      external,
      mode(
        { ip6ip6: 41, ipip6: 4, any: 0 },
        { "ipv6/ipv6": 41, ipv6: 41, "ip/ipv6": 4, "ipv4/ipv6": 4, ip4ip6: 4, "any/ipv6": 0 },
      ),
      ...ends(16),
      dev,
      hoplimit,
      encaplimit,
      tclass,
      flowlabel,
      dscp,
      mip6,
      localRemote,
      fwmark(true),
      encap,
    ],
    finish: defaults6,
  },
  vti: { keeps: true, rows: [...ends(4), dev, vtiKeys, fwmark(false)] },
  vti6: { keeps: true, rows: [...ends(16), dev, vtiKeys, fwmark(false)] },
};
