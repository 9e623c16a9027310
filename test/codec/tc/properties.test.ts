/**
 * Whatever stands on the wire: what is read of it can be given again, and in tc's words, and then reads the same, or it is refused with an
 * error that names the option. Nothing else is thrown, whatever the bytes.
 * @module
 */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { attrs } from "../../../src/codec/schema/attrs.ts";
import { actionKinds } from "../../../src/codec/tc/action-kinds.ts";
import { classKinds } from "../../../src/codec/tc/class-kinds.ts";
import { filterKinds } from "../../../src/codec/tc/filter-kinds.ts";
import {
  optionsFromWire,
  optionsToWire,
  parseOptions,
  printOptions,
  showOptions,
  type TcContext,
  type TcKind,
} from "../../../src/codec/tc/kind.ts";
import { qdiscKinds } from "../../../src/codec/tc/qdisc-kinds.ts";
import { CodecError } from "../../../src/codec/wire/error.ts";
import { arbitrary } from "../../support/arbitrary.ts";
import { fromPayload, payload } from "./support.ts";

/** A run finds what the last one found: NLINK_SEED and NLINK_RUNS look elsewhere, and longer. */
const ROUNDS = { numRuns: Number(process.env.NLINK_RUNS ?? 200), seed: Number(process.env.NLINK_SEED ?? 1) };
const context: Partial<TcContext> = {
  protocol: 0x0800,
  handle: 1,
  deviceName: (index) => `d${index}`,
  deviceIndex: (name) => Number(name.slice(1)),
  statistics: true,
};
const wires = (kind: TcKind) =>
  arbitrary(attrs("holder", { c: "" }, { options: [2, kind.schema] }))
    .map((value) => value.options)
    .filter((options) => options !== undefined && !beyond(options));
/** Whether a number of 64 bits is beyond what a double of milliseconds holds to the nanosecond: options are such. */
const beyond = (value: unknown): boolean =>
  typeof value === "bigint"
    ? value > 2n ** 50n || value < -(2n ** 50n)
    : typeof value === "object" &&
      value !== null &&
      !(value instanceof Uint8Array) &&
      Object.values(value).some(beyond);

const groups = { qdisc: qdiscKinds, class: classKinds, filter: filterKinds, action: actionKinds };
const kinds = Object.entries(groups).flatMap(([object, list]) =>
  Object.entries(list).map(([name, kind]) => [`${object} ${name}`, kind as unknown as TcKind] as const),
);

/** What the kernel makes of times: CoDel's clock ticks every 1024 ns, psched's every 64. */
const CLOCKS: { readonly [kind: string]: { readonly [field: string]: bigint } } = {
  codel: { target: 10n, interval: 10n, ceThreshold: 10n },
  fq_codel: { target: 10n, interval: 10n, ceThreshold: 10n },
  pie: { target: 6n },
  fq_pie: { target: 6n },
};
function reported(kind: TcKind, wire: unknown): unknown {
  // Who reorders without a gap has one of 1 (get_reorder of sch_netem.c).
  const { reorder, gap } = (wire ?? {}) as { reorder?: { probability: number }; gap?: number };
  if (kind.kind === "netem" && reorder?.probability && gap === 0) return { ...(wire as object), gap: 1 };
  const clocks = CLOCKS[kind.kind];
  if (!clocks || typeof wire !== "object" || wire === null) return wire;
  return Object.fromEntries(
    Object.entries(wire).map(([field, value]) => {
      const bits = clocks[field];
      return [field, bits === undefined ? value : Number((((BigInt(value) * 1000n) >> bits) << bits) / 1000n)];
    }),
  );
}
/** Without what only the kernel says, and without what is nothing: what is left out is 0, no and none. */
const KERNELS = new Set(["hits", "stats", "directPackets", "virtualQueues", "inHw", "inHwCount", "id", "tag", "bands", "maxBands", "csum", "message", "use", "index"]); // biome-ignore format: a list
function significant(value: unknown): unknown {
  if (typeof value !== "object" || value === null || value instanceof Uint8Array) return value;
  if (Array.isArray(value)) return value.map(significant);
  const entries = Object.entries(value)
    .filter(([key]) => !KERNELS.has(key))
    .map(([key, x]) => [key, significant(x)] as const)
    .filter(([, x]) => x && x !== "0" && x !== "0b" && !(Array.isArray(x) && x.length === 0));
  return Object.fromEntries(entries);
}
/** Kinds of which something else is read, and why; they are proved in the VM. */
const OTHERWISE: { readonly [name: string]: string } = {
  "qdisc tbf": "the kernel reckons the time of a bucket given in bytes: see below",
  "qdisc sfb": "thresholds of 0 are the default ones",
  "qdisc red": "and so are its",
  "qdisc choke": "and its",
  "class htb": "buckets are given in bytes and reported as times, to 64 ns",
  "action police": "so are its",
  "action bpf": "names are those of loaded programs",
  "filter bpf": "they hold policers",
  "filter basic": "they hold policers",
  "filter cgroup": "they hold policers",
  "filter flow": "they hold policers",
  "filter fw": "they hold policers",
  "filter route": "they hold policers",
  "filter u32": "they hold policers",
};
/** Kinds whose words say the same in another way. */
const SPELT_OTHERWISE: { readonly [name: string]: string } = {
  "filter matchall": "of ways in which hardware may count for an action, tc can say one",
  "filter flower": "the same",
  "qdisc cake": "numbers that have no name have no word",
  "action pedit": "a value with bits under the mask is set and inverted",
};

describe("what is read of any bytes, is given again and reads the same", () => {
  test.each(kinds)("%s", (name, kind) => {
    const read = (wire: unknown) => {
      const normal = wire === undefined ? undefined : reported(kind, fromPayload(kind, payload(kind, wire)));
      if (normal === undefined || normal instanceof Uint8Array) return {};
      showOptions(kind, normal as never, context);
      return optionsFromWire(kind, normal as never, context) as object;
    };
    const refusal = (e: unknown) => {
      expect(e).toBeInstanceOf(CodecError);
      expect((e as Error).message).toMatch(new RegExp(`^(${kind.kind}|options|clock)`));
    };
    fc.assert(
      fc.property(wires(kind), (wire) => {
        const first = read(wire);
        let again: unknown;
        try {
          again = optionsToWire(kind, first, context);
          payload(kind, again ?? {});
        } catch (e) {
          return refusal(e);
        }
        if (name in OTHERWISE) return;
        if (again !== undefined) expect(significant(read(again)), "as options").toEqual(significant(first));
        let words: string[];
        let spelt: unknown;
        try {
          words = printOptions(kind, first as never, context);
          spelt = optionsToWire(kind, parseOptions(kind, words, context), context);
        } catch (e) {
          return refusal(e);
        }
        if (spelt === undefined || name in SPELT_OTHERWISE) return;
        expect(significant(read(spelt)), words.join(" ")).toEqual(significant(first));
      }),
      ROUNDS,
    );
  });
  test("a bucket of tbf's, in bytes, at any rate", () => {
    const times = (rate: number, bytes: number) => {
      const wire = optionsToWire(qdiscKinds.tbf, { rateBytesPerSecond: rate, burstBytes: bytes, limitBytes: 1 });
      // psched_ratecfg_precompute and psched_l2t_ns.
      let factor = 1_000_000_000n;
      let shift = 0n;
      while (((factor / BigInt(rate)) & (1n << 31n)) === 0n && (factor & (1n << 63n)) === 0n) {
        factor <<= 1n;
        shift++;
      }
      return Number(((BigInt(wire!.burst!) * BigInt.asUintN(32, factor / BigInt(rate))) >> shift) >> 6n);
    };
    fc.assert(
      fc.property(
        fc.integer({ min: 1000, max: 12_500_000_000 }),
        fc.integer({ min: 1000, max: 1 << 28 }),
        (rate, bytes) => {
          const ticks = times(rate, bytes);
          if (ticks === 0 || ticks > 0xffffffff) return;
          const parms = { rate: { rate: Math.min(rate, 0xffffffff) }, buffer: ticks };
          const { burstBytes } = optionsFromWire(qdiscKinds.tbf, { parms, rate64: BigInt(rate) } as never);
          expect(times(rate, burstBytes)).toBe(ticks);
        },
      ),
    );
  });
});
