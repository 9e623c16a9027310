/** Struct layout under C's natural alignment: the facts that both engines and the header check read. @module */
import type { Codec } from "./codec.ts";
import { isScalar, SCALARS, type Scalar } from "./scalar.ts";
import type { Fixed, List, Member, Opt, Pad, Struct, Union } from "./struct.ts";

export interface Placed {
  readonly name: string;
  readonly member: Member | Pad;
  readonly at: number;
  readonly end: number;
  readonly optional: boolean;
}
export interface Layout {
  readonly members: readonly Placed[];
  readonly align: number;
  /** Sizes the struct had before each later member was added, and `size` itself: the lengths that decode. */
  readonly sizes: readonly number[];
}

const layouts = new WeakMap<Struct, Layout>();

/** @throws {Error} a declaration whose members do not add up to its size: a mistake in the schema, not in data */
export function layout(struct: Struct): Layout {
  let made = layouts.get(struct);
  if (made === undefined) {
    made = place(struct);
    layouts.set(struct, made);
  }
  return made;
}

/** The member of a struct that says how much follows it, if it has one. */
export function counter(struct: Struct): { readonly at: number; readonly scalar: Scalar<number> } | undefined {
  const found = layout(struct).members.find((m) => (m.member as Pad).counts !== undefined);
  return found && { at: found.at, scalar: (found.member as Pad).counts! };
}

/** Where a scalar member of a struct stands, or one of a struct within: `"sel.family"`. */
export function scalarIn(struct: Struct, path: string): { readonly at: number; readonly scalar: Scalar } | undefined {
  const [name, ...rest] = path.split(".");
  const placed = layout(struct).members.find((m) => m.name === name);
  if (!placed) return undefined;
  if (rest.length === 0)
    return isScalar(placed.member as Codec) ? { at: placed.at, scalar: placed.member as Scalar } : undefined;
  const inner = placed.member.kind === "struct" ? scalarIn(placed.member as Struct, rest.join(".")) : undefined;
  return inner && { at: placed.at + inner.at, scalar: inner.scalar };
}

function place(struct: Struct): Layout {
  const members: Placed[] = [];
  let at = 0;
  let widest = 1;
  for (const [name, declared] of Object.entries(struct.members)) {
    const optional = declared.kind === "opt";
    const member = optional ? (declared as Opt).item : (declared as Member | Pad);
    const { size, align } = extent(member);
    at = (at + align - 1) & -align;
    widest = Math.max(widest, align);
    members.push({ name, member, at, end: at + size, optional });
    at += size;
  }
  // A struct with bytes of its own at the end (a packed one, or a flexible member after an odd one) says so by its size.
  const size = (at + widest - 1) & -widest;
  if (size !== struct.size && at !== struct.size)
    throw new Error(`struct ${struct.name}: declared ${struct.size} bytes, its members take ${size}`);
  const sizes = members.filter((m) => m.optional).map((m) => m.at);
  return { members, align: widest, sizes: [...sizes, struct.size] };
}

export function extent(member: Codec | Pad): { size: number; align: number } {
  if (isScalar(member as Codec)) {
    const { size } = SCALARS[(member as Codec).kind as keyof typeof SCALARS];
    return { size, align: size };
  }
  switch (member.kind) {
    case "list": {
      const { item, count } = member as List;
      const { size, align } = extent(item);
      return { size: size * count, align };
    }
    case "union": {
      const cases = Object.values((member as Union).cases).map(extent);
      const align = Math.max(...cases.map((c) => c.align));
      return { size: (Math.max(...cases.map((c) => c.size)) + align - 1) & -align, align };
    }
    case "fixed": {
      const { form, size } = member as Fixed;
      return { size, align: form === "ipv4" || form === "ipv6" ? 4 : 1 };
    }
    case "struct":
      return { size: (member as Struct).size, align: layout(member as Struct).align };
    case "pad": {
      const { size, counts } = member as Pad;
      return { size, align: counts ? size : 1 };
    }
    default:
      throw new Error(`${member.kind} is not a struct member`);
  }
}
