/** What can be wrong with a message: mutations of captured ones, drawn from a seed. @module */

/** Numbers below `n`, the same for the same seed (mulberry32). */
export type Random = (n: number) => number;
export function random(seed: number): Random {
  let state = seed >>> 0;
  return (n) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % n;
  };
}

export interface Sample {
  readonly command: string;
  readonly protocol: number;
  readonly order: "little" | "big";
  /** One message, its header too. */
  readonly bytes: Uint8Array;
}

const HEADER = 16;
const u16 = (bytes: Uint8Array, at: number, value: number, little: boolean) =>
  new DataView(bytes.buffer, bytes.byteOffset).setUint16(at, value, little);
const joined = (...parts: Uint8Array[]): Uint8Array => Uint8Array.from(parts.flatMap((part) => [...part]));
/** A place in the payload where an attribute may begin. */
const place = (bytes: Uint8Array, r: Random) => {
  const words = (bytes.length - HEADER) >> 2;
  return HEADER + 4 * r(Math.max(1, words));
};

/** Where something is put: anywhere, which the lengths around it do not allow for, or behind all. */
const gap = (bytes: Uint8Array, r: Random) => (r(2) ? place(bytes, r) : Math.max(HEADER, (bytes.length + 3) & ~3));
const upTo = (bytes: Uint8Array, at: number) => {
  const out = new Uint8Array(at);
  out.set(bytes.subarray(0, at));
  return out;
};

type Mutation = (bytes: Uint8Array, r: Random, little: boolean, other: Uint8Array) => Uint8Array;
const mutations: { readonly [name: string]: Mutation } = {
  truncation: (bytes, r) => bytes.slice(0, HEADER + r(Math.max(1, bytes.length - HEADER))),
  bits(bytes, r) {
    for (let n = 1 + r(4); n > 0; n--) bytes[HEADER + r(Math.max(1, bytes.length - HEADER))]! ^= 1 << r(8);
    return bytes;
  },
  bytes(bytes, r) {
    for (let n = 1 + r(8); n > 0; n--) bytes[HEADER + r(Math.max(1, bytes.length - HEADER))] = r(256);
    return bytes;
  },
  length(bytes, r, little) {
    const at = place(bytes, r);
    if (at + 4 > bytes.length) return bytes;
    const left = bytes.length - at;
    const lengths = [0, 1, 3, 4, 5, 6, 7, 8, 12, left - 1, left, left + 1, left + 4, 0x7fff, 0x8000, 0xfffc, 0xffff];
    u16(bytes, at, lengths[r(lengths.length)]! & 0xffff, little);
    return bytes;
  },
  type(bytes, r, little) {
    const at = place(bytes, r);
    if (at + 4 <= bytes.length) u16(bytes, at + 2, r(2) ? r(80) | (r(4) << 14) : r(0x10000), little);
    return bytes;
  },
  /** A part stands twice, or not at all. */
  repetition(bytes, r) {
    const [a, b] = [place(bytes, r), place(bytes, r)].sort((x, y) => x - y) as [number, number];
    const part = bytes.slice(a, Math.min(b + 4, bytes.length));
    return r(2) ? joined(bytes.slice(0, b), part, bytes.slice(b)) : joined(bytes.slice(0, a), bytes.slice(b));
  },
  splice: (bytes, r, _little, other) => joined(bytes.slice(0, place(bytes, r)), other.slice(place(other, r))),
  /** A part of another message, as an attribute in this one. */
  graft(bytes, r, little, other) {
    const at = gap(bytes, r);
    const part = other.slice(place(other, r));
    const head = new Uint8Array(4);
    u16(head, 0, part.length + 4, little);
    u16(head, 2, r(64) | (r(2) << 15), little);
    return joined(upTo(bytes, at), head, part, bytes.slice(at));
  },
  /** An attribute in itself, many times over: the rest of the message behind hundreds of heads. */
  nesting(bytes, r, little) {
    const at = gap(bytes, r);
    const depth = 1 + r(r(4) ? 30 : 4000);
    const types = [r(64), r(64), r(8)];
    const heads = new Uint8Array(4 * depth);
    const rest = bytes.slice(at);
    for (let i = 0; i < depth; i++) {
      u16(heads, 4 * i, (4 * (depth - i) + rest.length) & 0xffff, little);
      u16(heads, 4 * i + 2, types[i % types.length]! | 0x8000, little);
    }
    return joined(upTo(bytes, at), heads, rest);
  },
  /** As many attributes as find room, of no or little content. */
  crowd(bytes, r, little) {
    const size = [4, 4, 8, 12][r(4)]!;
    const count = 1 + r(r(8) ? 50 : 4000);
    const crowd = new Uint8Array(size * count);
    const type = r(64) | (r(2) << 15);
    for (let i = 0; i < count; i++) {
      u16(crowd, i * size, size, little);
      u16(crowd, i * size + 2, r(2) ? type : i & 0x3fff, little);
    }
    const at = gap(bytes, r);
    return joined(upTo(bytes, at), crowd, bytes.slice(at));
  },
  noise(bytes, r) {
    const payload = Uint8Array.from({ length: r(r(8) ? 64 : 1024) }, () => r(256));
    return joined(bytes.slice(0, HEADER), payload);
  },
  /** Another message's type. */
  other: (bytes, _r, _little, other) => joined(bytes.slice(0, 4), other.slice(4, 6), bytes.slice(6)),
  /** Requests, ends, answers that are acknowledgements. */
  control(bytes, r, little) {
    u16(bytes, 4, [2, 2, 3, r(16), r(128)][r(5)]!, little);
    u16(bytes, 6, r(0x1000), little);
    if (bytes.length >= 20 && r(2)) bytes.fill(r(2) ? 0xff : 0, 16, 20);
    return bytes;
  },
};
export const mutationNames = Object.keys(mutations);

/** One sample, mutated once or several times. The header's length is made to fit, mostly. */
export function mutate(samples: readonly Sample[], r: Random): { sample: Sample; bytes: Uint8Array; how: string[] } {
  const sample = samples[r(samples.length)]!;
  const little = sample.order === "little";
  const how: string[] = [];
  let bytes: Uint8Array = sample.bytes.slice();
  for (let n = [1, 1, 1, 2, 2, 3, 5][r(7)]!; n > 0; n--) {
    const name = mutationNames[r(mutationNames.length)]!;
    how.push(name);
    bytes = mutations[name]!(bytes, r, little, samples[r(samples.length)]!.bytes);
    if (bytes.length > 40_000) bytes = bytes.slice(0, 40_000);
  }
  if (bytes.length >= 4 && r(50) > 0) new DataView(bytes.buffer, bytes.byteOffset).setUint32(0, bytes.length, little);
  return { sample, bytes, how };
}
