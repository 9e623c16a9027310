/**
 * netem's models of loss: what each says, as options and as the kernel's numbers (struct tc_netem_gimodel and tc_netem_gemodel,
 * get_loss_clg of net/sched/sch_netem.c). What they amount to is in statistics.ts, what they do packet by packet in simulate.ts.
 * @module
 */
import { attrs } from "../../schema/attrs.ts";
import type { Input, Value } from "../../schema/codec.ts";
import { below, expectObject, fail, show } from "../../schema/program.ts";
import { fromScalar, type Given, given, toScalar } from "../../schema/quantity.ts";
import { share, u32 } from "../../schema/scalar.ts";
import { struct } from "../../schema/struct.ts";
import { known } from "../options.ts";

/** A probability as netem has it: 2^32 − 1 is 100%. */
export const chance = /* @__PURE__ */ share(u32);
export const MAX_CHANCE = 0xffffffff;

const tcNetemGimodel = struct(
  "tc_netem_gimodel",
  { size: 20 },
  { p13: chance, p31: chance, p32: chance, p14: chance, p23: chance },
);
const tcNetemGemodel = struct("tc_netem_gemodel", { size: 16 }, { p: chance, r: chance, h: chance, k1: chance });
/** NETEM_LOSS_*: one of the two; the random model is not among them, it stands in struct tc_netem_qopt. */
export const netemLoss = attrs(
  "netem_loss",
  { c: "NETEM_LOSS_" },
  { gi: [1, tcNetemGimodel], ge: [2, tcNetemGemodel] },
);

/** Each packet by itself; with `correlation` leaning on the one before, which also makes losses other than `loss` (statistics.ts). */
export type RandomLoss = { readonly model: "random" } & Given<"loss" | "correlation", "share">;
/**
 * "General and intuitive", four states: 1 received in a gap, 2 received in a burst, 3 lost in a burst, 4 lost alone in a gap. `p13` is
 * the chance to go from 1 to 3 with the next packet. From 4 it always goes to 1; a gap is where it begins.
 * By default p31 is 100% − p13, p23 100%, and the others never happen.
 */
export type StateLoss = { readonly model: "state" } & Given<"p13" | "p31" | "p32" | "p23" | "p14", "share">;
/**
 * Gilbert–Elliott, two states: with each packet from the good one to the bad one with the chance `p`, back with `r` (100% − p by
 * default). A packet passes in the bad state with `h` (0%), in the good one with `k` (100%).
 */
export type GilbertElliottLoss = { readonly model: "gemodel" } & Given<"p" | "r" | "h" | "k", "share">;
export type LossModel = RandomLoss | StateLoss | GilbertElliottLoss;

/** A model as it is read: all of it, in percent. */
export type LossModelRead =
  | { model: "random"; lossPercent: number; correlationPercent: number }
  | {
      model: "state";
      p13Percent: number;
      p31Percent: number;
      p32Percent: number;
      p23Percent: number;
      p14Percent: number;
    }
  | { model: "gemodel"; pPercent: number; rPercent: number; hPercent: number; kPercent: number };

/** A model in the kernel's numbers, 2^32 − 1 being 100%. `k1` is the chance to be lost in the good state: 100% − k. */
export type KernelLoss =
  | ({ readonly model: "random" } & { readonly loss: number; readonly correlation: number })
  | ({ readonly model: "state" } & Value<typeof tcNetemGimodel>)
  | ({ readonly model: "gemodel" } & Value<typeof tcNetemGemodel>);

const MODELS = {
  random: { model: true, loss: "share", correlation: "share" },
  state: { model: true, p13: "share", p31: "share", p32: "share", p23: "share", p14: "share" },
  gemodel: { model: true, p: "share", r: "share", h: "share", k: "share" },
} as const;

/** A share among options, in the kernel's numbers; undefined if it is not given. @throws {CodecError} names the option */
export function chanceOf(options: object, name: string): number | undefined {
  const value = given(options, name, "share");
  return value === undefined ? undefined : (toScalar(chance, value, name) as number);
}
export const percentOf = (wire: number): number => fromScalar(chance, wire);

/** @throws {CodecError} names what is missing, unknown or no percentage */
export function lossToKernel(options: LossModel): KernelLoss {
  const name = expectObject(options, "loss").model;
  if (typeof name !== "string" || !Object.hasOwn(MODELS, name))
    return fail("model", -1, `${show(name)} is not one of ${Object.keys(MODELS).join(", ")}`);
  known(options, MODELS[options.model]);
  const must = (option: string): number =>
    chanceOf(options, option) ?? fail(option, -1, `is missing: ${option}, or ${option}Percent`);
  const may = (option: string, otherwise: number): number => chanceOf(options, option) ?? otherwise;
  const { model } = options;
  switch (model) {
    case "random":
      return { model, loss: must("loss"), correlation: may("correlation", 0) };
    // The defaults are tc's (netem_parse_opt).
    case "state": {
      const p13 = must("p13");
      return {
        model,
        p13,
        p31: may("p31", MAX_CHANCE - p13),
        p32: may("p32", 0),
        p14: may("p14", 0),
        p23: may("p23", MAX_CHANCE),
      };
    }
    case "gemodel": {
      const p = must("p");
      return { model, p, r: may("r", MAX_CHANCE - p), h: may("h", 0), k1: MAX_CHANCE - may("k", MAX_CHANCE) };
    }
  }
}

export function lossFromKernel(kernel: KernelLoss): LossModelRead {
  switch (kernel.model) {
    case "random":
      return {
        model: "random",
        lossPercent: percentOf(kernel.loss),
        correlationPercent: percentOf(kernel.correlation),
      };
    case "state":
      return {
        model: "state",
        p13Percent: percentOf(kernel.p13),
        p31Percent: percentOf(kernel.p31),
        p32Percent: percentOf(kernel.p32),
        p23Percent: percentOf(kernel.p23),
        p14Percent: percentOf(kernel.p14),
      };
    case "gemodel":
      return {
        model: "gemodel",
        pPercent: percentOf(kernel.p),
        rPercent: percentOf(kernel.r),
        hPercent: percentOf(kernel.h),
        kPercent: percentOf(MAX_CHANCE - kernel.k1),
      };
  }
}

/** The ways in which netem's options speak of loss: `loss: "1%"`, `lossPercent: 1`, `loss: { model… }`, `lossModel: { model… }`. */
export interface LossOptions {
  readonly loss?: string | LossModel | undefined;
  readonly lossPercent?: number | undefined;
  readonly lossModel?: LossModel | undefined;
  readonly lossCorrelation?: string | undefined;
  readonly lossCorrelationPercent?: number | undefined;
}
/** The model that netem's options ask for, given or read; undefined if they lose nothing. @throws {CodecError} losses given in two ways */
export function lossModelOf(options: LossOptions): LossModel | undefined {
  const { loss, lossModel, lossPercent } = options;
  const model = typeof loss === "object" && loss !== null ? loss : lossModel;
  if (model !== undefined && [loss, lossModel, lossPercent].filter((given) => given !== undefined).length > 1)
    fail("loss", -1, "is given more than once: loss, lossPercent and lossModel are the same");
  const percent = model === undefined ? given(options, "loss", "share") : undefined;
  const correlation = given(options, "lossCorrelation", "share");
  const random =
    percent !== undefined || (model?.model === "random" && given(model, "correlation", "share") === undefined);
  if (correlation !== undefined && correlation !== 0 && !random)
    fail("lossCorrelation", -1, "there is no random loss to correlate");
  const correlated = random && correlation !== undefined && { correlationPercent: correlation };
  if (model !== undefined) return { ...model, ...correlated };
  return percent === undefined ? undefined : { model: "random", lossPercent: percent, ...correlated };
}
/** The same in the kernel's numbers. @throws {CodecError} whose path begins with `loss` */
export function kernelLossOf(options: LossOptions): KernelLoss | undefined {
  const model = lossModelOf(options);
  if (model === undefined) return undefined;
  try {
    return lossToKernel(model);
  } catch (e) {
    throw below("loss", e);
  }
}

/** What TCA_NETEM_LOSS holds of a model: nothing of the random one. */
export function lossToWire(kernel: KernelLoss | undefined): Input<typeof netemLoss> | undefined {
  if (kernel === undefined || kernel.model === "random") return undefined;
  const { model, ...chances } = kernel;
  return { [model === "state" ? "gi" : "ge"]: chances };
}
/** The model that the kernel reports: TCA_NETEM_LOSS, or what struct tc_netem_qopt and tc_netem_corr say. */
export function lossFromWire(
  wire: Value<typeof netemLoss> | undefined,
  loss: number,
  correlation: number,
): KernelLoss | undefined {
  if (wire?.gi) return { model: "state", ...wire.gi };
  if (wire?.ge) return { model: "gemodel", ...wire.ge };
  return loss === 0 ? undefined : { model: "random", loss, correlation };
}
