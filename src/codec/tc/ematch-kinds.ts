/** Kinds of extended matches: what each compares (linux/tc_ematch/*.h, net/sched/em_*.c). @module */
import { array, attrs, bare, bytes } from "../schema/attrs.ts";
import type { Codec, Input, Value } from "../schema/codec.ts";
import { expectArray, expectBytes, expectObject, fail, show } from "../schema/program.ts";
import { be32, names, s32, u8, u16, u32 } from "../schema/scalar.ts";
import { chars, pad, struct, tailed } from "../schema/struct.ts";
import { utf8 } from "../wire/string.ts";
import type { TcContext } from "./kind.ts";

export const EM_CONTAINER = 0;
const emNumbers = names("TCF_EM_", {
  container: EM_CONTAINER,
  cmp: 1,
  nbyte: 2,
  u32: 3,
  meta: 4,
  text: 5,
  vlan: 6,
  canid: 7,
  ipset: 8,
  ipt: 9,
});

interface Kind<C extends Codec, I, O> {
  readonly number: number;
  readonly payload: C;
  toWire(options: I, context: TcContext): Input<C>;
  fromWire(value: Value<C>, context: TcContext): O;
}
const kind = <C extends Codec, I, O>(k: Kind<C, I, O>): Kind<C, I, O> => k;

// ---- what the kinds share --------------------------------------------------------------------------------------------------------
const layerNames = names("TCF_LAYER_", { link: 0, network: 1, transport: 2 });
export type EmLayer = keyof typeof layerNames.values;
export const LAYERS = Object.keys(layerNames.values) as EmLayer[];
const layerOf = (given: unknown, name: string): number =>
  given === undefined
    ? layerNames.values.network
    : typeof given === "string" && Object.hasOwn(layerNames.values, given)
      ? layerNames.values[given as EmLayer]
      : fail(name, -1, `${show(given)} is not one of ${LAYERS.join(", ")}`);
const layerName = (layer: number): EmLayer => LAYERS[layer] ?? "network";

const operandNames = names("TCF_EM_OPND_", { eq: 0, gt: 1, lt: 2 });
export type EmOperand = keyof typeof operandNames.values;
export const OPERANDS = Object.keys(operandNames.values) as EmOperand[];
const operandOf = (given: unknown, name: string): number =>
  OPERANDS.includes(given as EmOperand)
    ? operandNames.values[given as EmOperand]
    : fail(name, -1, `${show(given)} is not one of ${OPERANDS.join(", ")}`);

const only = (given: object, ...known: string[]): void => {
  for (const name in given)
    if (!known.includes(name)) fail(name, -1, `there is no such option; there are ${known.join(", ")}`);
};
function int(given: object, name: string, max: number, otherwise?: number, min = 0): number {
  const value = (given as Record<string, unknown>)[name] ?? otherwise;
  return Number.isInteger(value) && (value as number) >= min && (value as number) <= max
    ? (value as number)
    : fail(name, -1, value === undefined ? "is missing" : `${show(value)} is not an integer from ${min} to ${max}`);
}
/** The bit-field that C declares first, of `bits` of `width` together with the next. */
const packed = (first: number, bits: number, second: number, width: number, little: boolean): number =>
  little ? first | (second << bits) : (first << (width - bits)) | second;
const unpacked = (
  value: number,
  bits: number,
  width: number,
  little: boolean,
): readonly [first: number, second: number] =>
  little
    ? [value & ((1 << bits) - 1), value >>> bits]
    : [value >>> (width - bits), value & ((1 << (width - bits)) - 1)];

// ---- cmp ------------------------------------------------------------------------------------------------------------------------
const ALIGN = { u8: 1, u16: 2, u32: 4 } as const;
export type EmAlign = keyof typeof ALIGN;
const emCmp = struct(
  "tcf_em_cmp",
  { size: 12, names: { align: undefined, layer: undefined } },
  { val: u32, mask: u32, off: u16, align: u8, layer: u8 },
);
const CMP_TRANS = 1;
/** A number in the packet against a value. */
export interface EmCmp {
  readonly align: EmAlign;
  /** Bytes from the layer's header. */
  readonly at: number;
  /** `"network"` by default. */
  readonly layer?: EmLayer | undefined;
  /** None by default. */
  readonly mask?: number | undefined;
  /** Has the bytes put in the host's order first. */
  readonly trans?: boolean | undefined;
  readonly op: EmOperand;
  readonly value: number;
}
const cmp = kind({
  number: emNumbers.values.cmp,
  payload: emCmp,
  toWire(given: EmCmp, { little }) {
    only(given, "align", "at", "layer", "mask", "trans", "op", "value");
    const align = Object.hasOwn(ALIGN, given.align)
      ? ALIGN[given.align]
      : fail("align", -1, `${show(given.align)} is not one of ${Object.keys(ALIGN).join(", ")}`);
    return {
      val: int(given, "value", 0xffffffff),
      mask: int(given, "mask", 0xffffffff, 0),
      off: int(given, "at", 0xffff),
      align: packed(align, 4, given.trans ? CMP_TRANS : 0, 8, little),
      layer: packed(layerOf(given.layer, "layer"), 4, operandOf(given.op, "op"), 8, little),
    };
  },
  fromWire({ val, mask, off, align, layer }, { little }): { -readonly [K in keyof EmCmp]: EmCmp[K] } {
    const [size, bits] = unpacked(align, 4, 8, little);
    const [header, op] = unpacked(layer, 4, 8, little);
    return {
      align: (Object.keys(ALIGN) as EmAlign[]).find((a) => ALIGN[a] === size) ?? "u8",
      at: off,
      layer: layerName(header),
      ...(mask !== 0 && { mask }),
      ...((bits & CMP_TRANS) !== 0 && { trans: true }),
      op: OPERANDS[op] ?? "eq",
      value: val,
    };
  },
});

// ---- nbyte ----------------------------------------------------------------------------------------------------------------------
const emNbyte = struct("tcf_em_nbyte", { size: 4, names: { length: undefined } }, { off: u16, length: u16 });
/** Bytes at a place. */
export interface EmNbyte {
  /** Text, as UTF-8, or bytes: up to 4095 of them. Read as bytes. */
  readonly needle: string | Uint8Array;
  readonly at: number;
  readonly layer?: EmLayer | undefined;
}
const bytesOf = (given: unknown, name: string, max: number): Uint8Array => {
  const data = typeof given === "string" ? utf8(given) : expectBytes(given, name);
  return data.length > 0 && data.length <= max ? data : fail(name, -1, `${data.length} bytes are not 1 to ${max}`);
};
const nbyte = kind({
  number: emNumbers.values.nbyte,
  payload: tailed(emNbyte, "needle", bytes),
  toWire(given: EmNbyte, { little }) {
    only(given, "needle", "at", "layer");
    const needle = bytesOf(given.needle, "needle", 0xfff);
    return {
      off: int(given, "at", 0xffff),
      length: packed(needle.length, 12, layerOf(given.layer, "layer"), 16, little),
      needle,
    };
  },
  fromWire({ off, length, needle }, { little }): { needle: Uint8Array; at: number; layer: EmLayer } {
    const [size, layer] = unpacked(length, 12, 16, little);
    return { needle: needle.slice(0, size), at: off, layer: layerName(layer) };
  },
});

// ---- u32 ------------------------------------------------------------------------------------------------------------------------
const emU32 = struct("tc_u32_key", { size: 16 }, { mask: be32, val: be32, off: s32, offmask: s32 });
/** 32 bits of the network header, or of the next one, as the filter u32 looks at them. */
export interface EmU32 {
  readonly value: number;
  readonly mask?: number | undefined;
  /** A multiple of 4. */
  readonly at: number;
  readonly nexthdr?: boolean | undefined;
}
const u32Match = kind({
  number: emNumbers.values.u32,
  payload: emU32,
  toWire(given: EmU32) {
    only(given, "value", "mask", "at", "nexthdr");
    const mask = int(given, "mask", 0xffffffff, 0xffffffff);
    const off = int(given, "at", 0x7fffffff, undefined, -0x80000000);
    if (off % 4 !== 0) fail("at", -1, `${off} is not a multiple of 4`);
    return { mask, val: (int(given, "value", 0xffffffff) & mask) >>> 0, off, offmask: given.nexthdr ? -1 : 0 };
  },
  fromWire: ({ mask, val, off, offmask }): { value: number; mask: number; at: number; nexthdr?: true } => ({
    value: val,
    mask,
    at: off,
    ...(offmask !== 0 && { nexthdr: true }),
  }),
});

// ---- meta -----------------------------------------------------------------------------------------------------------------------
const metaIds = names("TCF_META_ID_", {
  value: 0, random: 1, loadavg_1: 2, loadavg_5: 3, loadavg_15: 4, dev: 5, priority: 6, protocol: 7, pkt_type: 8, pkt_len: 9, data_len: 10, mac_len: 11,
  nf_mark: 12, tc_index: 13, rt_classid: 14, rt_iif: 15, sk_family: 16, sk_state: 17, sk_reuse: 18, sk_bind_if: 19, sk_refcnt: 20, sk_shutdown: 21,
  sk_proto: 22, sk_type: 23, sk_rcvbuf: 24, sk_rmem: 25, sk_wmem: 26, sk_omem: 27, sk_wmem_queue: 28, sk_rcv_queue: 29, sk_snd_queue: 30,
  sk_err_queue: 31, sk_fwd_alloc: 32, sk_sndbuf: 33, sk_allocs: 34, sk_hash: 36, sk_lingertime: 37, sk_ack_backlog: 38,
  sk_max_ack_backlog: 39, sk_prio: 40, sk_rcvlowat: 41, sk_rcvtimeo: 42, sk_sndtimeo: 43, sk_sendmsg_off: 44, sk_write_pending: 45, vlan: 46, rxhash: 47,
}, {
  loadavg_1: "LOADAVG_0", loadavg_5: "LOADAVG_1", loadavg_15: "LOADAVG_2", pkt_type: "PKTTYPE", pkt_len: "PKTLEN", data_len: "DATALEN", mac_len: "MACLEN",
  nf_mark: "NFMARK", tc_index: "TCINDEX", rt_classid: "RTCLASSID", rt_iif: "RTIIF", sk_bind_if: "SK_BOUND_IF", sk_rmem: "SK_RMEM_ALLOC",
  sk_wmem: "SK_WMEM_ALLOC", sk_omem: "SK_OMEM_ALLOC", sk_wmem_queue: "SK_WMEM_QUEUED", sk_rcv_queue: "SK_RCV_QLEN", sk_snd_queue: "SK_SND_QLEN",
  sk_err_queue: "SK_ERR_QLEN", sk_fwd_alloc: "SK_FORWARD_ALLOCS", vlan: "VLAN_TAG",
}); // biome-ignore format: a table
export type MetaId = Exclude<keyof typeof metaIds.values, "value">;
export const META_IDS = (Object.keys(metaIds.values) as (MetaId | "value")[]).filter(
  (id): id is MetaId => id !== "value",
);
/** Ids that can be compared with text: names of devices. */
export const TEXT_IDS: readonly string[] = ["dev", "sk_bind_if"];
const metaTypes = names("TCF_META_TYPE_", { var: 0, int: 1 });
const { var: VAR, int: INT } = metaTypes.values;
const TYPE_SHIFT = 12;
const ID_MASK = 0x7ff;
const metaVal = struct("tcf_meta_val", { size: 4 }, { kind: u16, shift: u8, op: u8 });
const metaHdr = struct("tcf_meta_hdr", { size: 8 }, { left: metaVal, right: metaVal });
const emMeta = attrs("meta", { c: "TCA_EM_META_" }, { hdr: [1, metaHdr], lvalue: [2, bytes], rvalue: [3, bytes] });

/** Something known of the packet, or a value: a number, or text for the name of a device. */
export type MetaObject =
  | { readonly id: MetaId; readonly shift?: number | undefined; readonly mask?: number | undefined }
  | number
  | string;
export type MetaObjectOut = { id: MetaId; shift?: number; mask?: number } | number | string;
/** What the kernel knows of a packet beside its bytes. */
export interface EmMeta {
  readonly left: MetaObject;
  readonly op: EmOperand;
  readonly right: MetaObject;
}
const u32Bytes = (value: number, little: boolean): Uint8Array => {
  const data = new Uint8Array(4);
  new DataView(data.buffer).setUint32(0, value, little);
  return data;
};
const u32From = (data: Uint8Array | undefined, little: boolean): number =>
  data && data.length >= 4 ? new DataView(data.buffer, data.byteOffset, 4).getUint32(0, little) : 0;

const isText = (object: MetaObject) => typeof object === "string";
function metaObject(given: MetaObject, name: string, text: boolean, little: boolean) {
  if (typeof given === "string") return { kind: VAR << TYPE_SHIFT, shift: 0, data: bytesOf(given, name, 0xff) };
  if (typeof given === "number")
    return { kind: INT << TYPE_SHIFT, shift: 0, data: u32Bytes(int({ [name]: given }, name, 0xffffffff), little) };
  const object = expectObject(given, name);
  for (const other in object)
    if (other !== "id" && other !== "shift" && other !== "mask")
      fail(`${name}.${other}`, -1, "there is no such option; there are id, shift, mask");
  const { id, shift = 0, mask = 0 } = object as { id: MetaId; shift?: number; mask?: number };
  if (!META_IDS.includes(id)) return fail(`${name}.id`, -1, `${show(id)} is not one of ${META_IDS.join(", ")}`);
  if (text && !TEXT_IDS.includes(id)) fail(`${name}.id`, -1, `${id} is a number, and cannot be compared with text`);
  if (text && (shift !== 0 || mask !== 0)) fail(name, -1, "is compared with text, which takes no shift or mask");
  if (!Number.isInteger(shift) || shift < 0 || shift > 31)
    fail(`${name}.shift`, -1, `${show(shift)} is not an integer from 0 to 31`);
  if (!Number.isInteger(mask) || mask < 0 || mask > 0xffffffff)
    fail(`${name}.mask`, -1, `${show(mask)} is not an integer from 0 to 4294967295`);
  return {
    kind: ((text ? VAR : INT) << TYPE_SHIFT) | metaIds.values[id],
    shift,
    data: text ? undefined : u32Bytes(mask, little),
  };
}
function metaFrom(
  { kind, shift }: Value<typeof metaVal>,
  data: Uint8Array | undefined,
  little: boolean,
): MetaObjectOut {
  const type = kind >>> TYPE_SHIFT;
  const number = kind & ID_MASK;
  const id = META_IDS.find((i) => metaIds.values[i] === number);
  if (number === 0) return type === INT ? u32From(data, little) : new TextDecoder().decode(data ?? new Uint8Array());
  const mask = type === INT ? u32From(data, little) : 0;
  return { id: id ?? (`id${number}` as MetaId), ...(shift !== 0 && { shift }), ...(mask !== 0 && { mask }) };
}
const meta = kind({
  number: emNumbers.values.meta,
  payload: bare(emMeta),
  toWire(given: EmMeta, { little }) {
    only(given, "left", "op", "right");
    const text = isText(given.left) || isText(given.right);
    if (typeof given.left !== "object" && typeof given.right !== "object")
      fail("left", -1, "and right are both values: nothing of the packet is looked at");
    const left = metaObject(given.left, "left", text, little);
    const right = metaObject(given.right, "right", text, little);
    return {
      hdr: {
        left: { kind: left.kind, shift: left.shift, op: operandOf(given.op, "op") },
        right: { kind: right.kind, shift: right.shift, op: 0 },
      },
      ...(left.data && { lvalue: left.data }),
      ...(right.data && { rvalue: right.data }),
    };
  },
  fromWire({ hdr, lvalue, rvalue }, { little }): { left: MetaObjectOut; op: EmOperand; right: MetaObjectOut } {
    const none = { kind: 0, shift: 0, op: 0 };
    const { left, right } = hdr ?? { left: none, right: none };
    return {
      left: metaFrom(left, lvalue, little),
      op: OPERANDS[left.op] ?? "eq",
      right: metaFrom(right, rvalue, little),
    };
  },
});

// ---- text -----------------------------------------------------------------------------------------------------------------------
const emText = struct(
  "tcf_em_text",
  { size: 24, names: { layers: undefined } },
  { algo: chars(16), fromOffset: u16, toOffset: u16, patternLen: u16, layers: u8, _pad: pad(1) },
);
/** A pattern anywhere between two places. */
export interface EmText {
  /** `"kmp"` (Knuth, Morris, Pratt) by default, `"bm"` (Boyer, Moore) or `"fsm"` (with `struct ts_fsm_token`s as the pattern). */
  readonly algorithm?: string | undefined;
  /** A multiple of 4 bytes: the kernel misaligns its answers behind another length (em_text_dump), and no program can list the filters then. */
  readonly pattern: string | Uint8Array;
  readonly from: { readonly layer?: EmLayer | undefined; readonly offset: number };
  readonly to: { readonly layer?: EmLayer | undefined; readonly offset: number };
}
const text = kind({
  number: emNumbers.values.text,
  payload: tailed(emText, "pattern", bytes),
  toWire(given: EmText, { little }) {
    only(given, "algorithm", "pattern", "from", "to");
    const { algorithm = "kmp" } = given;
    const pattern = bytesOf(given.pattern, "pattern", 0xffff);
    if (pattern.length % 4 !== 0)
      fail(
        "pattern",
        -1,
        `${pattern.length} bytes are no multiple of 4, behind which the kernel's answers could not be read`,
      );
    if (typeof algorithm !== "string" || !/^[a-z0-9_-]{1,15}$/.test(algorithm))
      fail("algorithm", -1, `${show(algorithm)} is no name such as "kmp", "bm"`);
    const place = (name: "from" | "to") => {
      const object = expectObject(given[name], name);
      for (const other in object)
        if (other !== "layer" && other !== "offset")
          fail(`${name}.${other}`, -1, "there is no such option; there are layer, offset");
      return {
        layer: layerOf(object.layer, `${name}.layer`),
        offset: int({ [`${name}.offset`]: object.offset }, `${name}.offset`, 0xffff),
      };
    };
    const [from, to] = [place("from"), place("to")];
    if (from.layer > to.layer || (from.layer === to.layer && from.offset > to.offset))
      fail("to", -1, "lies before from");
    return {
      algo: algorithm,
      fromOffset: from.offset,
      toOffset: to.offset,
      patternLen: pattern.length,
      layers: packed(from.layer, 4, to.layer, 8, little),
      pattern,
    };
  },
  fromWire(
    { algo, fromOffset, toOffset, patternLen, layers, pattern },
    { little },
  ): {
    algorithm: string;
    pattern: Uint8Array;
    from: { layer: EmLayer; offset: number };
    to: { layer: EmLayer; offset: number };
  } {
    const [from, to] = unpacked(layers, 4, 8, little);
    return {
      algorithm: algo,
      pattern: pattern.slice(0, patternLen),
      from: { layer: layerName(from), offset: fromOffset },
      to: { layer: layerName(to), offset: toOffset },
    };
  },
});

// ---- canid ----------------------------------------------------------------------------------------------------------------------
const canFilter = struct("can_filter", { size: 8, c: "can_" }, { id: u32, mask: u32 });
const CAN_EFF_FLAG = 0x80000000;
const CAN_EFF_MASK = 0x1fffffff;
const CAN_SFF_MASK = 0x7ff;
const CANIDS_MAX = 400;
/** An identifier on a CAN bus, or those that are like it under a mask. */
export interface EmCanid {
  readonly id: number;
  readonly mask?: number | undefined;
  /** Of 29 bits rather than 11. */
  readonly extended?: boolean | undefined;
}
const canid = kind({
  number: emNumbers.values.canid,
  payload: array(canFilter),
  toWire(given: readonly EmCanid[]) {
    const list = expectArray(given, "") as readonly EmCanid[];
    if (list.length === 0 || list.length > CANIDS_MAX)
      fail("", -1, `${list.length} identifiers are not 1 to ${CANIDS_MAX}`);
    return list.map((one, i) => {
      const { id, mask, extended = false, ...others } = expectObject(one, `[${i}]`);
      for (const other in others) fail(`[${i}].${other}`, -1, "there is no such option; there are id, mask, extended");
      const all = extended ? CAN_EFF_MASK : CAN_SFF_MASK;
      const flag = extended ? CAN_EFF_FLAG : 0;
      return {
        id: (int({ [`[${i}].id`]: id }, `[${i}].id`, all) | flag) >>> 0,
        mask: (int({ [`[${i}].mask`]: mask }, `[${i}].mask`, all, all) | CAN_EFF_FLAG) >>> 0,
      };
    });
  },
  fromWire: (list): { id: number; mask?: number; extended?: true }[] =>
    list.map(({ id, mask }) => {
      const extended = (id & CAN_EFF_FLAG) !== 0;
      const all = extended ? CAN_EFF_MASK : CAN_SFF_MASK;
      return { id: id & all, ...((mask & all) !== all && { mask: mask & all }), ...(extended && { extended }) };
    }),
});

// ---- ipset ----------------------------------------------------------------------------------------------------------------------
const xtSetInfo = struct("xt_set_info", { size: 4 }, { index: u16, dim: u8, flags: u8 });
const IPSET_DIM_MAX = 6;
const IPSET_MAX_INDEX = 0xfffe;
/** A set of ipset, by the number that the kernel gave it (`ipset list -t` does not show it; ask NETLINK_NETFILTER or SO_IP_SET). */
export interface EmIpset {
  readonly index: number;
  /** Whether source or destination is looked up, for each dimension of the set: `["src", "dst"]`. */
  readonly directions: readonly ("src" | "dst")[];
}
const ipset = kind({
  number: emNumbers.values.ipset,
  payload: xtSetInfo,
  toWire(given: EmIpset) {
    only(given, "index", "directions");
    const directions = expectArray(given.directions, "directions");
    if (directions.length === 0 || directions.length > IPSET_DIM_MAX)
      fail("directions", -1, `${directions.length} are not 1 to ${IPSET_DIM_MAX}`);
    let bits = 0;
    directions.forEach((d, i) => {
      if (d !== "src" && d !== "dst") fail(`directions[${i}]`, -1, `${show(d)} is not one of src, dst`);
      if (d === "src") bits |= 1 << (i + 1);
    });
    return { index: int(given, "index", IPSET_MAX_INDEX), dim: directions.length, flags: bits };
  },
  fromWire: ({ index, dim, flags }): { index: number; directions: ("src" | "dst")[] } => ({
    index,
    directions: Array.from({ length: dim }, (_, i) => ((flags & (1 << (i + 1))) !== 0 ? "src" : "dst")),
  }),
});

export const emKinds = { cmp, nbyte, u32: u32Match, meta, text, canid, ipset } as const;
export type EmKind = keyof typeof emKinds;
type In<K> = K extends { toWire(options: infer I, ...rest: never): unknown } ? I : never;
type Out<K> = K extends { fromWire(...args: never): infer O } ? O : never;
export type EmOptions = { [K in EmKind]: { readonly [P in K]: In<(typeof emKinds)[K]> } }[EmKind];
export type EmOptionsOut = { [K in EmKind]: { [P in K]: Out<(typeof emKinds)[K]> } }[EmKind];
/** Forms by number. */
export const emPayloads = Object.fromEntries(Object.values(emKinds).map((k) => [k.number, k.payload])) as {
  readonly [kind: number]: Codec;
};
