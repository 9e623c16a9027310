/** Traffic control is half of the library: it is loaded when it is first used. @module */
import { RTM } from "../../codec/rtnetlink/types.ts";
import type { Channel } from "../channel.ts";
import { late } from "../late.ts";

type All = typeof import("./all.ts");
let all: All | undefined;
let loading: Promise<All> | undefined;
export const loadTc = (): Promise<All> =>
  (loading ??= import("./all.ts").then((module) => {
    all = module;
    return module;
  }));
/** It, if it is there. */
export const loadedTc = (): All | undefined => all;

/** A facet of traffic control: it loads at its first request. */
export const tcFacet = <
  K extends "Qdiscs" | "Classes" | "Filters" | "Actions" | "Chains" | "NetemHelper" | "Limiter" | "Impairer",
>(
  name: K,
  channel: Channel,
): InstanceType<All[K]> => late(loadTc, (module) => new module[name](channel) as InstanceType<All[K]>, loadedTc);

/** Whether a message is one of traffic control's. */
export const isTc = (type: number): boolean =>
  (type >= RTM.newqdisc && type <= RTM.getaction) || (type >= RTM.newchain && type <= RTM.getchain);
