/** netem's losses as tc writes them: `loss 1% 25%`, `loss state …`, `loss gemodel …` (netem_parse_opt, netem_print_opt of q_netem.c). @module */
import { formatG } from "../../text/number.ts";
import { formatPercent } from "../../text/percent.ts";
import type { Out } from "../show.ts";
import { percent, type Words } from "../words.ts";
import { type KernelLoss, type LossModel, type LossModelRead, MAX_CHANCE, percentOf } from "./model.ts";

/** The words behind `loss`. */
export function parseLoss(words: Words, word: string): LossModel {
  if (words.take("state")) {
    const chances = { p13Percent: words.percent("loss state") };
    return { model: "state", ...chances, ...inOrder(words, ["p31Percent", "p32Percent", "p23Percent", "p14Percent"]) };
  }
  if (words.take("gemodel")) {
    const pPercent = words.percent("loss gemodel");
    // tc gives the chances to be lost, not to pass.
    const rest = inOrder(words, ["rPercent", "lostInBad", "lostInGood"]);
    return {
      model: "gemodel",
      pPercent,
      ...(rest.rPercent !== undefined && { rPercent: rest.rPercent }),
      ...(rest.lostInBad !== undefined && { hPercent: 100 - rest.lostInBad }),
      ...(rest.lostInGood !== undefined && { kPercent: 100 - rest.lostInGood }),
    };
  }
  words.take("random");
  return { model: "random", lossPercent: words.percent(word), ...inOrder(words, ["correlationPercent"]) };
}
/** Percentages, as many of them as there are. */
export function inOrder<N extends string>(words: Words, names: readonly N[]): { [P in N]?: number } {
  const out: { [P in N]?: number } = {};
  for (const name of names) {
    const value = words.maybe(percent);
    if (value === undefined) break;
    out[name] = value;
  }
  return out;
}

/** Exact, so that it reads back as the same. */
export const exactPercent = (value: number): string => `${value}%`;

/** 100% less a percentage, as short as it is: 100 − 99.9 is 0.1. */
const rest = (percent: number): number => Number((100 - percent).toFixed(10));

/** The words that `parseLoss` reads as the same. */
export function lossWords(model: LossModelRead): string[] {
  switch (model.model) {
    case "random": {
      const { lossPercent, correlationPercent } = model;
      return [
        "loss",
        ...(correlationPercent === 0 ? [lossPercent] : [lossPercent, correlationPercent]).map(exactPercent),
      ];
    }
    case "state": {
      const { p13Percent, p31Percent, p32Percent, p23Percent, p14Percent } = model;
      return ["loss", "state", ...[p13Percent, p31Percent, p32Percent, p23Percent, p14Percent].map(exactPercent)];
    }
    case "gemodel": {
      const { pPercent, rPercent, hPercent, kPercent } = model;
      return ["loss", "gemodel", ...[pPercent, rPercent, rest(hPercent), rest(kPercent)].map(exactPercent)];
    }
  }
}

/** A probability as tc's JSON has it, and as its text. */
export const partOf = (wire: number): number => Number(formatG(wire / MAX_CHANCE));
export const percentText = (wire: number): string => formatPercent(percentOf(wire));

export function showLoss(kernel: KernelLoss, out: Out): void {
  const name = kernel.model === "random" ? "loss-random" : kernel.model === "state" ? "loss-state" : "loss-gemodel";
  out.object(name, (inner) => {
    const put = (key: string, wire: number, before = ` ${key} `) =>
      inner.put(key, partOf(wire), `${before}${percentText(wire)}`);
    switch (kernel.model) {
      case "random":
        put("loss", kernel.loss);
        showCorrelation(inner, kernel.correlation);
        break;
      case "state":
        inner.say(" loss state");
        for (const name of ["p13", "p31", "p32", "p23", "p14"] as const) put(name, kernel[name]);
        break;
      case "gemodel":
        put("p", kernel.p, " loss gemodel p ");
        put("r", kernel.r);
        put("1-h", MAX_CHANCE - kernel.h);
        put("1-k", kernel.k1);
    }
  });
}
/** tc's text has no correlation of 0, its JSON does. */
export const showCorrelation = (out: Out, correlation: number): void =>
  out.put("correlation", partOf(correlation), correlation === 0 ? undefined : ` ${percentText(correlation)}`);
