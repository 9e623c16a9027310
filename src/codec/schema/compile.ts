/**
 * The fast engine: writes the decoder and encoder of a set as source, so that every property is a named one (4 to 6 times
 * faster than `value[name] = …`) and every type, size and offset a constant. Forms that are rare on hot paths go through the
 * interpreter's leaves; nested sets are programs of their own. On anything wrong it just throws: the interpreter, asked again,
 * says what and where.
 * @module
 */
import { NLA_F_NESTED } from "../wire/align.ts";
import { readIpv4, readIpv6, writeIpv4, writeIpv6 } from "../wire/ip.ts";
import { macLength, readMac, writeMac } from "../wire/mac.ts";
import { writeText } from "../wire/string.ts";
import type { ArrayOf, Attrs, Multi, OrFlag, Select, View } from "./attrs.ts";
import type { Codec } from "./codec.ts";
import { counter, extent, layout, type Placed } from "./layout.ts";
import { memberOf, structOf, writingOrder } from "./members.ts";
import { type Context, leafOf } from "./payload.ts";
import {
  check,
  expectArray,
  expectBytes,
  expectObject,
  expectText,
  fail,
  type Interpreter,
  MAX_DEPTH,
  nestedFlag,
  type Program,
  type Resolve,
  unwrap,
} from "./program.ts";
import { isScalar, SCALARS, type Scalar } from "./scalar.ts";
import type { Fixed, List, Struct, Tailed } from "./struct.ts";
import { viewMaker } from "./view.ts";
import { attributeText, note, textFlipped, wireForm } from "./wire-form.ts";

/** What generated source calls. */
const runtime = {
  readIpv4,
  readIpv6,
  writeIpv4,
  writeIpv6,
  readMac,
  macLength,
  writeMac,
  writeText,
  attributeText,
  wireForm,
  note,
  textFlipped,
  check,
  fail,
  expectArray,
  expectBytes,
  expectObject,
  expectText,
};

/** The compiled program, or undefined where the host forbids code generation (a content security policy without unsafe-eval). */
export function compile(set: Attrs, little: boolean, resolve: Resolve, interpreter: Interpreter): Program | undefined {
  const links: unknown[] = [];
  const text = source(set, little, resolve, links);
  let make: Function;
  try {
    make = new Function("rt", "links", "interpreter", "PlainPrototype", text);
  } catch (e) {
    if (e instanceof EvalError) return undefined;
    throw e;
  }
  return make(runtime, links, interpreter, Object.prototype) as Program;
}

const identifier = /^[A-Za-z_$][\w$]*$/;
function property(name: string, set: Attrs): string {
  if (!identifier.test(name)) throw new Error(`${set.name}: "${name}" is not an identifier`);
  return name;
}

/** Source of a function body that returns `{ decode, encode }`. What it cannot say in text it finds in `links`. */
export function source(set: Attrs, little: boolean, resolve: Resolve, links: unknown[] = []): string {
  const context: Context = { set, little, resolve };
  const functions: string[] = [];
  const structs = new Map<Struct, string>();
  const link = (x: unknown): string => `links[${links.push(x) - 1}]`;
  /** A const in the generated source, initialised at first use: nested sets may refer back to this one. */
  const lazily = (make: () => unknown): string => {
    const name = `lazy${functions.length}`;
    functions.push(`let ${name}_; const ${name} = () => ${name}_ ??= ${link(make)}();`);
    return `${name}()`;
  };

  const orderOf = (kind: Scalar["kind"]): string => {
    const { size, order } = SCALARS[kind];
    return size === 1 ? "" : `, ${order === undefined ? little : order === "little"}`;
  };
  const get = (kind: Scalar["kind"], at: string): string => `v.get${SCALARS[kind].accessor}(${at}${orderOf(kind)})`;
  const valid = (kind: Scalar["kind"], x: string): string => {
    const { min, max, size } = SCALARS[kind];
    if (size === 8) return `typeof ${x} === "bigint" && ${x} >= ${min}n && ${x} <= ${max}n`;
    if (size === 4) return min === 0 ? `${x} >>> 0 === ${x}` : `(${x} | 0) === ${x}`;
    return `(${x} | 0) === ${x} && ${x} >= ${min} && ${x} <= ${max}`;
  };
  const put = (kind: Scalar["kind"], at: string, x: string): string =>
    `v.set${SCALARS[kind].accessor}(${at}, ${valid(kind, x)} ? ${x} : rt.check("${kind}", ${x}, "")${orderOf(kind)});`;

  // ---- structs ------------------------------------------------------------------------------------------------------------
  const getMember = (placed: Placed, struct: Struct, at: string): string => {
    const { member } = placed;
    if (isScalar(member as Codec)) return get((member as Scalar).kind, at);
    if (member.kind === "struct") return `read_${structName(member as Struct)}(s, ${at}, ${(member as Struct).size})`;
    if (member.kind === "list" && isScalar((member as List).item)) {
      const { item, count } = member as never as { item: Scalar; count: number };
      return `[${Array.from({ length: count }, (_, i) => get(item.kind, `${at} + ${i * SCALARS[item.kind].size}`)).join(", ")}]`;
    }
    if (member.kind !== "fixed") return `${memberAccess(placed, struct)}.get(s, ${at})`;
    const { form, size } = member as Fixed;
    if (form === "ipv4") return `rt.readIpv4(b, ${at})`;
    if (form === "ipv6") return `rt.readIpv6(b, ${at})`;
    if (form === "mac") return `rt.readMac(b, ${at}, ${at} + ${size})`;
    return form === "bytes" ? `b.slice(${at}, ${at} + ${size})` : `${memberAccess(placed, struct)}.get(s, ${at})`;
  };
  const memberAccess = (placed: Placed, struct: Struct): string => link(memberOf(placed, struct, little));
  /** Writes a member at `at`, where there is room and zeros. */
  const putMember = (placed: Placed, struct: Struct, at: string, x: string): string => {
    const { member } = placed;
    if (isScalar(member as Codec)) return put((member as Scalar).kind, at, x);
    if (member.kind === "struct" && !visible(member as Struct).some((m) => m.optional)) {
      const inner = `x${variables++}`;
      return `{ const ${inner} = rt.expectObject(${x}, ""); ${putMembers(member as Struct, at, inner)} }`;
    }
    if (member.kind === "list" && isScalar((member as List).item)) {
      const { item, count } = member as never as { item: Scalar; count: number };
      const [items, i, z] = [`x${variables++}`, `x${variables++}`, `x${variables++}`];
      return `{ const ${items} = rt.expectArray(${x}, ""); if (${items}.length > ${count}) rt.fail("", -1, "list");
for (let ${i} = 0; ${i} < ${items}.length; ${i}++) { const ${z} = ${items}[${i}]; ${put(item.kind, `${at} + ${i} * ${SCALARS[item.kind].size}`, z)} } }`;
    }
    if (member.kind === "fixed" && (member as Fixed).form.startsWith("ip")) {
      const write = (member as Fixed).form === "ipv4" ? "writeIpv4" : "writeIpv6";
      return `if (typeof ${x} !== "string" || !rt.${write}(b, ${at}, ${x})) rt.fail("", -1, "ip");`;
    }
    return `${memberAccess(placed, struct)}.set(w, ${at}, ${x});`;
  };
  let variables = 0;
  const putMembers = (struct: Struct, at: string, x: string, check = (_: Placed): string => ""): string =>
    writingOrder(visible(struct))
      .map((m) => {
        const y = `x${variables++}`;
        return `const ${y} = ${x}.${property(m.name, set)}; if (${y} !== undefined) { ${check(m)} ${putMember(m, struct, `${at} + ${m.at}`, y)} }`;
      })
      .join("\n");
  const visible = (struct: Struct): Placed[] => layout(struct).members.filter((m) => m.member.kind !== "pad");
  const literal = (members: readonly Placed[], struct: Struct): string =>
    `{ ${members.map((m) => `${property(m.name, set)}: ${getMember(m, struct, `o + ${m.at}`)}`).join(", ")} }`;

  /** As the constructor of a set's value below: room inside for members that come later (tcp_info has forty: 4 times faster). */
  function roomy(name: string, struct: Struct, base: readonly Placed[], later: readonly Placed[]): string {
    functions.push(`function Struct_${name}(${base.map((_, i) => `m${i}`).join(", ")}) {
  ${base.map((m, i) => `this.${property(m.name, set)} = m${i};`).join(" ")}
  if (0) { ${later.map((m) => `this.${property(m.name, set)} = 0;`).join(" ")} }
}
Struct_${name}.prototype = PlainPrototype;`);
    return `new Struct_${name}(${base.map((m) => getMember(m, struct, `o + ${m.at}`)).join(", ")})`;
  }

  function structName(struct: Struct): string {
    let name = structs.get(struct);
    if (name !== undefined) return name;
    name = `struct${structs.size}`;
    structs.set(struct, name);
    const members = visible(struct);
    const later = members.filter((m) => m.optional);
    const base = members.filter((m) => !m.optional);
    const make = later.length === 0 ? literal(base, struct) : roomy(name, struct, base, later);
    functions.push(`function read_${name}(s, o, n) {
  const v = s.view, b = s.bytes;
  const x = ${make};
${later.map((m) => `  if (n >= ${m.end}) x.${property(m.name, set)} = ${getMember(m, struct, `o + ${m.at}`)};`).join("\n")}
  if (n > ${struct.size}) x.rest = b.slice(o + ${struct.size}, o + n);
  return x;
}`);
    return name;
  }

  const writers = new Map<Struct, string>();
  function writerOf(struct: Struct): string {
    let name = writers.get(struct);
    if (name !== undefined) return name;
    name = `write_struct${writers.size}`;
    writers.set(struct, name);
    const later = visible(struct).filter((m) => m.optional);
    // It ends before the first of the later members that is not there.
    const size = later.map((m) => `x.${property(m.name, set)} === undefined ? ${m.at} : `).join("") + struct.size;
    const check = (m: Placed) => (later.length > 0 ? `if (${m.end} > n) rt.fail("", -1, "later");` : "");
    functions.push(`function ${name}(w, x) {
  if (typeof x !== "object" || x === null) rt.fail("", -1, "object");
  if (x.rest !== undefined) return ${link(structOf(struct, little))}.put(w, x);
  const n = ${size}, q = w.room(n), b = w.bytes, v = w.view;
  b.fill(0, q, q + n);
  ${putMembers(struct, "q", "x", check)}
}`);
    return name;
  }

  /** Of scalars, or of structs of one length; else undefined: the interpreter writes it. */
  function arrayWriter(item: Codec): string | undefined {
    if (!isScalar(item) && (item.kind !== "struct" || layout(item as Struct).sizes.length > 1)) return undefined;
    const { size } = extent(item);
    const one = isScalar(item)
      ? put(item.kind, "q", "z")
      : `rt.expectObject(z, ""); ${putMembers(item as Struct, "q", "z")}`;
    const name = `write_array${functions.length}`;
    functions.push(`function ${name}(w, items) {
  rt.expectArray(items, "");
  const n = items.length * ${size};
  let q = w.room(n);
  const b = w.bytes, v = w.view;
  b.fill(0, q, q + n);
  for (let i = 0; i < items.length; i++, q += ${size}) { const z = items[i]; ${one} }
}`);
    return name;
  }
  function tailedWriter({ head, tailName, tail }: Tailed): string | undefined {
    if (tail.kind !== "array" || layout(head).sizes.length > 1) return undefined;
    const items = arrayWriter((tail as ArrayOf).item);
    if (items === undefined) return undefined;
    const counted = counter(head);
    const name = `write_tailed${functions.length}`;
    functions.push(`function ${name}(w, x) {
  if (typeof x !== "object" || x === null) rt.fail("", -1, "object");
  const q = w.room(${head.size}), b = w.bytes, v = w.view;
  b.fill(0, q, q + ${head.size});
  ${putMembers(head, "q", "x")}
  ${counted ? `const count = rt.expectArray(x.${property(tailName, set)}, "").length; ${put(counted.scalar.kind, `q + ${counted.at}`, "count")}` : ""}
  ${items}(w, x.${property(tailName, set)});
}`);
    return name;
  }

  // ---- payloads: an expression that is undefined where the payload must stay raw -----------------------------------------
  const read = (wrapped: Codec): { fits: string; value: string; maybe: boolean } => {
    const { codec } = unwrap(wrapped);
    if (isScalar(codec))
      return { fits: `n === ${SCALARS[codec.kind].size}`, value: get(codec.kind, "p"), maybe: false };
    switch (codec.kind) {
      case "flag":
        return { fits: "n === 0", value: "true", maybe: false };
      case "orFlag": {
        const { kind } = (codec as OrFlag).item;
        return {
          fits: `(n === 0 || n === ${SCALARS[kind].size})`,
          value: `n === 0 ? true : ${get(kind, "p")}`,
          maybe: false,
        };
      }
      case "string":
      case "text":
        return { fits: "", value: "rt.attributeText(b, p, p + n)", maybe: true };
      case "bytes":
        return { fits: "", value: "b.slice(p, p + n)", maybe: false };
      case "mac":
        return { fits: "n > 0", value: "rt.readMac(b, p, p + n)", maybe: false };
      case "ip":
        return {
          fits: "(n === 4 || n === 16)",
          value: "(n === 4 ? rt.readIpv4(b, p) : rt.readIpv6(b, p))",
          maybe: false,
        };
      case "ipv4":
        return { fits: "n === 4", value: "rt.readIpv4(b, p)", maybe: false };
      case "ipv6":
        return { fits: "n === 16", value: "rt.readIpv6(b, p)", maybe: false };
      case "struct": {
        const struct = codec as Struct;
        const sizes = layout(struct).sizes.slice(0, -1);
        const fits = [`n >= ${struct.size}`, ...sizes.map((size) => `n === ${size}`)].join(" || ");
        return { fits: `(${fits})`, value: `read_${structName(struct)}(s, p, n)`, maybe: false };
      }
      case "array": {
        const { item } = codec as ArrayOf;
        if (!isScalar(item) && item.kind !== "struct") break;
        const name = arrayReader(item as Scalar | Struct);
        return { fits: `n % ${extent(item).size} === 0`, value: `${name}(s, p, p + n)`, maybe: false };
      }
      case "tailed": {
        const name = tailedReader(codec as Tailed);
        if (name === undefined) break;
        return { fits: "", value: `${name}(s, p, n)`, maybe: true };
      }
      case "view":
        return { fits: "", value: `${link(viewMaker((codec as View).item, little))}(s, p, n)`, maybe: true };
      case "attrs": {
        const inner = codec as Attrs;
        const program = lazily(() => resolve(inner));
        const fits = `d < ${MAX_DEPTH}${inner.head ? ` && n >= ${inner.head.size}` : ""}`;
        return { fits, value: `${program}.decode(s, p, p + n, d + 1)`, maybe: false };
      }
      default:
    }
    return {
      fits: "",
      value: `${lazily(() => leafOf(wrapped, context))}.read(s, p, n, ${place("x")})`,
      maybe: true,
    };
  };
  function arrayReader(item: Scalar | Struct): string {
    const name = `read_array${functions.length}`;
    const one = isScalar(item)
      ? get(item.kind, "o")
      : `read_${structName(item as Struct)}(s, o, ${(item as Struct).size})`;
    functions.push(`function ${name}(s, o, end) {
  const v = s.view, items = [];
  for (; o < end; o += ${extent(item).size}) items.push(${one});
  return items;
}`);
    return name;
  }
  /** Of a struct of one length with an array behind it; else undefined: the interpreter reads it. */
  function tailedReader({ head, tailName, tail }: Tailed): string | undefined {
    const { item } = tail as ArrayOf;
    if (tail.kind !== "array" || !(isScalar(item) || item.kind === "struct") || layout(head).sizes.length > 1)
      return undefined;
    const items = arrayReader(item as Scalar | Struct);
    const { size } = extent(item);
    const counted = counter(head);
    const fits = counted
      ? `${get(counted.scalar.kind, `o + ${counted.at}`)} * ${size} === rest`
      : `rest % ${size} === 0`;
    const members = visible(head).map((m) => `${property(m.name, set)}: ${getMember(m, head, `o + ${m.at}`)}`);
    const name = `read_tailed${functions.length}`;
    functions.push(`function ${name}(s, o, n) {
  const v = s.view, b = s.bytes, rest = n - ${head.size};
  if (rest < 0 || !(${fits})) return undefined;
  return { ${members.join(", ")}, ${property(tailName, set)}: ${items}(s, o + ${head.size}, o + n) };
}`);
    return name;
  }
  const place = (parent: string): string => `{ src: s, parent: ${parent}, depth: d, next: o, end }`;
  /** What a select looks at: while picking, the parent may lack the head's members. */
  const parentOf = ({ by }: Select): string => {
    const member = set.partial && set.head && visible(set.head).find((m) => m.name === by);
    return member ? `{ ${by}: ${getMember(member, set.head!, `h + ${member.at}`)} }` : "x";
  };

  /** The member of the head that a select of few forms goes by: its forms are then written out as branches. */
  const memberBy = ({ by, cases }: Select): Placed | undefined => {
    const found = set.head && visible(set.head).find((m) => m.name === by);
    const number = found && isScalar(found.member as Codec) && SCALARS[(found.member as Scalar).kind].size <= 4;
    return number && Object.keys(cases).length <= 4 ? found : undefined;
  };
  /** `branch` says what to do with each form, or without one. */
  const branches = ({ cases, otherwise }: Select, key: string, branch: (form: Codec | undefined) => string): string =>
    `switch (${key}) { ${Object.entries(cases)
      .map(([k, form]) => `case ${Number(k)}: { ${branch(form)} break; }`)
      .join(" ")} default: { ${branch(otherwise)} } }`;

  // ---- decode ---------------------------------------------------------------------------------------------------------------
  const headSize = set.head?.size ?? 0;
  const headMembers = set.head ? visible(set.head) : [];
  const kept = set.partial ? headMembers.filter((m) => set.partial!.includes(m.name)) : headMembers;
  const fields = Object.entries(set.fields).map(([name, [type, codec]], index) => {
    const { codec: inner } = unwrap(codec);
    const multi = inner.kind === "multi";
    return { name: property(name, set), type, index, multi, item: multi ? (inner as Multi).item : codec };
  });
  const decodeField = (field: (typeof fields)[number]): string => {
    const { name, type, index, multi, item } = field;
    const { codec } = unwrap(item);
    const fresh = multi ? "" : `(last < ${index} || x.${name} === undefined)`;
    const store = multi ? `if (x.${name} === undefined) x.${name} = [y]; else x.${name}.push(y);` : `x.${name} = y;`;
    // `last` is the greatest index so far: a field of a greater one is new, without a look at the object.
    const order = (unlike: string) =>
      set.partial
        ? `if (last < ${index}) last = ${index};`
        : `if (last > ${index}) odd = true; else last = ${index}; if (${unlike}) odd = true;`;
    if (codec.kind === "select") {
      const member = memberBy(codec as Select);
      if (member)
        return branches(codec as Select, getMember(member, set.head!, `h + ${member.at}`), (form) =>
          form === undefined ? "" : decodeField({ ...field, item: form }),
        );
      const among = lazily(() => leafOf(item, context));
      const unlike = `t !== (${type} | f.nested) || (f.text !== undefined && rt.textFlipped(f.text, b, p, p + n))`;
      const condition = fresh || "true";
      const { by } = codec as Select;
      // By an attribute that came before: nothing of the place is needed.
      const known = set.fields[by]
        ? `x.${property(by, set)} === undefined ? undefined : ${among}.among.at(x.${by})`
        : "undefined";
      return `if (${condition}) { let f = ${known}, y; if (f !== undefined && f.whole !== undefined && n >= f.whole.least && n <= f.whole.most && d < ${MAX_DEPTH}) y = f.whole.program.decode(s, p, p + n, d + 1); else { const place = ${place(parentOf(codec as Select))}; f = ${among}.among.reading(place); y = f === undefined ? undefined : f.read(s, p, n, place); } if (y !== undefined) { ${store} ${order(unlike)} continue; } }`;
    }
    const { fits, value, maybe } = read(item);
    const nul =
      codec.kind === "string"
        ? " || n === 0 || b[p + n - 1] !== 0"
        : codec.kind === "text"
          ? " || (n > 0 && b[p + n - 1] === 0)"
          : "";
    const condition = [fits, fresh].filter((c) => c !== "").join(" && ") || "true";
    const keep = `${store} ${order(`t !== ${type | nestedFlag(item)}${nul}`)} continue;`;
    const body = `const y = ${value}; ${maybe ? `if (y !== undefined) { ${keep} }` : keep}`;
    return `if (${condition}) { ${body} }`;
  };
  const numbers = new Map<number, (typeof fields)[number][]>();
  for (const field of fields) numbers.set(field.type, [...(numbers.get(field.type) ?? []), field]);
  const cases = [...numbers]
    .map(([type, [field, twin]]) => {
      if (twin === undefined) return `      case ${type}: ${decodeField(field!)} break;`;
      const [nest, other] = nestedFlag(field!.item) ? [field!, twin] : [twin, field!];
      return `      case ${type}: if ((t & ${NLA_F_NESTED}) !== 0) { ${decodeField(nest)} } else { ${decodeField(other)} } break;`;
    })
    .join("\n");
  const split = little ? "const len = w & 0xffff, t = w >>> 16" : "const len = w >>> 16, t = w & 0xffff";
  const counted = set.body === undefined ? undefined : counter(set.head!);
  const body = counted
    ? `const nb = ${get(counted.scalar.kind, `h + ${counted.at}`)}; if (nb > end - o) rt.fail("", o, "body");
  ${set.partial && !set.partial.includes(set.body!) ? "" : `x.${property(set.body!, set)} = b.slice(o, o + nb);`} o += (nb + 3) & ~3;`
    : "";
  // Objects that are filled property by property get their room inside from a constructor that mentions the properties
  // (V8 counts them when parsing), where a literal would put them into a growing array outside: 1.6 times faster on routes.
  // Its prototype is Object's, so that what comes out is a plain object.
  const decodeSource = `
function Value(${kept.map((_, i) => `m${i}`).join(", ")}) {
  ${kept.map((m, i) => `this.${m.name} = m${i};`).join(" ")}
  if (0) { ${set.body ? `this.${property(set.body, set)} = 0;` : ""} ${fields.map((f) => `this.${f.name} = 0;`).join(" ")} }
}
Value.prototype = PlainPrototype;
function decode(s, h, end, d) {
  const v = s.view, b = s.bytes;
  if (h + ${headSize} > end) rt.fail("", h, "short");
  const x = new Value(${kept.map((m) => getMember(m, set.head!, `h + ${m.at}`)).join(", ")});
  let o = h + ${headSize}, last = -1${set.partial ? "" : ", odd = false"};
  ${body}${set.partial ? "" : "const first = o;"}
  while (o + 4 <= end) {
    const w = v.getUint32(o, ${little});
    ${split}, n = len - 4, p = o + 4;
    if (n < 0 || p + n > end) rt.fail("", o, "overrun");
    o += (len + 3) & ~3;
    switch (t & 0x3fff) {
${cases}
    }
${
  set.partial
    ? ""
    : `    const raw = { type: t, data: b.slice(p, p + n) };
    if (x.unknown === undefined) x.unknown = [raw]; else x.unknown.push(raw);
    last = ${fields.length};`
}
  }
${set.partial ? "" : `  if (odd || o < end) rt.note(x, s, first, end, ${little}, t => interpreter.textOf(t, x), x.unknown);`}
  return x;
}`;

  // ---- encode: fields of a bounded size are written through local variables, the others through the writer ----------------
  const header = (n: number, type: number): number => (little ? (n + 4) | (type << 16) : ((n + 4) << 16) | type) >>> 0;
  const bounded = (wrapped: Codec, t: number): { room: number; code: string } | undefined => {
    const { codec } = unwrap(wrapped);
    const type = (n: number) => `v.setUint32(q, ${header(n, t)}, ${little});`;
    if (isScalar(codec)) {
      const { size } = SCALARS[codec.kind];
      const padded = (size + 3) & ~3;
      const clear = padded === size ? "" : "v.setUint32(q + 4, 0);";
      return { room: 4 + padded, code: `${type(size)} ${clear} ${put(codec.kind, "q + 4", "y")} q += ${4 + padded};` };
    }
    switch (codec.kind) {
      case "flag":
        return { room: 4, code: `if (y !== true) rt.fail("", -1, "flag"); ${type(0)} q += 4;` };
      case "ip":
        return {
          room: 20,
          code: `if (typeof y !== "string") rt.fail("", -1, "ip"); if (rt.writeIpv4(b, q + 4, y)) { ${type(4)} q += 8; } else if (rt.writeIpv6(b, q + 4, y)) { ${type(16)} q += 20; } else rt.fail("", -1, "ip");`,
        };
      case "ipv4":
        return {
          room: 8,
          code: `${type(4)} if (typeof y !== "string" || !rt.writeIpv4(b, q + 4, y)) rt.fail("", -1, "ip"); q += 8;`,
        };
      case "ipv6":
        return {
          room: 20,
          code: `${type(16)} if (typeof y !== "string" || !rt.writeIpv6(b, q + 4, y)) rt.fail("", -1, "ip"); q += 20;`,
        };
      default:
        return undefined;
    }
  };
  const manner = "{ depth: d, canonical: c, flipped: false }";
  const unbounded = (wrapped: Codec, type: number): string => {
    const { codec } = unwrap(wrapped);
    const wire = type | nestedFlag(wrapped);
    const nest = (body: string) => `{ const at = w.open(${wire}); ${body} w.close(at); }`;
    switch (codec.kind) {
      case "string":
      case "text":
        return `rt.writeText(w, ${wire}, rt.expectText(y, ""), ${codec.kind === "string" ? 1 : 0});`;
      case "bytes":
        return `w.raw(${wire}, rt.expectBytes(y, ""));`;
      case "mac":
        return `{ if (typeof y !== "string") rt.fail("", -1, "mac"); const at = w.attribute(${wire}, rt.macLength(y)); if (!rt.writeMac(w.bytes, at, y)) rt.fail("", -1, "mac"); }`;
      case "struct":
        return nest(`${writerOf(codec as Struct)}(w, y);`);
      case "view":
        return nest(`${writerOf((codec as View).item)}(w, y);`);
      case "array": {
        const name = arrayWriter((codec as ArrayOf).item);
        if (name !== undefined) return nest(`${name}(w, y);`);
        break;
      }
      case "tailed": {
        const name = tailedWriter(codec as Tailed);
        if (name !== undefined) return nest(`${name}(w, y);`);
        break;
      }
      case "attrs":
        return nest(
          `if (typeof y !== "object" || y === null) rt.fail("", -1, "object"); ${lazily(() => resolve(codec as Attrs))}.encode(w, y, d + 1, c);`,
        );
      case "select":
        return `{ const f = ${lazily(() => leafOf(wrapped, context))}.among.writing(x), at = w.open(${type} | f.nested); f.put(w, y, x, ${manner}); w.close(at); }`;
      default:
    }
    return nest(`${lazily(() => leafOf(wrapped, context))}.put(w, y, x, ${manner});`);
  };
  const through = (writes: string): string => `w.length = q; ${writes} q = w.room(rest); b = w.bytes; v = w.view;`;
  const one = (item: Codec, type: number): { room: number; code: string } => {
    const { codec } = unwrap(item);
    const fast = bounded(item, type);
    if (fast) return fast;
    if (codec.kind !== "select" || !memberBy(codec as Select)) return { room: 0, code: through(unbounded(item, type)) };
    let room = 0;
    const code = branches(codec as Select, `x.${(codec as Select).by}`, (form) => {
      const made = form && one(form, type);
      room = Math.max(room, made?.room ?? 0);
      return made?.code ?? through(unbounded(item, type));
    });
    return { room, code };
  };
  const encodeField = ({ name, type, multi, item }: (typeof fields)[number]): { room: number; code: string } => {
    const { room, code } = multi
      ? { room: 0, code: through(`for (const z of rt.expectArray(y, "")) { y = z; ${unbounded(item, type)} }`) }
      : one(item, type);
    return { room, code: `  y = x.${name}; if (y !== undefined) { ${code} }` };
  };
  const encoded = set.partial || set.body !== undefined ? [] : fields.map(encodeField);
  const fixedRoom = encoded.reduce((sum, { room }) => sum + room, headSize);
  const head = set.head
    ? `${Array.from({ length: headSize >> 2 }, (_, i) => `v.setUint32(q + ${4 * i}, 0);`).join(" ")}${Array.from({ length: headSize & 3 }, (_, i) => `b[q + ${(headSize & ~3) + i}] = 0;`).join(" ")}
${writingOrder(headMembers)
  .map((m) => `  y = x.${m.name}; if (y !== undefined) { ${putMember(m, set.head!, `q + ${m.at}`, "y")} }`)
  .join("\n")}
  q += ${headSize};`
    : "";
  // A body is rare: the interpreter writes it.
  const encodeSource =
    set.body !== undefined
      ? "const encode = interpreter.encode;"
      : set.partial
        ? `function encode() { rt.fail("", -1, "partial"); }`
        : `
const rest = ${fixedRoom};
function encode(w, x, d, c) {
  if (d > ${MAX_DEPTH} || (!c && rt.wireForm(x) !== undefined)) return interpreter.encode(w, x, d, c);
  let q = w.room(rest), b = w.bytes, v = w.view, y;
  ${head}
${encoded.map(({ code }) => code).join("\n")}
  w.length = q;
  if (x.unknown !== undefined) for (const r of x.unknown) w.raw(r.type, rt.expectBytes(r.data, ""));
}`;
  return `"use strict";\n${functions.join("\n")}\n${decodeSource}\n${encodeSource}\nreturn { decode, encode };`;
}
