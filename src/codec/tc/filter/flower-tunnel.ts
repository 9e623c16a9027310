/** Options of tunnels that flower looks at: geneve's, and what VXLAN, ERSPAN, GTP and PFCP carry beside their id. @module */
import type { Input, Value } from "../../schema/codec.ts";
import { expectArray, expectObject, fail, show } from "../../schema/program.ts";
import type { Out } from "../show.ts";
import { parseInteger, type Words } from "../words.ts";
import type { flowerSchema } from "./flower-schema.ts";
import { fromMasked, type Masked, type MaskedOut, parseHex, toMasked } from "./masked.ts";

/** An option of geneve. `data`: 4 to 124 bytes in hexadecimal, a multiple of 4, maybe with a mask: `"00880022/ffff0000"`. */
export interface GeneveOption {
  readonly class: Masked;
  readonly type: Masked;
  readonly data: string;
}
export type TunnelOptions =
  | { readonly geneve: readonly GeneveOption[] }
  /** The group policy. */
  | { readonly vxlan: { readonly gbp: Masked } }
  | { readonly erspan: { readonly version: 1; readonly index: Masked } }
  | { readonly erspan: { readonly version: 2; readonly direction: Masked; readonly hwid: Masked } }
  | { readonly gtp: { readonly pduType: Masked; readonly qfi: Masked } }
  /** `seid`: 64 bits in hexadecimal, maybe with a mask: `"0x7"`, `"0x7/0xff"`. */
  | { readonly pfcp: { readonly type: Masked; readonly seid: string } };
export type TunnelOptionsOut =
  | { geneve: { class: MaskedOut; type: MaskedOut; data: string }[] }
  | { vxlan: { gbp: MaskedOut } }
  | { erspan: { version: 1; index: MaskedOut } }
  | { erspan: { version: 2; direction: MaskedOut; hwid: MaskedOut } }
  | { gtp: { pduType: MaskedOut; qfi: MaskedOut } }
  | { pfcp: { type: MaskedOut; seid: string } };

type Wire = NonNullable<Value<typeof flowerSchema>["keyEncOpts"]>;
type WireIn = NonNullable<Input<typeof flowerSchema>["keyEncOpts"]>;
const KINDS = ["geneve", "vxlan", "erspan", "gtp", "pfcp"] as const;

const U8 = 0xff;
const U16 = 0xffff;
const U32 = 0xffffffff;
const U64 = 0xffffffffffffffffn;

const toHex = (data: Uint8Array): string => Array.from(data, (b) => b.toString(16).padStart(2, "0")).join("");
const fromHex = (text: string): Uint8Array | undefined =>
  /^([0-9a-f]{2})+$/i.test(text) ? Uint8Array.from(text.match(/../g)!, (p) => Number.parseInt(p, 16)) : undefined;
const onesLike = (data: Uint8Array) => new Uint8Array(data.length).fill(0xff);

/** Key and mask of the options. @throws {CodecError} */
export function tunnelToWire(given: TunnelOptions, name: string): { key: WireIn; mask: WireIn } {
  const entries = Object.entries(expectObject(given, name)).filter(([, v]) => v !== undefined);
  const kind = KINDS.find((k) => k === entries[0]?.[0]);
  if (entries.length !== 1 || kind === undefined)
    return fail(name, -1, `${show(given)} is not { one of ${KINDS.join(", ")}: … }`);
  const path = `${name}.${kind}`;
  if (kind === "geneve") {
    const list = (expectArray(entries[0]![1], path) as readonly GeneveOption[]).map((o, i) =>
      geneveToWire(o, `${path}[${i}]`),
    );
    if (list.length === 0) fail(path, -1, "is empty");
    return { key: { geneve: list.map(({ key }) => key) }, mask: { geneve: list.map(({ mask }) => mask) } };
  }
  const o = expectObject(entries[0]![1], path);
  const only = (...names: string[]) => {
    for (const x in o)
      if (!names.includes(x)) fail(`${path}.${x}`, -1, `there is no such option; there are ${names.join(", ")}`);
  };
  const masked = (x: string, max: number) => toMasked(o[x], `${path}.${x}`, max, true);
  switch (kind) {
    case "vxlan": {
      only("gbp");
      const gbp = masked("gbp", U32);
      return { key: { vxlan: { gbp: gbp.value } }, mask: { vxlan: { gbp: gbp.mask } } };
    }
    case "erspan": {
      const ver = o.version;
      if (ver === 1) {
        only("version", "index");
        const index = masked("index", U32);
        return { key: { erspan: { ver, index: index.value } }, mask: { erspan: { ver, index: index.mask } } };
      }
      if (ver !== 2) return fail(`${path}.version`, -1, `${show(ver)} is not 1 or 2`);
      only("version", "direction", "hwid");
      const dir = masked("direction", U8);
      const hwid = masked("hwid", U8);
      return {
        key: { erspan: { ver, dir: dir.value, hwid: hwid.value } },
        mask: { erspan: { ver, dir: dir.mask, hwid: hwid.mask } },
      };
    }
    case "gtp": {
      only("pduType", "qfi");
      const pdu = masked("pduType", U8);
      const qfi = masked("qfi", U8);
      return {
        key: { gtp: { pduType: pdu.value, qfi: qfi.value } },
        mask: { gtp: { pduType: pdu.mask, qfi: qfi.mask } },
      };
    }
    default: {
      only("type", "seid");
      const type = masked("type", U8);
      const seid =
        parseSeid(o.seid) ??
        fail(`${path}.seid`, -1, `${show(o.seid)} is not 64 bits in hexadecimal: "0x7", "0x7/0xff"`);
      return {
        key: { pfcp: { type: type.value, seid: seid.value } },
        mask: { pfcp: { type: type.mask, seid: seid.mask } },
      };
    }
  }
}
function geneveToWire(given: GeneveOption, path: string) {
  const o = expectObject(given, path);
  for (const x in o)
    if (x !== "class" && x !== "type" && x !== "data")
      fail(`${path}.${x}`, -1, "there is no such option; there are class, type, data");
  const cls = toMasked(o.class, `${path}.class`, U16, true);
  const type = toMasked(o.type, `${path}.type`, U8, true);
  const [data, mask] = (typeof o.data === "string" ? o.data.split("/") : []).map(fromHex);
  if (!data || data.length % 4 !== 0 || data.length > 124 || (mask && mask.length !== data.length))
    return fail(
      `${path}.data`,
      -1,
      `${show(o.data)} is not 4 to 124 bytes in hexadecimal, a multiple of 4, maybe with a mask`,
    );
  return {
    key: { class: [cls.value], type: [type.value], data: [data] },
    mask: { class: [cls.mask], type: [type.mask], data: [mask ?? onesLike(data)] },
  };
}
function parseSeid(given: unknown): { value: bigint; mask: bigint } | undefined {
  const [value, mask = "0xffffffffffffffff", more] =
    typeof given === "string" ? (given.split("/") as [string, string?, string?]) : [];
  const read = (text: string) =>
    /^(0x)?[0-9a-f]{1,16}$/i.test(text) ? BigInt(`0x${text.replace(/^0x/i, "")}`) : undefined;
  if (value === undefined || more !== undefined) return undefined;
  const [v, m] = [read(value), read(mask)];
  return v !== undefined && m !== undefined ? { value: v, mask: m } : undefined;
}

/** The options of all nests, one after the other: the kernel has them in one, tc in one each. */
function geneveOf(wire: Wire | undefined): { class: number; type: number; data: Uint8Array }[] {
  return (wire?.geneve ?? []).flatMap(({ class: cls = [], type = [], data = [] }) =>
    data.map((d, i) => ({ class: cls[i] ?? 0, type: type[i] ?? 0, data: d })),
  );
}

export function tunnelFromWire(key: Wire, mask: Wire | undefined): TunnelOptionsOut | undefined {
  const { vxlan, erspan, gtp, pfcp } = key;
  if (key.geneve) {
    const masks = geneveOf(mask);
    return {
      geneve: geneveOf(key).map((o, i) => {
        const m = masks[i];
        const whole = m === undefined || m.data.every((b) => b === 0xff);
        return {
          class: fromMasked(o.class, m?.class ?? U16, U16),
          type: fromMasked(o.type, m?.type ?? U8, U8),
          data: whole ? toHex(o.data) : `${toHex(o.data)}/${toHex(m.data)}`,
        };
      }),
    };
  }
  if (vxlan) return { vxlan: { gbp: fromMasked(vxlan.gbp ?? 0, mask?.vxlan?.gbp ?? U32, U32) } };
  if (erspan) {
    const m = mask?.erspan;
    return erspan.ver === 2
      ? {
          erspan: {
            version: 2,
            direction: fromMasked(erspan.dir ?? 0, m?.dir ?? U8, U8),
            hwid: fromMasked(erspan.hwid ?? 0, m?.hwid ?? U8, U8),
          },
        }
      : { erspan: { version: 1, index: fromMasked(erspan.index ?? 0, m?.index ?? U32, U32) } };
  }
  if (gtp)
    return {
      gtp: {
        pduType: fromMasked(gtp.pduType ?? 0, mask?.gtp?.pduType ?? U8, U8),
        qfi: fromMasked(gtp.qfi ?? 0, mask?.gtp?.qfi ?? U8, U8),
      },
    };
  if (pfcp) {
    const m = mask?.pfcp?.seid ?? U64;
    const seid = `0x${(pfcp.seid ?? 0n).toString(16)}`;
    return {
      pfcp: {
        type: fromMasked(pfcp.type ?? 0, mask?.pfcp?.type ?? U8, U8),
        seid: m === U64 ? seid : `${seid}/0x${m.toString(16)}`,
      },
    };
  }
  return undefined;
}

// ---- tc's words: `geneve_opts 0102:80:00880022/ffff:ff:ffffffff`… -----------------------------------------------------------------
export const TUNNEL_WORDS = KINDS.map((kind) => `${kind}_opts`);
const FORMS: { readonly [K in (typeof KINDS)[number]]: string } = {
  geneve: "CLASS:TYPE:DATA in hexadecimal, maybe /MASK, and more after commas",
  vxlan: "GBP, maybe /MASK",
  erspan: "VERSION:INDEX:DIRECTION:HWID, maybe /MASK",
  gtp: "PDU_TYPE:QFI in hexadecimal, maybe /MASK",
  pfcp: "TYPE:SEID in hexadecimal, maybe /MASK",
};
export function parseTunnel(words: Words, word: string): TunnelOptionsOut {
  const kind = KINDS.find((k) => word === `${k}_opts`)!;
  return words.value(word, FORMS[kind], (w) => (kind === "geneve" ? parseGeneve(w) : parseOne(kind, w)));
}
function parseGeneve(word: string): TunnelOptionsOut | undefined {
  const options = word.split(",").map((one) => {
    const [key, mask, more] = one.split("/") as [string, string?, string?];
    const [cls, type, data, extra] = key.split(":");
    const masks = mask?.split(":");
    if (cls === undefined || type === undefined || data === undefined || extra !== undefined || more !== undefined)
      return undefined;
    if (masks && masks.length !== 3) return undefined;
    const [c, t, cm, tm] = [
      parseHex(cls),
      parseHex(type),
      parseHex(masks?.[0] ?? "ffff"),
      parseHex(masks?.[1] ?? "ff"),
    ];
    if (c === undefined || t === undefined || cm === undefined || tm === undefined || !fromHex(data)) return undefined;
    return { class: fromMasked(c, cm, U16), type: fromMasked(t, tm, U8), data: masks ? `${data}/${masks[2]}` : data };
  });
  return options.some((o) => o === undefined)
    ? undefined
    : { geneve: options as { class: MaskedOut; type: MaskedOut; data: string }[] };
}
function parseOne(kind: "vxlan" | "erspan" | "gtp" | "pfcp", word: string): TunnelOptionsOut | undefined {
  const [key, mask, more] = word.split("/") as [string, string?, string?];
  if (more !== undefined) return undefined;
  const read = kind === "vxlan" || kind === "erspan" ? parseInteger : parseHex;
  const keys = key.split(":");
  const masks = mask?.split(":");
  const at = (i: number, max: number): MaskedOut | undefined => {
    const [v, m] = [read(keys[i] ?? ""), masks === undefined ? max : read(masks[i] ?? "")];
    return v !== undefined && m !== undefined && v <= max && m <= max ? fromMasked(v, m, max) : undefined;
  };
  const count = { vxlan: 1, erspan: 4, gtp: 2, pfcp: 2 }[kind];
  if (keys.length !== count || (masks && masks.length !== count)) return undefined;
  switch (kind) {
    case "vxlan": {
      const gbp = at(0, U32);
      return gbp === undefined ? undefined : { vxlan: { gbp } };
    }
    case "gtp": {
      const [pduType, qfi] = [at(0, U8), at(1, U8)];
      return pduType === undefined || qfi === undefined ? undefined : { gtp: { pduType, qfi } };
    }
    case "erspan": {
      const version = read(keys[0]!);
      const [index, direction, hwid] = [at(1, U32), at(2, U8), at(3, U8)];
      if (index === undefined || direction === undefined || hwid === undefined) return undefined;
      return version === 1
        ? { erspan: { version, index } }
        : version === 2
          ? { erspan: { version, direction, hwid } }
          : undefined;
    }
    default: {
      const type = at(0, U8);
      const seid = parseSeid(masks ? `${keys[1]}/${masks[1]}` : keys[1]);
      if (type === undefined || seid === undefined) return undefined;
      const text = `0x${seid.value.toString(16)}`;
      return { pfcp: { type, seid: seid.mask === U64 ? text : `${text}/0x${seid.mask.toString(16)}` } };
    }
  }
}
export function tunnelWords(options: TunnelOptions): string[] {
  const { key, mask } = tunnelToWire(options, "encOptions");
  const shown = (wire: WireIn) => textOf(wire as Wire);
  const kind = KINDS.find((k) => key[k] !== undefined)!;
  const [keys, masks] = [shown(key), shown(mask)];
  return [`${kind}_opts`, keys.map((k, i) => `${k}/${masks[i]}`).join(",")];
}

// ---- show (flower_print_enc_opts of iproute2's tc/f_flower.c) ------------------------------------------------------------------------
const hex2 = (x: number | undefined): string => (x ?? 0).toString(16).padStart(2, "0");
/** tc shows the index of version 1 only, and direction and hardware id of the others only. */
const erspanParts = ({ ver = 0, index = 0, dir = 0, hwid = 0 }: NonNullable<Wire["erspan"]>) =>
  ver === 1 ? { ver, index, dir: 0, hwid: 0 } : { ver, index: 0, dir, hwid };
function textOf(wire: Wire): string[] {
  const { vxlan, erspan, gtp, pfcp } = wire;
  if (wire.geneve)
    return geneveOf(wire).map((o) => `${o.class.toString(16).padStart(4, "0")}:${hex2(o.type)}:${toHex(o.data)}`);
  if (vxlan) return [String(vxlan.gbp ?? 0)];
  if (erspan) {
    const { ver, index, dir, hwid } = erspanParts(erspan);
    return [`${ver}:${index}:${dir}:${hwid}`];
  }
  if (gtp) return [`${hex2(gtp.pduType)}:${hex2(gtp.qfi)}`];
  return pfcp ? [`${hex2(pfcp.type)}:${(pfcp.seid ?? 0n).toString(16)}`] : [];
}
export function showTunnel(key: Wire, mask: Wire | undefined, out: Out): void {
  const kind = KINDS.find((k) => key[k] !== undefined);
  if (kind === undefined) return;
  for (const [name, wire] of [
    [`${kind}_opt_key`, key],
    [`${kind}_opt_mask`, mask],
  ] as const)
    if (wire?.[kind] !== undefined && kind !== "gtp")
      out.array(name, (items) => {
        if (kind === "geneve")
          for (const o of geneveOf(wire)) items.put("", { class: o.class, type: o.type, data: [...o.data] });
        else if (kind === "vxlan") items.put("", { gbp: wire.vxlan?.gbp ?? 0 });
        else if (kind === "erspan") items.put("", erspanParts(wire.erspan!));
        else items.put("", { type: wire.pfcp?.type ?? 0, seid: wire.pfcp?.seid ?? 0n });
      });
  const masks = mask ? textOf(mask) : [];
  out.say(
    `\n  ${kind}_opts ${textOf(key)
      .map((k, i) => `${k}/${masks[i] ?? ""}`)
      .join(",")}`,
  );
}
