/** Structs that are decoded member by member, when they are looked at: for giant dumps of which little is used. @module */
import { type Source, source } from "../wire/source.ts";
import { layout } from "./layout.ts";
import { memberOf } from "./members.ts";
import type { Obj } from "./program.ts";
import type { Struct } from "./struct.ts";

/** Makes the value of a struct in bytes `at…at + n`, or undefined for a length that it never had. */
export type ViewMaker = (src: Source, at: number, n: number) => object | undefined;

// The bytes belong to whoever decodes, and do not last: one copy a datagram serves all views of it.
let original: Source | undefined;
let copy: Source | undefined;
function kept(src: Source): Source {
  if (src !== original) {
    original = src;
    copy = source(src.bytes.slice());
  }
  return copy!;
}

const makers = [new WeakMap<Struct, ViewMaker>(), new WeakMap<Struct, ViewMaker>()] as const;
/** The maker of views of a struct. Their members are those of the plain value; `toJSON` makes that. */
export function viewMaker(struct: Struct, little: boolean): ViewMaker {
  const cache = makers[little ? 1 : 0];
  let maker = cache.get(struct);
  if (maker === undefined) {
    maker = make(struct, little);
    cache.set(struct, maker);
  }
  return maker;
}

function make(struct: Struct, little: boolean): ViewMaker {
  const { members, sizes } = layout(struct);
  const names: string[] = [];
  class View {
    readonly #src: Source;
    readonly #at: number;
    readonly #n: number;
    constructor(src: Source, at: number, n: number) {
      this.#src = src;
      this.#at = at;
      this.#n = n;
    }
    get rest(): Uint8Array | undefined {
      const end = this.#at + this.#n;
      return this.#n > struct.size ? this.#src.bytes.slice(this.#at + struct.size, end) : undefined;
    }
    toJSON(): Obj {
      const plain: Obj = {};
      for (const name of [...names, "rest"]) {
        const value = (this as unknown as Obj)[name];
        if (value !== undefined) plain[name] = value;
      }
      return plain;
    }
    static define(name: string, at: number, end: number, get: (src: Source, at: number) => unknown): void {
      names.push(name);
      Object.defineProperty(View.prototype, name, {
        enumerable: true,
        get(this: View) {
          return end <= this.#n ? get(this.#src, this.#at + at) : undefined;
        },
      });
    }
  }
  for (const placed of members)
    if (placed.member.kind !== "pad")
      View.define(placed.name, placed.at, placed.end, memberOf(placed, struct, little).get);
  return (src, at, n) => (n < struct.size && !sizes.includes(n) ? undefined : new View(kept(src), at, n));
}
