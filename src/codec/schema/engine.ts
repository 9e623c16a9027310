/** `decode(schema, bytes)` and `encode(schema, value)`. @module */
import { CodecError } from "../wire/error.ts";
import { type ByteOrder, hostOrder } from "../wire/order.ts";
import { type Source, source } from "../wire/source.ts";
import { Writer } from "../wire/writer.ts";
import type { Attrs } from "./attrs.ts";
import type { Input, Value } from "./codec.ts";
import { compile } from "./compile.ts";
import { interpret } from "./interpret.ts";
import { below, expectObject, type Interpreter, type Obj, type Program } from "./program.ts";

/**
 * A set is interpreted until it has proved hot, then compiled, where the host allows it: most link kinds are met a few times
 * in a program's life, and compiling one costs as much as interpreting some hundred messages.
 */
const HOT = 64;

/** The program of a set: an interpreter that replaces its own methods by compiled ones. */
class Tier implements Program {
  decode: Program["decode"];
  encode: Program["encode"];
  readonly interpreter: Interpreter;
  constructor(set: Attrs, little: boolean) {
    const interpreter = interpret(set, little, little ? littleTier : bigTier);
    let uses = 0;
    const warm = () => {
      if (++uses < HOT) return;
      const fast = compile(set, little, little ? littleTier : bigTier, interpreter) ?? interpreter;
      this.decode = fast.decode;
      this.encode = fast.encode;
    };
    this.interpreter = interpreter;
    this.decode = (src, at, end, depth) => {
      warm();
      return interpreter.decode(src, at, end, depth);
    };
    this.encode = (w, value, depth, canonical) => {
      warm();
      interpreter.encode(w, value, depth, canonical);
    };
  }
}
const little = new WeakMap<Attrs, Tier>();
const big = new WeakMap<Attrs, Tier>();
function tierIn(map: WeakMap<Attrs, Tier>, set: Attrs): Tier {
  let tier = map.get(set);
  if (tier === undefined) {
    tier = new Tier(set, map === little);
    map.set(set, tier);
  }
  return tier;
}
const littleTier = (set: Attrs): Tier => tierIn(little, set);
const bigTier = (set: Attrs): Tier => tierIn(big, set);
// One message after another is of the same set: 20 ns cheaper than a look into the map.
let lastSet: Attrs | undefined;
let lastOrder: ByteOrder | undefined;
let lastTier: Tier | undefined;
function tierOf(set: Attrs, order: ByteOrder): Tier {
  if (set !== lastSet || order !== lastOrder) {
    lastTier = (order === "little" ? littleTier : bigTier)(set);
    lastSet = set;
    lastOrder = order;
  }
  return lastTier!;
}

/** Decodes bytes `at…end` of a datagram. */
export type Decoder<V> = (src: Source, at: number, end: number) => V;
/**
 * The decoder of a set, for loops over many messages: `decode` without its look-up.
 * @throws {CodecError} from the decoder, where an attribute overruns what contains it
 */
export function decoder<C extends Attrs>(set: C, order: ByteOrder = hostOrder): Decoder<Value<C>> {
  const tier = tierOf(set, order);
  return (src, at, end) => {
    try {
      return tier.decode(src, at, end, 0) as Value<C>;
    } catch (e) {
      throw rooted(set, () => tier.interpreter.decode(src, at, end, 0), e);
    }
  };
}

/** Decodes a whole buffer: the payload of one message, after its nlmsghdr. @throws {CodecError} */
export function decode<C extends Attrs>(set: C, bytes: Uint8Array, order: ByteOrder = hostOrder): Value<C> {
  return decoder(set, order)(source(bytes), 0, bytes.length);
}

export interface EncodeOptions {
  /**
   * Write what was decoded as the schema says, instead of the same bytes again. For what goes to the kernel: it reports some nests without
   * NLA_F_NESTED that it refuses without.
   */
  readonly canonical?: boolean;
}
/** Appends the encoding of a value to a writer. */
export type Encoder<I> = (w: Writer, value: I) => void;
/**
 * The encoder of a set, for loops over many messages: `encodeTo` without its look-up. For writers of one byte order.
 * @throws {CodecError} from the encoder, naming the field; nothing is appended then
 */
export function encoder<C extends Attrs>(
  set: C,
  order: ByteOrder = hostOrder,
  { canonical = false }: EncodeOptions = {},
): Encoder<Input<C>> {
  const tier = tierOf(set, order);
  const little = order === "little";
  return (w, value) => {
    if (w.little !== little) throw new TypeError(`encoder: the writer's byte order is not ${order}-endian`);
    append(tier, set, w, value, canonical);
  };
}
/** Appends the encoding of `value` to a writer, in the writer's byte order. @throws {CodecError} that names the field; nothing is appended then */
export function encodeTo<C extends Attrs>(w: Writer, set: C, value: Input<C>, options?: EncodeOptions): void {
  append(tierOf(set, w.little ? "little" : "big"), set, w, value, options?.canonical ?? false);
}
function append(tier: Tier, set: Attrs, w: Writer, value: unknown, canonical: boolean): void {
  const start = w.length;
  try {
    if (typeof value !== "object" || value === null) expectObject(value, "");
    tier.encode(w, value as Obj, 0, canonical);
  } catch (e) {
    w.length = start;
    const error = rooted(set, () => tier.interpreter.encode(w, expectObject(value, ""), 0, canonical), e);
    w.length = start;
    throw error;
  }
}

/** Encodes one message's payload. @throws {CodecError} that names the field; nothing is half encoded */
export function encode<C extends Attrs>(
  set: C,
  value: Input<C>,
  order: ByteOrder = hostOrder,
  options?: EncodeOptions,
): Uint8Array {
  const w = new Writer(order, 256);
  encodeTo(w, set, value, options);
  return w.take();
}

/** The error with its whole path. A compiled program knows only that something is wrong: the interpreter says what. */
function rooted(set: Attrs, again: () => unknown, error: unknown): unknown {
  try {
    again();
  } catch (exact) {
    return below(set.name, exact);
  }
  return error instanceof CodecError ? below(set.name, error) : error;
}
