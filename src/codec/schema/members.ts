/** Structs as the interpreter reads and writes them, member by member. @module */
import { readIpv4, readIpv6, writeIpv4, writeIpv6 } from "../wire/ip.ts";
import { parseMac, readMac } from "../wire/mac.ts";
import type { Source } from "../wire/source.ts";
import { utf8 } from "../wire/string.ts";
import type { Writer } from "../wire/writer.ts";
import type { Codec } from "./codec.ts";
import { extent, layout, type Placed, scalarIn } from "./layout.ts";
import { below, check, expectArray, expectBytes, expectObject, expectText, fail, type Obj, show } from "./program.ts";
import { isScalar, SCALARS, type Scalar } from "./scalar.ts";
import type { Fixed, List, Struct, Union } from "./struct.ts";

/** Reads and writes something of a fixed size at an offset. The room is taken, and zero, when it is written. */
export interface Access {
  get(src: Source, at: number): unknown;
  set(w: Writer, at: number, value: unknown): void;
}
export interface ScalarAccess {
  get(v: DataView, at: number): number | bigint;
  set(v: DataView, at: number, value: number | bigint): void;
  /** Room first: taking it may replace the writer's view. */
  append(w: Writer, value: number | bigint): void;
}
export function scalarAccess(kind: Scalar["kind"], little: boolean): ScalarAccess {
  const { accessor, order, size } = SCALARS[kind];
  const le = order === undefined ? little : order === "little";
  const get = DataView.prototype[`get${accessor}`] as (this: DataView, at: number, le: boolean) => number | bigint;
  const set = DataView.prototype[`set${accessor}`] as (
    this: DataView,
    at: number,
    value: number | bigint,
    le: boolean,
  ) => void;
  return {
    get: (v, at) => get.call(v, at, le),
    set: (v, at, value) => set.call(v, at, value, le),
    append(w, value) {
      const at = w.room(size);
      set.call(w.view, at, value, le);
    },
  };
}
/** `value`, if the scalar can hold it. @throws {CodecError} */
export function checked(kind: Scalar["kind"], value: unknown): number | bigint {
  const { min, max } = SCALARS[kind];
  if (typeof value === typeof min && (value as number) >= (min as number) && (value as number) <= (max as number)) {
    if (typeof value === "bigint" || Number.isInteger(value)) return value as number | bigint;
  }
  return check(kind, value, "");
}

export interface StructProgram {
  /** Reads the members that fit in `n` bytes. */
  into(src: Source, at: number, n: number, value: Obj): Obj;
  read(src: Source, at: number, n: number): Obj | undefined;
  /** `exact`: without the bytes of a longer struct, which have no place in an array or another struct. */
  put(w: Writer, value: Obj, exact?: boolean): void;
}
interface MemberProgram extends Access {
  readonly name: string;
  readonly at: number;
  readonly end: number;
  readonly optional: boolean;
}

const structs = [new WeakMap<Struct, StructProgram>(), new WeakMap<Struct, StructProgram>()] as const;
export function structOf(struct: Struct, little: boolean): StructProgram {
  const cache = structs[little ? 1 : 0];
  let made = cache.get(struct);
  if (made === undefined) {
    made = makeStruct(struct, little);
    cache.set(struct, made);
  }
  return made;
}

/** Members in the order of writing: a union looks at what says its form, which may stand behind it. */
export const writingOrder = (members: readonly Placed[]): Placed[] => [
  ...members.filter((m) => m.member.kind !== "union"),
  ...members.filter((m) => m.member.kind === "union"),
];

function makeStruct(struct: Struct, little: boolean): StructProgram {
  const { sizes } = layout(struct);
  const program = (m: Placed): MemberProgram => ({
    ...{ name: m.name, at: m.at, end: m.end, optional: m.optional },
    ...memberOf(m, struct, little),
  });
  const visible = layout(struct).members.filter((m) => m.member.kind !== "pad");
  const members = visible.map(program);
  const writers = writingOrder(visible).map((m) => members[visible.indexOf(m)]!);
  const into = (src: Source, at: number, n: number, value: Obj): Obj => {
    for (const m of members) if (m.end <= n) value[m.name] = m.get(src, at + m.at);
    return value;
  };
  return {
    into,
    read(src, at, n) {
      if (n < struct.size && !sizes.includes(n)) return undefined;
      const value = into(src, at, n, {});
      if (n > struct.size) value.rest = src.bytes.slice(at + struct.size, at + n);
      return value;
    },
    put(w, value, exact = false) {
      const absent = members.find((m) => m.optional && value[m.name] === undefined);
      const rest = exact || value.rest === undefined ? undefined : expectBytes(value.rest, "rest");
      const n = absent && !rest ? absent.at : struct.size;
      const at = w.room(n);
      w.bytes.fill(0, at, at + n);
      for (const m of writers) {
        const y = value[m.name];
        if (y === undefined) continue;
        if (m.end > n) fail(m.name, -1, `cannot be sent without ${absent!.name}`);
        try {
          m.set(w, at + m.at, y);
        } catch (e) {
          throw below(m.name, e);
        }
      }
      if (rest) w.append(rest);
    },
  };
}

/** A member of `struct`: a union's form is looked up beside it. */
export function memberOf({ member, at }: Placed, struct: Struct, little: boolean): Access {
  if (member.kind !== "union") return accessOf(member as Codec, little);
  const { by } = member as Union;
  const found = scalarIn(struct, by);
  if (!found) throw new Error(`struct ${struct.name}: ${by}, which says the form of a union, is not a scalar in it`);
  const scalar = scalarAccess(found.scalar.kind, little);
  return unionAccess(member as Union, (view, o) => scalar.get(view, o + found.at - at), little);
}

/** What has a fixed size and looks at nothing but itself. */
export function accessOf(codec: Codec, little: boolean): Access {
  if (isScalar(codec)) {
    const { get, set } = scalarAccess(codec.kind, little);
    return { get: (src, at) => get(src.view, at), set: (w, at, value) => set(w.view, at, checked(codec.kind, value)) };
  }
  switch (codec.kind) {
    case "list": {
      const { item, count } = codec as List;
      const { size } = extent(item);
      const { get, set } = accessOf(item, little);
      return {
        get: (src, at) => Array.from({ length: count }, (_, i) => get(src, at + i * size)),
        set(w, at, value) {
          const items = expectArray(value, "");
          if (items.length > count) fail("", -1, `${items.length} items where ${count} fit`);
          items.forEach((x, i) => {
            try {
              set(w, at + i * size, x);
            } catch (e) {
              throw below(`[${i}]`, e);
            }
          });
        },
      };
    }
    case "struct": {
      const s = structOf(codec as Struct, little);
      const { size } = codec as Struct;
      return {
        get: (src, at) => s.into(src, at, size, {}),
        set(w, at, value) {
          const keep = w.length;
          w.length = at; // written in place: the room is taken already
          s.put(w, expectObject(value, ""), true);
          w.length = keep;
        },
      };
    }
    case "fixed":
      return fixedAccess(codec as Fixed);
    default:
      throw new Error(`"${codec.kind}" is not of a fixed size`);
  }
}

function unionAccess(union: Union, byAt: (view: DataView, at: number) => number | bigint, little: boolean): Access {
  const { by, cases } = union;
  const { size } = extent(union);
  const forms = new Map(
    Object.entries(cases).map(([key, form]) => [key, { end: extent(form).size, ...accessOf(form, little) }]),
  );
  const isZero = (bytes: Uint8Array, at: number, end: number): boolean => {
    for (let i = at; i < end; i++) if (bytes[i] !== 0) return false;
    return true;
  };
  return {
    get(src, at) {
      const form = forms.get(String(byAt(src.view, at)));
      return form && isZero(src.bytes, at + form.end, at + size) ? form.get(src, at) : src.bytes.slice(at, at + size);
    },
    set(w, at, value) {
      if (value instanceof Uint8Array) {
        if (value.length > size) fail("", -1, `${value.length} bytes where ${size} fit`);
        w.bytes.set(value, at);
        return;
      }
      const key = byAt(w.view, at);
      const form = forms.get(String(key)) ?? fail("", -1, `there is no form for ${by} ${key}: bytes are needed`);
      form.set(w, at, value);
    },
  };
}

function fixedAccess({ form, size }: Fixed): Access {
  switch (form) {
    case "ipv4":
      return {
        get: (src, at) => readIpv4(src.bytes, at),
        set: (w, at, value) => {
          if (typeof value !== "string" || !writeIpv4(w.bytes, at, value))
            fail("", -1, `${show(value)} is not an IPv4 address`);
        },
      };
    case "ipv6":
      return {
        get: (src, at) => readIpv6(src.bytes, at),
        set: (w, at, value) => {
          if (typeof value !== "string" || !writeIpv6(w.bytes, at, value))
            fail("", -1, `${show(value)} is not an IPv6 address`);
        },
      };
    case "mac":
      return {
        get: (src, at) => readMac(src.bytes, at, at + size),
        set: (w, at, value) => {
          const data = typeof value === "string" ? parseMac(value) : undefined;
          if (data?.length !== size) fail("", -1, `${show(value)} is not a link-layer address of ${size} bytes`);
          w.bytes.set(data!, at);
        },
      };
    case "chars":
      return {
        get(src, at) {
          const nul = src.bytes.indexOf(0, at);
          const end = nul < 0 || nul > at + size ? at + size : nul;
          return lossy.decode(src.bytes.subarray(at, end)).replaceAll("\ufffd", "?");
        },
        set(w, at, value) {
          const data = utf8(expectText(value, ""));
          if (data.length > size) fail("", -1, `${show(value)} does not fit in ${size} bytes`);
          w.bytes.set(data, at);
        },
      };
    default:
      return {
        get: (src, at) => src.bytes.slice(at, at + size),
        set(w, at, value) {
          const data = expectBytes(value, "");
          if (data.length > size) fail("", -1, `${data.length} bytes where ${size} fit`);
          w.bytes.set(data, at);
        },
      };
  }
}
// What is no UTF-8 becomes U+FFFD, of three bytes: there would be no room for it again.
const lossy = new TextDecoder();
