/**
 * Extended matches: conditions joined by and, or, not (net/sched/ematch.c). On the wire they are a list, each related to the next, in which a
 * group (container) names the place where its own list begins; here they are a tree.
 * @module
 */
import { attrs, bare, bytes, indexed, select } from "../schema/attrs.ts";
import type { Input, Value } from "../schema/codec.ts";
import { below, expectArray, expectObject, fail, show } from "../schema/program.ts";
import { flags, names, u16, u32 } from "../schema/scalar.ts";
import { pad, struct, tailed } from "../schema/struct.ts";
import { EM_CONTAINER, type EmKind, type EmOptions, type EmOptionsOut, emKinds, emPayloads } from "./ematch-kinds.ts";
import type { TcContext } from "./kind.ts";

const treeHdr = struct("tcf_ematch_tree_hdr", { size: 4 }, { nmatches: u16, progid: u16 });
const emFlags = names("TCF_EM_", { rel_and: 1, rel_or: 2, invert: 4, simple: 8 });
const { rel_and: AND, rel_or: OR, invert: INVERT } = emFlags.values;
const RELATION = AND | OR;
const emHdr = struct(
  "tcf_ematch_hdr",
  { size: 8 },
  { matchid: u16, kind: u16, flags: flags(u16, emFlags), _pad: pad(2) },
);
/** A header, and what its kind says. Kinds without a form here stay bytes. */
const match = tailed(emHdr, "data", select("kind", { [EM_CONTAINER]: u32, ...emPayloads }, bytes));
/** TCA_EMATCH_TREE_* (tcf_em_tree_dump). */
export const ematchTree = attrs(
  "ematches",
  { c: "TCA_EMATCH_TREE_" },
  { hdr: [1, treeHdr], list: [2, bare(indexed(match))] },
);
type Tree = Value<typeof ematchTree>;
type Match = NonNullable<Tree["list"]>[number];
type MatchIn = NonNullable<NonNullable<Input<typeof ematchTree>["list"]>[number]>;

/**
 * A condition. `and` and `or` hold lists, which are looked at in order, up to where the answer is known. A group that is the last of its list
 * can stand without parentheses (`inline`), as `a and b or c` in tc, which means `a and (b or c)`.
 */
export type Ematch =
  | { readonly not: Ematch }
  | { readonly and: readonly Ematch[]; readonly inline?: boolean | undefined }
  | { readonly or: readonly Ematch[]; readonly inline?: boolean | undefined }
  | EmOptions
  /** Of a kind that has no form here. */
  | { readonly raw: { readonly kind: number; readonly data: Uint8Array } };
export type EmatchOut =
  | { not: EmatchOut }
  | { and: EmatchOut[]; inline?: true }
  | { or: EmatchOut[]; inline?: true }
  | EmOptionsOut
  | { raw: { kind: number; data: Uint8Array } };

// ---- to the wire ------------------------------------------------------------------------------------------------------------
interface Node {
  readonly kind: number;
  flags: number;
  readonly data: unknown;
  /** Of a group. */
  readonly children?: readonly Node[];
}
const MAX = 0x7fff;

/** @throws {CodecError} `and[1].cmp.at: …` */
export function ematchToWire(given: Ematch, context: TcContext): Input<typeof ematchTree> {
  const root = listOf(given, context, "");
  const flat: Node[] = [];
  const refs = new Map<Node, number>();
  flatten(root, flat, refs);
  if (flat.length > MAX) fail("", -1, `${flat.length} conditions are more than ${MAX}`);
  return {
    hdr: { nmatches: flat.length, progid: 0 },
    list: flat.map(
      (node): MatchIn =>
        ({ matchid: 0, kind: node.kind, flags: node.flags, data: refs.get(node) ?? node.data }) as MatchIn,
    ),
  };
}
/** The attribute of an option. @throws {CodecError} `match.and[1]…` */
export function ematchOption(
  given: Ematch | undefined,
  name: string,
  context: TcContext,
): { ematches?: Input<typeof ematchTree> } {
  if (given === undefined) return {};
  try {
    return { ematches: ematchToWire(given, context) };
  } catch (e) {
    throw below(name, e);
  }
}
/** A list; then, group by group, the lists of its groups (flatten_tree of iproute2's tc/m_ematch.c). */
function flatten(list: readonly Node[], flat: Node[], refs: Map<Node, number>): void {
  flat.push(...list);
  for (const node of list) {
    if (!node.children) continue;
    refs.set(node, flat.length);
    flatten(node.children, flat, refs);
  }
}

/** The list of a group: its parts, each related to the next. */
function listOf(given: Ematch, context: TcContext, path: string): Node[] {
  const { relation, items } = groupOf(given, path) ?? { relation: 0, items: undefined };
  if (items === undefined) return [nodeOf(given, context, path)];
  const word = relation === AND ? "and" : "or";
  if (items.length === 0) fail(join(path, word), -1, "is empty");
  const list: Node[] = [];
  items.forEach((item, i) => {
    const here = `${join(path, word)}[${i}]`;
    const group = groupOf(item, here);
    const inner = group?.inline ? listOf(item, context, here) : [nodeOf(item, context, here)];
    if (group?.inline && i !== items.length - 1) fail(here, -1, "is inline, and not the last: only the last can be");
    list.push(...inner);
    if (i < items.length - 1) inner.at(-1)!.flags |= relation;
  });
  return list;
}
const join = (path: string, name: string): string => (path === "" ? name : `${path}.${name}`);

interface Group {
  readonly relation: number;
  readonly items: readonly Ematch[];
  readonly inline: boolean;
}
function groupOf(given: Ematch, path: string): Group | undefined {
  const { and, or, inline, ...others } = expectObject(given, path) as { and?: unknown; or?: unknown; inline?: unknown };
  if (and === undefined && or === undefined) return undefined;
  const more = and !== undefined && or !== undefined ? ["or"] : Object.keys(others);
  if (more.length > 0) fail(join(path, more[0]!), -1, "stands beside another condition: join them with and, or");
  if (inline !== undefined && typeof inline !== "boolean")
    fail(join(path, "inline"), -1, `${show(inline)} is not true or false`);
  const items = expectArray(and ?? or, join(path, and === undefined ? "or" : "and")) as readonly Ematch[];
  return { relation: and === undefined ? OR : AND, items, inline: inline === true };
}
function nodeOf(given: Ematch, context: TcContext, path: string): Node {
  const object = expectObject(given, path) as { readonly [name: string]: unknown };
  if (groupOf(given, path)) return { kind: EM_CONTAINER, flags: 0, data: 0, children: listOf(given, context, path) };
  const entries = Object.entries(object).filter(([, v]) => v !== undefined);
  const [name, value] = entries[0] ?? [];
  if (entries.length !== 1 || name === undefined)
    return fail(path, -1, `${show(given)} is not { one of ${NAMES.join(", ")}: … }`);
  if (name === "not") {
    const node = nodeOf(value as Ematch, context, join(path, "not"));
    // Twice not: a group around the inner one.
    if (node.flags & INVERT) return { kind: EM_CONTAINER, flags: INVERT, data: 0, children: [node] };
    node.flags |= INVERT;
    return node;
  }
  if (name === "raw") {
    const { kind, data } = expectObject(value, join(path, name)) as { kind?: unknown; data?: unknown };
    if (!Number.isInteger(kind) || (kind as number) < 1 || (kind as number) > 0xffff)
      fail(join(path, "raw.kind"), -1, `${show(kind)} is not an integer from 1 to 65535`);
    if (!(data instanceof Uint8Array)) fail(join(path, "raw.data"), -1, `${show(data)} is not a Uint8Array`);
    return { kind: kind as number, flags: 0, data };
  }
  const kind =
    emKinds[name as EmKind] ?? fail(join(path, name), -1, `there is no such condition; there are ${NAMES.join(", ")}`);
  try {
    return { kind: kind.number, flags: 0, data: kind.toWire(value as never, context) };
  } catch (e) {
    throw path === "" ? below(name, e) : below(path, below(name, e));
  }
}
const NAMES = ["and", "or", "not", ...Object.keys(emKinds), "raw"];

// ---- from the wire ------------------------------------------------------------------------------------------------------------
/** The tree, or undefined of an empty one, and of one that is no tree. */
export function ematchFromWire({ hdr, list = [] }: Tree, context: TcContext): EmatchOut | undefined {
  if (!hdr || list.length === 0) return undefined;
  return readList(list, 0, context, true);
}
/** The list that begins at `at`. Groups lie behind what names them, so that no list holds itself. */
function readList(list: readonly Match[], at: number, context: TcContext, root: boolean): EmatchOut | undefined {
  const parts: Part[] = [];
  for (let i = at; ; i++) {
    const match = list[i];
    const item = match && readMatch(list, i, match, context);
    if (item === undefined) return undefined;
    const relation = match!.flags & RELATION;
    parts.push({ item, relation: relation === 0 ? undefined : relation === AND ? "and" : "or" });
    if (relation === 0) break;
  }
  return assemble(parts, root);
}
function readMatch(
  list: readonly Match[],
  at: number,
  { kind, flags, data }: Match,
  context: TcContext,
): EmatchOut | undefined {
  const inverted = (item: EmatchOut | undefined) => (item && (flags & INVERT) !== 0 ? { not: item } : item);
  if (kind === EM_CONTAINER) {
    if (typeof data !== "number" || data <= at) return undefined;
    return inverted(readList(list, data, context, false));
  }
  const name = Object.keys(emKinds).find((k) => emKinds[k as EmKind].number === kind);
  if (name === undefined || data instanceof Uint8Array) return inverted({ raw: { kind, data: data as Uint8Array } });
  return inverted({ [name]: emKinds[name as EmKind].fromWire(data as never, context) } as unknown as EmatchOut);
}
interface Part {
  readonly item: EmatchOut;
  /** To the next one. */
  readonly relation: "and" | "or" | undefined;
}
/** `a and b or c`: a and (b or c), the latter without parentheses of its own. */
export function assemble(parts: readonly Part[], root: boolean): EmatchOut {
  const [first] = parts;
  if (parts.length === 1) return root && !isGroup(first!.item) ? first!.item : { and: [first!.item] };
  const { relation } = first!;
  const end = parts.findIndex((p) => p.relation !== relation);
  const items = parts.slice(0, end).map(({ item }) => item);
  // The last one of the run belongs to the rest, if there is one.
  const rest = parts.slice(end);
  if (rest.length === 1) items.push(rest[0]!.item);
  else items.push({ ...(assemble(rest, false) as { and: EmatchOut[] }), inline: true });
  return relation === "and" ? { and: items } : { or: items };
}
const isGroup = (item: EmatchOut): boolean => "and" in item || "or" in item;
