/** Structs member by member. @module */
import type { Codec } from "../schema/codec.ts";
import type { DeviceName } from "../schema/friendly.ts";
import { extent, layout, type Placed, scalarIn } from "../schema/layout.ts";
import { accessOf, scalarAccess } from "../schema/members.ts";
import { isScalar } from "../schema/scalar.ts";
import type { Fixed, List, Pad, Struct, Union } from "../schema/struct.ts";
import type { Source } from "../wire/source.ts";
import { payloadMeaning, scalarMeaning } from "./meaning.ts";
import { type Explained, leaf } from "./node.ts";

/** What is explained, and how. */
export interface Walk {
  readonly src: Source;
  readonly little: boolean;
  readonly deviceName: DeviceName;
}

/** The members in bytes `at…end`, which may be fewer or more than the struct has. */
export function explainMembers(walk: Walk, struct: Struct, at: number, end: number): Explained[] {
  const { src } = walk;
  const { members, sizes } = layout(struct);
  const parts: Explained[] = [];
  let o = at;
  let cut: string | undefined;
  for (const placed of members) {
    if (at + placed.end > end) {
      cut ??= placed.name;
      continue;
    }
    if (at + placed.at > o) parts.push(leaf(src, "padding", "pad", o, at + placed.at));
    parts.push(explainPlaced(walk, struct, placed, at, end));
    o = at + placed.end;
  }
  const whole = sizes.includes(end - at);
  if (o < end && cut !== undefined && !whole)
    parts.push(leaf(src, "rest", "bytes", o, end, { error: `ends within ${cut}` }));
  else {
    const stop = Math.min(end, at + struct.size);
    if (o < stop) parts.push(leaf(src, "padding", "pad", o, stop));
    if (end > at + struct.size) parts.push(leaf(src, "rest", "bytes", at + struct.size, end));
  }
  return parts;
}

function explainPlaced(
  walk: Walk,
  struct: Struct,
  { name, member, at: offset }: Placed,
  start: number,
  end: number,
): Explained {
  const at = start + offset;
  if (member.kind === "pad") {
    const { size, counts } = member as Pad;
    if (counts) return explainFixed(walk, name, counts, at);
    return leaf(walk.src, "padding", "pad", at, at + size);
  }
  if (member.kind !== "union") return explainFixed(walk, name, member as Codec, at);
  const { by, cases } = member as Union;
  const { size } = extent(member);
  // What says the form may stand behind, where the struct is cut.
  const { at: place, scalar } = scalarIn(struct, by)!;
  const said = start + place + extent(scalar).size <= end;
  const form = said && cases[Number(scalarAccess(scalar.kind, walk.little).get(walk.src.view, start + place))];
  if (!form) return leaf(walk.src, name, "union", at, at + size);
  const inner = explainFixed(walk, name, form, at);
  if (inner.length === size) return inner;
  const rest = leaf(walk.src, "padding", "pad", at + inner.length, at + size);
  return { name, type: "union", offset: at, length: size, parts: [inner, rest] };
}

/** What has a fixed size and looks at nothing but itself. */
export function explainFixed(walk: Walk, name: string, codec: Codec, at: number): Explained {
  const { src, little, deviceName } = walk;
  if (isScalar(codec)) {
    const value = scalarAccess(codec.kind, little).get(src.view, at);
    const end = at + extent(codec).size;
    return leaf(src, name, codec.kind, at, end, { meaning: scalarMeaning(codec, value, name, deviceName) });
  }
  const { size } = extent(codec);
  if (codec.kind === "struct") {
    const parts = explainMembers(walk, codec as Struct, at, at + size);
    return { name, type: typeOfStruct(codec as Struct), offset: at, length: size, parts };
  }
  if (codec.kind === "list") {
    const { item, count } = codec as List;
    const step = extent(item).size;
    const parts = Array.from({ length: count }, (_, i) => explainFixed(walk, `[${i}]`, item, at + i * step));
    return { name, type: "array", offset: at, length: size, parts };
  }
  const { form } = codec as Fixed;
  const value = accessOf(codec, little).get(src, at);
  return leaf(src, name, form, at, at + size, { meaning: payloadMeaning(value, form) });
}

export const typeOfStruct = ({ name }: Struct): string => (name === "" ? "struct" : `struct ${name}`);
