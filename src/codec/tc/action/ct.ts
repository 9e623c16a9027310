/** ct: sends packets through connection tracking (net/sched/act_ct.c). @module */
import { attrs, bytes, ipv4, ipv6, string } from "../../schema/attrs.ts";
import type { Value } from "../../schema/codec.ts";
import { expectObject, fail, show } from "../../schema/program.ts";
import { be16, flags, names, u8, u16, u32 } from "../../schema/scalar.ts";
import { struct } from "../../schema/struct.ts";
import { formatHex, parseHex } from "../../text/hex.ts";
import { parseIp } from "../../wire/ip.ts";
import { type ActionCommon, type ActionOptions, actionKind, showUse, showVerdict } from "../action-base.ts";
import { tcfT, tcGen } from "../control.ts";
import { count, known, toggle } from "../options.ts";
import type { Words } from "../words.ts";
import { parseInteger } from "../words.ts";

const ctActions = names("TCA_CT_ACT_", { commit: 1, force: 2, clear: 4, nat: 8, nat_src: 16, nat_dst: 32 });
const BITS = ctActions.values;
/** TCA_CT_* (tcf_ct_dump). */
export const ctSchema = attrs(
  "ct",
  { c: "TCA_CT_" },
  {
    action: [3, flags(u16, ctActions)],
    mark: [5, u32],
    markMask: [6, u32],
    labels: [7, bytes],
    labelsMask: [8, bytes],
    zone: [4, u16],
    natIpv4Min: [9, ipv4],
    natIpv4Max: [10, ipv4],
    natIpv6Min: [11, ipv6],
    natIpv6Max: [12, ipv6],
    natPortMin: [13, be16],
    natPortMax: [14, be16],
    helperName: [16, string],
    /** AF_INET or AF_INET6. */
    helperFamily: [17, u8],
    helperProto: [18, u8],
    parms: [1, struct("tc_ct", { size: 20 }, tcGen)],
    tm: [2, tcfT],
  },
);
type Wire = Value<typeof ctSchema>;

/** `true` applies what the connection has; `src` or `dst`, with `commit`, an address or a range of them, gives it one. */
export type CtNat =
  | true
  | {
      /** `"192.0.2.1"`, `"192.0.2.1-192.0.2.9"`, also IPv6. */
      readonly src?: string | undefined;
      readonly dst?: string | undefined;
      /** `"1024"`, `"1024-2048"`. */
      readonly port?: string | undefined;
    };
/** `control` is `"pipe"` by default. */
export interface CtOptions extends ActionOptions {
  /** Enters the connection. */
  readonly commit?: boolean | undefined;
  /** Replaces a connection of the other direction. */
  readonly force?: boolean | undefined;
  /** Takes the connection off the packet: then there is nothing else. */
  readonly clear?: boolean | undefined;
  readonly zone?: number | undefined;
  readonly mark?: number | undefined;
  /** Bits of the mark that are set: all by default. */
  readonly markMask?: number | undefined;
  /** Up to 16 bytes in hexadecimal. */
  readonly label?: string | undefined;
  readonly labelMask?: string | undefined;
  readonly nat?: CtNat | undefined;
  /** Of the connection: `"ipv4-tcp-ftp"`. */
  readonly helper?: string | undefined;
}
export interface Ct extends ActionCommon {
  commit?: boolean;
  force?: boolean;
  clear?: boolean;
  zone?: number;
  mark?: number;
  markMask?: number;
  label?: string;
  labelMask?: string;
  nat?: CtNat;
  helper?: string;
}

const U32 = 0xffffffff;
const LABEL_BYTES = 16;
const NAT_KNOWN = { src: true, dst: true, port: true } as const;
const FAMILIES = { ipv4: 2, ipv6: 10 } as const;
const PROTOCOLS = { tcp: 6, udp: 17, dccp: 33, sctp: 132 } as const;
const HELPER_FORMS = `a helper such as "ipv4-tcp-ftp"`;
const ADDRESS_FORMS = `an address or a range such as "192.0.2.1-192.0.2.9"`;
const PORT_FORMS = `a port or a range such as "1024-2048"`;

function labelOf(options: object, name: string): Uint8Array | undefined {
  const text = (options as Record<string, unknown>)[name];
  if (text === undefined) return undefined;
  const data = typeof text === "string" ? parseHex(text) : undefined;
  return data && data.length > 0 && data.length <= LABEL_BYTES
    ? data
    : fail(name, -1, `${show(text)} is not 1 to ${LABEL_BYTES} bytes in hexadecimal`);
}
function rangeOf<T>(
  text: unknown,
  name: string,
  forms: string,
  read: (part: string) => T | undefined,
): readonly [T, T] {
  const parts = typeof text === "string" ? text.split("-") : [];
  const min = parts.length === 1 || parts.length === 2 ? read(parts[0]!) : undefined;
  const max = parts.length === 2 ? read(parts[1]!) : min;
  return min !== undefined && max !== undefined ? [min, max] : fail(name, -1, `${show(text)} is not ${forms}`);
}
const portOf = (text: string): number | undefined =>
  /^\d{1,5}$/.test(text) && Number(text) <= 0xffff ? Number(text) : undefined;

function natWire(nat: CtNat, commit: boolean) {
  if (nat === true) {
    if (commit) fail("nat", -1, "with commit it needs src or dst");
    return { bits: BITS.nat, attributes: {} };
  }
  known(expectObject(nat, "nat"), NAT_KNOWN);
  const { src, dst, port } = nat;
  if ((src === undefined) === (dst === undefined)) fail("nat", -1, "needs src or dst, one of them");
  if (!commit) fail("nat", -1, "src and dst are for connections that are entered: give commit");
  const name = src === undefined ? "nat.dst" : "nat.src";
  const [min, max] = rangeOf(src ?? dst, name, ADDRESS_FORMS, (part) => (parseIp(part) ? part : undefined));
  const four = !min.includes(":");
  if (four !== !max.includes(":")) fail(name, -1, "is of two families");
  const ports = port === undefined ? undefined : rangeOf(port, "nat.port", PORT_FORMS, portOf);
  return {
    bits: BITS.nat | (src === undefined ? BITS.nat_dst : BITS.nat_src),
    attributes: {
      ...(four ? { natIpv4Min: min, natIpv4Max: max } : { natIpv6Min: min, natIpv6Max: max }),
      ...(ports && { natPortMin: ports[0], natPortMax: ports[1] }),
    },
  };
}
function helperWire(helper: unknown) {
  const [family = "", protocol = "", ...name] = typeof helper === "string" ? helper.split("-") : [];
  if (!Object.hasOwn(FAMILIES, family) || name.length === 0 || name.join("-").length > 15)
    fail("helper", -1, `${show(helper)} is not ${HELPER_FORMS}`);
  const number = Object.hasOwn(PROTOCOLS, protocol)
    ? PROTOCOLS[protocol as keyof typeof PROTOCOLS]
    : parseInteger(protocol.replace(/^ipproto/, ""));
  return {
    helperName: name.join("-"),
    helperFamily: FAMILIES[family as keyof typeof FAMILIES],
    helperProto:
      number ?? fail("helper", -1, `${show(protocol)} is not one of ${Object.keys(PROTOCOLS).join(", ")}, or a number`),
  };
}

// ---- wire to options --------------------------------------------------------------------------------------------------------
const span = (min: string | number, max: string | number | undefined): string =>
  max === undefined || max === min ? String(min) : `${min}-${max}`;
function readNat(m: Wire): CtNat | undefined {
  const bits = m.action ?? 0;
  if ((bits & BITS.nat) === 0) return undefined;
  if ((bits & (BITS.nat_src | BITS.nat_dst)) === 0) return true;
  const min = m.natIpv4Min ?? m.natIpv6Min;
  const address = min === undefined ? undefined : span(min, m.natIpv4Max ?? m.natIpv6Max);
  return {
    ...(address !== undefined && ((bits & BITS.nat_src) !== 0 ? { src: address } : { dst: address })),
    ...(m.natPortMin !== undefined && { port: span(m.natPortMin, m.natPortMax) }),
  };
}
function readHelper({ helperName, helperFamily, helperProto }: Wire): string | undefined {
  if (helperName === undefined) return undefined;
  const protocol = Object.entries(PROTOCOLS).find(([, number]) => number === helperProto)?.[0];
  return `${helperFamily === FAMILIES.ipv6 ? "ipv6" : "ipv4"}-${protocol ?? `ipproto${helperProto}`}-${helperName}`;
}
const allOnes = (data: Uint8Array): boolean => data.length === LABEL_BYTES && data.every((byte) => byte === 0xff);

export const ctKind = actionKind<"ct", typeof ctSchema, CtOptions, Ct>({
  kind: "ct",
  schema: ctSchema,
  control: "pipe",
  known: {
    commit: true, force: true, clear: true, zone: true, mark: true, markMask: true, label: true, labelMask: true, nat: true, helper: true,
  }, // biome-ignore format: a table
  parms: "parms",
  ownIndex: true,
  toWire(options, gen) {
    const commit = toggle(options, "commit") === true;
    const force = toggle(options, "force") === true;
    const clear = toggle(options, "clear") === true;
    if (clear)
      for (const name in options)
        if (
          !["clear", "control", "index"].includes(name) &&
          options[name as keyof CtOptions] !== undefined &&
          options[name as keyof CtOptions] !== false
        )
          fail(name, -1, "is given with clear, which stands alone");
    if (force && !commit) fail("force", -1, "is given without commit");
    const mark = count(options, "mark");
    const markMask = count(options, "markMask");
    if (markMask !== undefined && mark === undefined) fail("markMask", -1, "is given without a mark");
    const labels = labelOf(options, "label");
    const labelsMask = labelOf(options, "labelMask");
    if (labelsMask && !labels) fail("labelMask", -1, "is given without a label");
    const nat =
      options.nat === undefined || (options.nat as unknown) === false ? undefined : natWire(options.nat, commit);
    const zone = count(options, "zone", 0xffff);
    return {
      action: (commit ? BITS.commit : 0) | (force ? BITS.force : 0) | (clear ? BITS.clear : 0) | (nat?.bits ?? 0),
      ...(mark !== undefined && { mark, markMask: markMask ?? U32 }),
      ...(labels && { labels, labelsMask: labelsMask ?? new Uint8Array(LABEL_BYTES).fill(0xff) }),
      ...(zone !== undefined && { zone }),
      ...nat?.attributes,
      ...(options.helper !== undefined && helperWire(options.helper)),
      parms: gen,
    };
  },
  fromWire(m) {
    const bits = m.action ?? 0;
    const nat = readNat(m);
    const helper = readHelper(m);
    return {
      ...((bits & BITS.commit) !== 0 && { commit: true }),
      ...((bits & BITS.force) !== 0 && { force: true }),
      ...((bits & BITS.clear) !== 0 && { clear: true }),
      ...(m.zone !== undefined && { zone: m.zone }),
      ...(m.mark !== undefined && { mark: m.mark }),
      ...(m.markMask !== undefined && m.markMask !== U32 && { markMask: m.markMask }),
      ...(m.labels && { label: formatHex(m.labels) }),
      ...(m.labelsMask && !allOnes(m.labelsMask) && { labelMask: formatHex(m.labelsMask) }),
      ...(nat !== undefined && { nat }),
      ...(helper !== undefined && { helper }),
    };
  },
  parse: parseCt,
  words(o) {
    const { nat } = o;
    const masked = (value: string, mask: string | undefined) => (mask === undefined ? value : `${value}/${mask}`);
    return [
      ...(o.commit ? ["commit"] : []),
      ...(o.force ? ["force"] : []),
      ...(o.clear ? ["clear"] : []),
      ...(o.zone === undefined ? [] : ["zone", String(o.zone)]),
      ...(o.mark === undefined
        ? []
        : ["mark", masked(String(o.mark), o.markMask === undefined ? undefined : `0x${o.markMask.toString(16)}`)]),
      ...(o.label === undefined ? [] : ["label", masked(o.label, o.labelMask)]),
      ...(o.helper === undefined ? [] : ["helper", o.helper]),
      ...(nat === undefined
        ? []
        : nat === true
          ? ["nat"]
          : [
              ...["nat", nat.src === undefined ? "dst" : "src", "addr", nat.src ?? nat.dst ?? ""],
              ...(nat.port === undefined ? [] : ["port", nat.port]),
            ]),
    ];
  },
  show: showCt,
});

// parse_ct of iproute2's tc/m_ct.c.
const WORDS = ["commit", "force", "clear", "zone", "mark", "label", "nat", "helper", "index"];
function parseCt(words: Words, out: Record<string, unknown>): void {
  for (;;) {
    const word = words.take(...WORDS);
    switch (word) {
      case undefined:
        return;
      case "commit":
      case "force":
      case "clear":
        out[word] = true;
        break;
      case "zone":
        out.zone = words.integer(word, 0xffff);
        break;
      case "index":
        out.index = words.integer(word);
        break;
      case "mark": {
        const [mark, mask] = words
          .next(word)
          .split("/")
          .map((part) => parseInteger(part) ?? words.fail(`mark: ${show(part)} is not a number`));
        out.mark = mark;
        if (mask !== undefined) out.markMask = mask;
        break;
      }
      case "label": {
        const [label, mask] = words.next(word).split("/");
        out.label = label;
        if (mask !== undefined) out.labelMask = mask;
        break;
      }
      case "helper":
        out.helper = words.next(word, HELPER_FORMS);
        break;
      default: {
        const side = words.take("src", "dst");
        if (side === undefined) {
          out.nat = true;
          break;
        }
        if (!words.take("addr")) words.fail(`nat ${side}: "addr" is missing`);
        out.nat = {
          [side]: words.next("addr", ADDRESS_FORMS),
          ...(words.take("port") && { port: words.next("port", PORT_FORMS) }),
        };
      }
    }
  }
}

// print_ct of iproute2's tc/m_ct.c.
function showCt(m: Wire, out: Parameters<typeof showVerdict>[0], context: Parameters<typeof showUse>[3]): void {
  const bits = m.action ?? 0;
  out.put("kind", "ct", "ct");
  const action =
    (bits & BITS.commit) !== 0
      ? (bits & BITS.force) !== 0
        ? "commit force"
        : "commit"
      : (bits & BITS.clear) !== 0
        ? "clear"
        : undefined;
  if (action !== undefined) out.put("action", action, ` ${action}`);
  if (m.mark !== undefined) {
    out.put("mark", m.mark, ` mark ${m.mark}`);
    if (m.markMask !== undefined && m.markMask !== U32)
      out.put("mark_mask", m.markMask.toString(16), `/0x${m.markMask.toString(16)}`);
  }
  if (m.zone !== undefined) out.put("zone", m.zone, ` zone ${m.zone}`);
  if (m.labels) {
    const mask = m.labelsMask && !allOnes(m.labelsMask) ? `/${formatHex(m.labelsMask)}` : "";
    out.put("label", formatHex(m.labels) + mask, ` label ${formatHex(m.labels)}${mask}`);
  }
  const helper = readHelper(m)?.replace("ipproto", "ipproto-");
  if (helper !== undefined) out.put("helper", helper, ` helper ${helper}`);
  const nat = readNat(m);
  if (nat === true) out.put("nat", "", " nat");
  else if (nat) {
    const address = nat.src ?? nat.dst;
    const text = `${(bits & BITS.nat_src) !== 0 ? "src" : "dst"}${address === undefined ? "" : ` addr ${address}`}${nat.port === undefined ? "" : ` port ${nat.port}`}`;
    out.put("nat", text, ` nat ${text}`);
  }
  showVerdict(out, m.parms?.action ?? 0);
  showUse(out, m.parms, m.tm, context);
}
