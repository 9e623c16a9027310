/** All kinds of actions. To add one: a file under action/, and a line here. @module */
import { bpfActionKind } from "./action/bpf.ts";
import { connmarkKind } from "./action/connmark.ts";
import { csumKind } from "./action/csum.ts";
import { ctKind } from "./action/ct.ts";
import { ctinfoKind } from "./action/ctinfo.ts";
import { gactKind } from "./action/gact.ts";
import { gateKind } from "./action/gate.ts";
import { ifeKind } from "./action/ife.ts";
import { mirredKind } from "./action/mirred.ts";
import { mplsKind } from "./action/mpls.ts";
import { natKind } from "./action/nat.ts";
import { peditKind } from "./action/pedit.ts";
import { policeKind } from "./action/police.ts";
import { sampleKind } from "./action/sample.ts";
import { simpleKind } from "./action/simple.ts";
import { skbeditKind } from "./action/skbedit.ts";
import { skbmodKind } from "./action/skbmod.ts";
import { tunnelKeyKind } from "./action/tunnel-key.ts";
import { vlanKind } from "./action/vlan.ts";
import type { OptionsIn, OptionsOut } from "./kind.ts";

export const actionKinds = {
  bpf: bpfActionKind,
  connmark: connmarkKind,
  csum: csumKind,
  ct: ctKind,
  ctinfo: ctinfoKind,
  gact: gactKind,
  gate: gateKind,
  ife: ifeKind,
  mirred: mirredKind,
  mpls: mplsKind,
  nat: natKind,
  pedit: peditKind,
  police: policeKind,
  sample: sampleKind,
  simple: simpleKind,
  skbedit: skbeditKind,
  skbmod: skbmodKind,
  tunnel_key: tunnelKeyKind,
  vlan: vlanKind,
} as const;
export type ActionKind = keyof typeof actionKinds;
export type ActionOptionsIn<K extends ActionKind> = OptionsIn<(typeof actionKinds)[K]>;
export type ActionOptionsOut<K extends ActionKind> = OptionsOut<(typeof actionKinds)[K]>;
