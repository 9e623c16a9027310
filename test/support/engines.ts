/** The two engines by themselves, each tied to itself in nested sets. @module */
import type { Attrs } from "../../src/codec/schema/attrs.ts";
import { compile } from "../../src/codec/schema/compile.ts";
import { interpret } from "../../src/codec/schema/interpret.ts";
import type { Obj, Program } from "../../src/codec/schema/program.ts";
import type { ByteOrder } from "../../src/codec/wire/order.ts";
import { source } from "../../src/codec/wire/source.ts";
import { Writer } from "../../src/codec/wire/writer.ts";

export interface Engine {
  decode(bytes: Uint8Array): Obj;
  encode(value: Obj, canonical?: boolean): Uint8Array;
}
function engine(program: Program, order: ByteOrder): Engine {
  return {
    decode: (bytes) => program.decode(source(bytes), 0, bytes.length, 0),
    encode(value, canonical = false) {
      // Dirty: stale bytes must never reach the kernel as padding.
      const w = new Writer(order);
      w.bytes.fill(0xaa);
      program.encode(w, value, 0, canonical);
      return w.take();
    },
  };
}
function resolver(make: (set: Attrs, resolve: (set: Attrs) => Program) => Program) {
  const made = new Map<Attrs, Program>();
  const resolve = (set: Attrs): Program => {
    let program = made.get(set);
    if (!program) {
      program = make(set, resolve);
      made.set(set, program);
    }
    return program;
  };
  return resolve;
}
export const interpreted = (set: Attrs, order: ByteOrder): Engine =>
  engine(resolver((s, resolve) => interpret(s, order === "little", resolve))(set), order);
export const compiled = (set: Attrs, order: ByteOrder): Engine =>
  engine(
    resolver((s, resolve) => compile(s, order === "little", resolve, interpret(s, order === "little", resolve))!)(set),
    order,
  );
