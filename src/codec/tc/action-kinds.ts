/** All kinds of actions. To add one: a file under action/, and a line here. @module */
import { gactKind } from "./action/gact.ts";
import type { OptionsIn, OptionsOut } from "./kind.ts";

export const actionKinds = {
  gact: gactKind,
} as const;
export type ActionKind = keyof typeof actionKinds;
export type ActionOptionsIn<K extends ActionKind> = OptionsIn<(typeof actionKinds)[K]>;
export type ActionOptionsOut<K extends ActionKind> = OptionsOut<(typeof actionKinds)[K]>;
