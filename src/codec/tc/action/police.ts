/** police: packets above a rate meet another verdict (net/sched/act_police.c). @module */
import { array, attrs } from "../../schema/attrs.ts";
import type { Value } from "../../schema/codec.ts";
import { fail } from "../../schema/program.ts";
import { type Given, given } from "../../schema/quantity.ts";
import { rate, s32, u32, u64, unit } from "../../schema/scalar.ts";
import { struct } from "../../schema/struct.ts";
import { exactRate, formatRate } from "../../text/rate.ts";
import { exactSize, formatSize, parseSize } from "../../text/size.ts";
import { type ActionCommon, type ActionOptions, actionKind, showAges, showVerdict } from "../action-base.ts";
import { type Control, controlFromWire, controlToWire, controlWords, parseControl, tcfT } from "../control.ts";
import type { TcContext } from "../kind.ts";
import { choice, count } from "../options.ts";
import {
  bytesFor,
  LINKLAYERS,
  type LinkLayer,
  MAX_RATE32,
  rateWithTable,
  shownBytesFor,
  tcRatespec,
  ticksFor,
} from "../rate-spec.ts";
import type { Words } from "../words.ts";

/** `struct tc_police` of linux/pkt_cls.h. */
const tcPolice = struct(
  "tc_police",
  { size: 56 },
  {
    index: u32,
    action: s32,
    limit: u32,
    burst: unit(u32, "ticks"),
    mtu: unit(u32, "bytes"),
    rate: tcRatespec,
    peakrate: tcRatespec,
    refcnt: s32,
    bindcnt: s32,
    capab: u32,
  },
);
/** TCA_POLICE_* (tcf_police_dump). The tables of transmission times are only sent. */
export const policeSchema = attrs(
  "police",
  { c: "TCA_POLICE_" },
  {
    rate64: [8, rate(u64)],
    peakrate64: [9, rate(u64)],
    pktrate64: [10, unit(u64, "packets/s")],
    pktburst64: [11, unit(u64, "ticks")],
    tbf: [1, tcPolice],
    rate: [2, array(unit(u32, "ticks"))],
    peakrate: [3, array(unit(u32, "ticks"))],
    result: [5, s32],
    avrate: [4, rate(u32)],
    tm: [6, tcfT],
  },
);
type Wire = Value<typeof policeSchema>;

/** `control` is of what exceeds the rate: `"reclassify"` by default, as in tc. */
export interface PoliceOptions
  extends ActionOptions,
    Given<"rate" | "peakrate" | "avrate", "rate">,
    Given<"burst" | "mtu" | "mpu", "size"> {
  /** Of what conforms: `"pass"` by default. */
  readonly conform?: Control | undefined;
  /** Packets per second, in place of a rate, and how many may come at once. */
  readonly packetRate?: number | undefined;
  readonly packetBurst?: number | undefined;
  /** Bytes that the link layer adds to each packet. */
  readonly overhead?: number | undefined;
  readonly linklayer?: LinkLayer | undefined;
  /** Bytes that one cell of the rate's table stands for: a power of two; tc's `burst 10k/8`. */
  readonly cell?: number | undefined;
}
/**
 * What a policer reports. Bursts are to the tick of the scheduler's clock (64 ns). `mpu` is not reported (it comes back as 0); an mtu is
 * where there is a rate: 2040 unless one was given.
 */
export interface Police extends ActionCommon {
  rateBytesPerSecond?: number;
  burstBytes?: number;
  peakrateBytesPerSecond?: number;
  avrateBytesPerSecond?: number;
  mtuBytes?: number;
  packetRate?: number;
  packetBurst?: number;
  overhead?: number;
  linklayer?: LinkLayer;
  conform?: Control;
}

const NO_MTU = 0xffffffff;
const LINKLAYER_MASK = 0xf;
const layerOf = (linklayer: number): LinkLayer =>
  (linklayer & LINKLAYER_MASK) === LINKLAYERS.atm ? "atm" : "ethernet";
const SAFE = Number.MAX_SAFE_INTEGER;

export const policeKind = actionKind<"police", typeof policeSchema, PoliceOptions, Police>({
  kind: "police",
  schema: policeSchema,
  control: "reclassify",
  known: {
    rate: "rate", peakrate: "rate", avrate: "rate", burst: "size", mtu: "size", mpu: "size", conform: true, packetRate: true, packetBurst: true,
    overhead: true, linklayer: true, cell: true,
  }, // biome-ignore format: a table
  parms: "tbf",
  toWire(options, gen, { psched }) {
    const whole = (name: string, quantity: "rate" | "size") => {
      const value = given(options, name, quantity);
      return value === undefined ? undefined : Math.round(value);
    };
    const bytes = whole("rate", "rate");
    const burst = whole("burst", "size");
    const peak = whole("peakrate", "rate");
    const average = whole("avrate", "rate");
    const mtu = whole("mtu", "size") ?? 0;
    const packetRate = count(options, "packetRate", SAFE, 1);
    const packetBurst = count(options, "packetBurst", SAFE, 1);
    if (!bytes && average === undefined && packetRate === undefined && mtu === 0)
      fail("rate", -1, "is missing: rate and burst, packetRate and packetBurst, avrate, or mtu");
    if (bytes && !burst && average === undefined) fail("burst", -1, "is missing: how much may come at once");
    if (burst !== undefined && !bytes) fail("burst", -1, "is given without a rate");
    if (packetRate !== undefined && bytes) fail("packetRate", -1, "is given with rate: there is one or the other");
    if ((packetRate === undefined) !== (packetBurst === undefined))
      fail(
        packetRate === undefined ? "packetRate" : "packetBurst",
        -1,
        "is missing: packetRate and packetBurst go together",
      );
    if (peak && !bytes) fail("peakrate", -1, "is given without a rate");
    if (peak && mtu === 0) fail("mtu", -1, "is missing: a peakrate needs one");
    const cell = count(options, "cell", 0x40000000, 1);
    if (cell !== undefined && (cell & (cell - 1)) !== 0) fail("cell", -1, `${cell} is not a power of two`);
    const shape = {
      mtu: mtu || 2047,
      mpu: whole("mpu", "size") ?? 0,
      overhead: count(options, "overhead", 0xffff) ?? 0,
      linklayer: choice(options, "linklayer", ["ethernet", "atm", "adsl"]),
      cellLog: cell === undefined ? undefined : Math.log2(cell),
    };
    const main = bytes ? rateWithTable(bytes, psched, shape) : undefined;
    const top = peak ? rateWithTable(peak, psched, { ...shape, cellLog: undefined }) : undefined;
    const { conform } = options;
    return {
      tbf: {
        ...gen,
        mtu,
        burst: bytes ? ticksFor(bytes, burst ?? 0, psched) : 0,
        ...(main && { rate: main.spec }),
        ...(top && { peakrate: top.spec }),
      },
      ...(main && { rate: main.table }),
      ...(bytes && bytes > MAX_RATE32 && { rate64: BigInt(bytes) }),
      ...(top && { peakrate: top.table }),
      ...(peak && peak > MAX_RATE32 && { peakrate64: BigInt(peak) }),
      ...(average !== undefined && { avrate: average }),
      ...(conform !== undefined && conform !== "pass" && { result: controlToWire(conform, "conform") }),
      ...(packetRate !== undefined && {
        pktrate64: BigInt(packetRate),
        pktburst64: BigInt(ticksFor(packetRate, packetBurst!, psched)),
      }),
    };
  },
  fromWire(value, { psched }) {
    const { tbf, result, avrate, pktrate64, pktburst64 } = value;
    const { bytes, peak } = ratesOf(value);
    const layer = layerOf(tbf?.rate.linklayer ?? 0);
    return {
      ...(bytes !== 0 && { rateBytesPerSecond: bytes, burstBytes: bytesFor(bytes, tbf?.burst ?? 0, psched) }),
      ...(peak !== 0 && { peakrateBytesPerSecond: peak }),
      ...(avrate !== undefined && { avrateBytesPerSecond: avrate }),
      ...(tbf && tbf.mtu !== 0 && tbf.mtu !== NO_MTU && { mtuBytes: tbf.mtu }),
      ...(pktrate64 !== undefined && {
        packetRate: Number(pktrate64),
        packetBurst: bytesFor(Number(pktrate64), Number(pktburst64 ?? 0n), psched),
      }),
      ...(tbf && tbf.rate.overhead !== 0 && { overhead: tbf.rate.overhead }),
      ...(layer !== "ethernet" && { linklayer: layer }),
      ...(result !== undefined && result !== 0 && { conform: controlFromWire(result) }),
    };
  },
  ownIndex: true,
  parse: parsePolice,
  words(o) {
    const pair = (word: string, value: string | number | undefined) =>
      value === undefined ? [] : [word, String(value)];
    const rateOf = (x: number | undefined) => (x === undefined ? undefined : exactRate(x));
    const sizeOf = (x: number | undefined) => (x === undefined ? undefined : exactSize(x));
    return [
      ...pair("rate", rateOf(o.rateBytesPerSecond)),
      ...pair("burst", sizeOf(o.burstBytes)),
      ...pair("pkts_rate", o.packetRate),
      ...pair("pkts_burst", o.packetBurst),
      ...pair("mtu", sizeOf(o.mtuBytes)),
      ...pair("peakrate", rateOf(o.peakrateBytesPerSecond)),
      ...pair("avrate", rateOf(o.avrateBytesPerSecond)),
      ...pair("overhead", o.overhead),
      ...pair("linklayer", o.linklayer),
      "conform-exceed",
      ...controlWords(o.control),
      ...(o.conform === undefined ? [] : ["/", ...controlWords(o.conform)]),
    ];
  },
  silent: () => true,
  show: showPolice,
});

const ratesOf = ({ tbf, rate64, peakrate64 }: Wire): { readonly bytes: number; readonly peak: number } => ({
  bytes: Number(rate64 ?? tbf?.rate.rate ?? 0),
  peak: Number(peakrate64 ?? tbf?.peakrate.rate ?? 0),
});

// act_parse_police of iproute2's tc/m_police.c.
function parsePolice(words: Words, out: Record<string, unknown>): void {
  const sizeAndCell = (word: string, name: string) => {
    const [size = "", cell] = words.next(word, "a size").split("/");
    out[name] =
      parseSize(size, 1) ?? words.fail(`${word}: ${JSON.stringify(size)} is not a size such as "10kb" or "10kb/8"`);
    return cell === undefined ? undefined : Number(cell);
  };
  const OWN = ["burst", "buffer", "maxburst", "mtu", "minburst", "mpu", "rate", "avrate", "peakrate", "conform-exceed", "overhead", "linklayer", "pkts_rate", "pkts_burst", "index"]; // biome-ignore format: a table
  let seen = false;
  for (;;) {
    // Verdicts may stand anywhere; the one of what exceeds.
    const control = parseControl(words);
    if (control !== undefined) {
      out.control = control;
      seen = true;
      continue;
    }
    const word = words.take(...OWN);
    if (word === undefined) break;
    seen = true;
    switch (word) {
      case "burst":
      case "buffer":
      case "maxburst": {
        const cell = sizeAndCell(word, "burstBytes");
        if (cell !== undefined) out.cell = cell;
        break;
      }
      case "mtu":
      case "minburst":
        sizeAndCell(word, "mtuBytes");
        break;
      case "mpu":
        out.mpuBytes = words.size(word);
        break;
      case "rate":
      case "avrate":
      case "peakrate":
        out[`${word}BytesPerSecond`] = words.rate(word);
        break;
      case "conform-exceed":
        parseResult(words, out);
        break;
      case "overhead":
        out.overhead = words.integer(word, 0xffff);
        break;
      case "linklayer":
        out.linklayer = words.oneOf(word, ["ethernet", "atm", "adsl"]);
        break;
      case "index":
        out.index = words.integer(word);
        break;
      default:
        out[word === "pkts_rate" ? "packetRate" : "packetBurst"] = words.integer(word, SAFE, 1);
    }
  }
  if (!seen) words.unknown(words.next("police", "a rate"), OWN);
}
/** `drop/pass`, `drop / pass`, `drop`, `goto chain 5 / pipe`. */
function parseResult(words: Words, out: Record<string, unknown>): void {
  const joined = words.ahead?.includes("/") && words.ahead !== "/" ? words.next().split("/") : undefined;
  if (joined) {
    const [exceed, conform] = joined.map((word) => words.inner([word], parseControl));
    if (joined.length !== 2 || exceed === undefined || conform === undefined)
      words.fail(`conform-exceed: ${JSON.stringify(joined.join("/"))} is not two verdicts`);
    Object.assign(out, { control: exceed, conform });
    return;
  }
  out.control =
    parseControl(words) ?? words.fail(`conform-exceed: ${JSON.stringify(words.ahead ?? "")} is not a verdict`);
  if (words.take("/")) out.conform = parseControl(words) ?? words.fail("conform-exceed: a verdict is missing behind /");
}

// print_police of iproute2's tc/m_police.c: rates and sizes are not in its JSON.
function showPolice(value: Wire, out: Parameters<typeof showVerdict>[0], context: TcContext): void {
  const { tbf, avrate, pktrate64, pktburst64, result, tm } = value;
  const { bytes, peak } = ratesOf(value);
  const { psched } = context;
  const { index = 0, burst = 0, mtu = 0, action = 0, refcnt = 0, bindcnt = 0 } = tbf ?? {};
  out.put("kind", "police");
  out.put("index", index, ` police 0x${index.toString(16)} `);
  out.say(
    `rate ${formatRate(BigInt(bytes))} burst ${formatSize(bytes === 0 ? 0 : shownBytesFor(bytes, burst, psched))} mtu ${formatSize(mtu)} `,
  );
  if (peak !== 0) out.say(`peakrate ${formatRate(BigInt(peak))} `);
  if (avrate !== undefined) out.say(`avrate ${formatRate(avrate)} `);
  if (pktrate64 !== undefined && pktburst64 !== undefined) {
    const packets = shownBytesFor(Number(pktrate64), Number(pktburst64), psched);
    out.put("pkts_rate", pktrate64, `pkts_rate ${pktrate64} `);
    out.put("pkts_burst", packets, `pkts_burst ${packets} `);
  }
  showVerdict(out, action, "action ");
  if (result !== undefined) showVerdict(out, result, "/");
  out.say(" ");
  const overhead = tbf?.rate.overhead ?? 0;
  out.put("overhead", overhead, `overhead ${formatSize(overhead)} `);
  const layer = (tbf?.rate.linklayer ?? 0) & LINKLAYER_MASK;
  const name = ["unspec", "ethernet", "atm"][layer] ?? "";
  if (context.details || layer > LINKLAYERS.ethernet) out.put("linklayer", name, `linklayer ${name} `);
  out.put("ref", refcnt, `\n\tref ${refcnt} `);
  out.put("bind", bindcnt, `bind ${bindcnt} `);
  if (context.statistics) showAges(out, tm);
  out.say("\n");
}
