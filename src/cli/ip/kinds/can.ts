/** `type can` (ip/iplink_can.c). @module */

import { type canBittiming, canControlModes, canStates } from "../../../codec/rtnetlink/link/kinds/can.ts";
import type { Value } from "../../../codec/schema/codec.ts";
import { nameOf, namesOf } from "../../../codec/schema/scalar.ts";
import type { Out } from "../../../codec/tc/show.ts";
import { integer, oneWord } from "../../grammar/args.ts";
import { custom, type Data, type KindWords, number, onOffNumber, type Row, row, shown } from "./rows.ts";

type Bittiming = Value<typeof canBittiming>;
type Flags = { flags: number; mask: number };
const modes = canControlModes.values;
const ZERO = { bitrate: 0, samplePoint: 0, tq: 0, propSeg: 0, phaseSeg1: 0, phaseSeg2: 0, sjw: 0, brp: 0 };
/** 0.875 is 875. */
const samplePoint = oneWord("FRACTION", (word) => {
  const value = Number(word);
  return /^0?\.\d+$|^0$/.test(word) && value < 1 ? Math.round(value * 1000) : undefined;
});
/** Words of the timing of bits; those of the data phase begin with a d. */
function timing(prefix: "" | "d", field: "bittiming" | "dataBittiming"): Row {
  const words: readonly (readonly [word: string, member: keyof Bittiming, help: string])[] = [
    ["bitrate", "bitrate", "bits per second"],
    ["tq", "tq", "time quantum, in ns"],
    ["prop-seg", "propSeg", "propagation segment, in quanta"],
    ["phase-seg1", "phaseSeg1", "first phase segment, in quanta"],
    ["phase-seg2", "phaseSeg2", "second phase segment, in quanta"],
    ["sjw", "sjw", "synchronization jump width, in quanta"],
  ];
  const put = (member: keyof Bittiming) => (data: Data, value: number) => {
    data[field] = { ...ZERO, ...(data[field] as Bittiming | undefined), [member]: value };
  };
  return custom({
    ...Object.fromEntries(
      words.map(([word, member, help]) => [`${prefix}${word}`, { help, arg: integer(), put: put(member) }]),
    ),
    [`${prefix}sample-point`]: { help: "where a bit is read: 0.875", arg: samplePoint, put: put("samplePoint") },
  });
}
const mode = (word: keyof typeof modes): Row =>
  custom({
    [word]: {
      help: "of the controller",
      arg: onOffNumber,
      put(data: Data, on: number) {
        setMode(data, modes[word], on !== 0);
      },
    },
  });
function setMode(data: Data, bit: number, on: boolean): void {
  const { flags = 0, mask = 0 } = (data.ctrlmode as Flags | undefined) ?? {};
  data.ctrlmode = { flags: on ? flags | bit : flags & ~bit, mask: mask | bit };
}
const tdc = (word: "tdcv" | "tdco" | "tdcf"): Row =>
  custom({
    [word]: {
      help: "transmitter delay compensation, in quanta",
      arg: integer(),
      put: (data: Data, value: number) => void (data.tdc = { ...(data.tdc as object), [word]: value }),
    },
  });

const SHOWN_MODES = ["loopback", "listen-only", "triple-sampling", "one-shot", "berr-reporting", "fd", "fd-non-iso", "presume-ack", "cc-len8-dlc", "tdc-auto", "tdc-manual"] as const; // biome-ignore format: a list
function printTiming(value: Bittiming, out: Out, prefix: "" | "d"): void {
  const key = prefix === "" ? "bittiming" : "data_bittiming";
  const point = (value.samplePoint / 1000).toFixed(3);
  out.put(
    key,
    {
      bitrate: value.bitrate,
      sample_point: point,
      tq: value.tq,
      prop_seg: value.propSeg,
      phase_seg1: value.phaseSeg1,
      phase_seg2: value.phaseSeg2,
      sjw: value.sjw,
      brp: value.brp,
    },
    `\n\t  ${prefix}bitrate ${value.bitrate} ${prefix}sample-point ${point}` +
      `\n\t  ${prefix}tq ${value.tq} ${prefix}prop-seg ${value.propSeg} ${prefix}phase-seg1 ${value.phaseSeg1} ${prefix}phase-seg2 ${value.phaseSeg2} ${prefix}sjw ${value.sjw} ${prefix}brp ${value.brp}`,
  );
}

export const can: KindWords = {
  rows: [
    ...SHOWN_MODES.filter((word) => !word.startsWith("tdc")).map(mode),
    custom({
      "tdc-mode": {
        help: "auto, manual or off",
        arg: oneWord("{ auto | manual | off }", (word) =>
          ["auto", "manual", "off"].includes(word) ? word : undefined,
        ),
        put(data: Data, word: string) {
          setMode(data, modes["tdc-auto"], word === "auto");
          setMode(data, modes["tdc-manual"], word === "manual");
        },
      },
      restart: { help: "restart a controller that is off the bus", put: (data: Data) => void (data.restart = 1) },
    }),
    timing("", "bittiming"),
    timing("d", "dataBittiming"),
    tdc("tdcv"),
    tdc("tdco"),
    tdc("tdcf"),
    shown((data, { out }) => {
      const flags = (data.ctrlmode as Flags | undefined)?.flags;
      if (flags) {
        const words = SHOWN_MODES.filter((word) => (flags & modes[word]) !== 0).map((word) => word.toUpperCase());
        const { rest } = namesOf(canControlModes, flags);
        if (rest) words.push(`0x${rest.toString(16)}`);
        out.put("ctrlmode", words, `<${words.join(",")}> `);
      }
      const state = data.state as number | undefined;
      if (state !== undefined) {
        const word = nameOf(canStates, state) ?? "UNKNOWN";
        out.put("state", word, `state ${word} `);
      }
      const errors = data.berrCounter as { txerr: number; rxerr: number } | undefined;
      if (errors)
        out.put(
          "berr_counter",
          { tx: errors.txerr, rx: errors.rxerr },
          `(berr-counter tx ${errors.txerr} rx ${errors.rxerr}) `,
        );
    }),
    number("restart-ms", "until it is restarted by itself, in ms", { json: "restart_ms" }),
    shown((data, { out }) => {
      const bits = data.bittiming as Bittiming | undefined;
      if (bits?.bitrate) printTiming(bits, out, "");
      const limits = data.bittimingConst as { [member: string]: number | string } | undefined;
      if (limits) printLimits(limits, out, "");
      const dataBits = data.dataBittiming as Bittiming | undefined;
      if (dataBits?.bitrate) printTiming(dataBits, out, "d");
      const dataLimits = data.dataBittimingConst as { [member: string]: number | string } | undefined;
      if (dataLimits) printLimits(dataLimits, out, "d");
    }),
    row("termination", "resistance at the end of the bus, in Ω", integer("OHM", 0xffff), {}, (value: number) => ({
      json: value,
      text: `\n\t  termination ${value} `,
    })),
    shown((data, { out }) => {
      const clock = data.clock as { freq: number } | undefined;
      if (clock) out.put("clock", clock.freq, `\n\t  clock ${clock.freq} `);
    }),
  ],
};

function printLimits(limits: { [member: string]: number | string }, out: Out, prefix: "" | "d"): void {
  const { name, tseg1Min, tseg1Max, tseg2Min, tseg2Max, sjwMax, brpMin, brpMax, brpInc } = limits;
  out.put(
    prefix === "" ? "bittiming_const" : "data_bittiming_const",
    {
      name: name!,
      tseg1: { min: tseg1Min!, max: tseg1Max! },
      tseg2: { min: tseg2Min!, max: tseg2Max! },
      sjw: { min: 1, max: sjwMax! },
      brp: { min: brpMin!, max: brpMax! },
      brp_inc: brpInc!,
    },
    `\n\t  ${name}: ${prefix}tseg1 ${tseg1Min}..${tseg1Max} ${prefix}tseg2 ${tseg2Min}..${tseg2Max} ${prefix}sjw 1..${sjwMax} ${prefix}brp ${brpMin}..${brpMax} ${prefix}brp_inc ${brpInc}`,
  );
}
