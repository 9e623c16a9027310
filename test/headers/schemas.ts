/** What the schemas claim of the kernel: each C name that follows from a declaration, and our number for it. @module */
import type { Attrs, Lazy } from "../../src/codec/schema/attrs.ts";
import { constantOf, snake } from "../../src/codec/schema/c-name.ts";
import type { Codec } from "../../src/codec/schema/codec.ts";
import { layout } from "../../src/codec/schema/layout.ts";
import { type BigNames, isScalar, type Names, SCALARS } from "../../src/codec/schema/scalar.ts";
import type { Pad, Struct } from "../../src/codec/schema/struct.ts";

/** That the C expression `c` is worth `ours`. */
export interface Claim {
  readonly kind: "attribute" | "value" | "size" | "offset" | "width";
  /** Module, export and fields down to the declaration. */
  readonly path: string;
  readonly c: string;
  readonly ours: number | bigint;
}
/** An attribute set or a table of names: what is declared together, and so stands in one enum of the kernel's. */
export interface Group {
  readonly kind: "attrs" | "names";
  readonly path: string;
  readonly declared: readonly { readonly c: string | undefined; readonly number: number | bigint }[];
}
export interface Claims {
  readonly claims: Claim[];
  readonly groups: Group[];
  /** Declarations that have no C name, and so go unchecked. */
  readonly nameless: { attributes: number; values: number; structs: number; members: number };
  /** What contradicts itself, before any kernel is asked. */
  readonly faults: { readonly path: string; readonly fault: string }[];
}

/** Words of iproute2: `host-route` → `HOST_ROUTE`, and `LOWER_UP` as it is. */
const upper = (word: string): string =>
  word
    .replace(/(?<=[a-z\d])[A-Z]/g, "_$&")
    .replaceAll("-", "_")
    .toUpperCase();

/** Walks all that `roots` (path → export) reach. What several reach has the path of its own export, or else the shortest. */
export function claimsOf(roots: Iterable<readonly [path: string, root: unknown]>): Claims {
  const found: Claims = {
    claims: [],
    groups: [],
    nameless: { attributes: 0, values: 0, structs: 0, members: 0 },
    faults: [],
  };
  const seen = new Set<object>();
  const queue: [path: string, node: object][] = [];
  const reach = (path: string, node: unknown): void => {
    if (typeof node !== "object" || node === null || ArrayBuffer.isView(node) || seen.has(node)) return;
    seen.add(node);
    queue.push([path, node]);
  };
  for (const [path, root] of roots) reach(path, root);
  for (const [path, node] of queue) visit(path, node, found, reach);
  return found;
}

type Reach = (path: string, node: unknown) => void;

function visit(path: string, node: object, found: Claims, reach: Reach): void {
  const kind = (node as { kind?: unknown }).kind;
  if (kind === "attrs" && "fields" in node) {
    attrs(path, node as Attrs, found, reach);
  } else if (kind === "struct" && "members" in node) {
    struct(path, node as Struct, found, reach);
  } else if (kind === "lazy" && "of" in node) {
    reach(path, (node as Lazy).of());
  } else if ("prefix" in node && "values" in node) {
    names(path, node as Names, found);
  } else if (typeof kind === "string" && isScalar(node as Codec)) {
    const { names, bigNames } = node as { names?: Names; bigNames?: BigNames };
    if (names) fits(path, names, node as Codec, found);
    reach(path, names ?? bigNames);
  } else {
    // Wrappers, the cases of a select, and whatever table a module exports.
    const wraps = typeof kind === "string";
    const entries = node instanceof Map ? node : Object.entries(node);
    for (const [key, value] of entries) reach(wraps ? path : `${path}[${String(key)}]`, value);
  }
}

function attrs(path: string, set: Attrs, found: Claims, reach: Reach): void {
  reach(`${path}(head)`, set.head);
  const declared = Object.entries(set.fields).map(([name, [number, codec]]) => {
    reach(`${path}.${name}`, codec);
    const c = constantOf(set, name);
    if (c === undefined) found.nameless.attributes++;
    else found.claims.push({ kind: "attribute", path: `${path}.${name}`, c, ours: number });
    return { c, number };
  });
  found.groups.push({ kind: "attrs", path, declared });
}

function struct(path: string, declared: Struct, found: Claims, reach: Reach): void {
  for (const [name, member] of Object.entries(declared.members)) reach(`${path}.${name}`, member);
  let placed: ReturnType<typeof layout>["members"];
  try {
    placed = layout(declared).members;
  } catch (error) {
    found.faults.push({ path, fault: (error as Error).message });
    return;
  }
  if (declared.name === "") {
    found.nameless.structs++;
    return;
  }
  const type = `struct ${declared.name}`;
  found.claims.push({ kind: "size", path, c: `sizeof(${type})`, ours: declared.size });
  for (const { name, member, at, end } of placed) {
    if (member.kind === "pad" && !(member as Pad).counts && !(name in declared.cNames)) continue;
    const c = name in declared.cNames ? declared.cNames[name] : declared.c + snake(name);
    if (c === undefined || name.startsWith("_")) {
      if (!name.startsWith("_")) found.nameless.members++;
      continue;
    }
    found.claims.push({ kind: "offset", path: `${path}.${name}`, c: `offsetof(${type}, ${c})`, ours: at });
    found.claims.push({ kind: "width", path: `${path}.${name}`, c: `sizeof(((${type} *)0)->${c})`, ours: end - at });
  }
}

function names(path: string, { prefix, values, c: given }: Names | BigNames, found: Claims): void {
  const declared = Object.entries<number | bigint>(values).map(([name, number]) => {
    const suffix = Object.hasOwn(given, name) ? given[name]! : prefix && upper(name);
    const c = suffix === "" ? undefined : prefix + suffix;
    if (c === undefined) found.nameless.values++;
    else found.claims.push({ kind: "value", path: `${path}["${name}"]`, c, ours: number });
    return { c, number };
  });
  found.groups.push({ kind: "names", path, declared });
}

/** A name that the scalar cannot hold is a slip in one of the two. */
function fits(path: string, { values }: Names, scalar: Codec, found: Claims): void {
  const { min, max } = SCALARS[scalar.kind as keyof typeof SCALARS];
  for (const [name, value] of Object.entries<number>(values))
    if (value < min || value > max)
      found.faults.push({ path, fault: `"${name}" is ${value}, which is no ${scalar.kind}` });
}
