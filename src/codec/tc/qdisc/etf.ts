/** etf: sends each packet at the time that its socket asked for (SO_TXTIME) (net/sched/sch_etf.c). @module */
import { attrs } from "../../schema/attrs.ts";
import { fail } from "../../schema/program.ts";
import { type Given, given } from "../../schema/quantity.ts";
import { flags, names, s32, time, u32 } from "../../schema/scalar.ts";
import { struct } from "../../schema/struct.ts";
import { type Clock, clock, clockFromWire, clockid, clockName, clockToWire, clockWord } from "../clock.ts";
import type { TcKind } from "../kind.ts";
import { known, toggle } from "../options.ts";
import { readWords, sets } from "../word-table.ts";

const etfFlags = names(
  "TC_ETF_",
  { deadlineMode: 1, offload: 2, skipSockCheck: 4 },
  { deadlineMode: "DEADLINE_MODE_ON", offload: "OFFLOAD_ON", skipSockCheck: "SKIP_SOCK_CHECK" },
);
/** `struct tc_etf_qopt`. */
const tcEtfQopt = struct(
  "tc_etf_qopt",
  { size: 12 },
  { delta: time(s32, "ns"), clockid: clockid(s32), flags: flags(u32, etfFlags) },
);
/** TCA_ETF_* (etf_dump). */
export const etfSchema = attrs("etf", { c: "TCA_ETF_" }, { parms: [1, tcEtfQopt] });

/** It cannot be changed, only replaced by another. `delta` is how long before its time a packet is handed to the device. */
export type EtfOptions = Given<"delta", "time"> & {
  /** `"tai"`, the only one that the kernel takes, by default. */
  readonly clock?: Clock | number | undefined;
  /** The time is the latest at which the packet is of use, and it is sent as soon as it can be. */
  readonly deadlineMode?: boolean | undefined;
  /** The device sends at the time by itself. */
  readonly offload?: boolean | undefined;
  /** Takes packets of sockets without SO_TXTIME too. */
  readonly skipSockCheck?: boolean | undefined;
};
export interface Etf {
  clock: Clock | number;
  deltaMs: number;
  deadlineMode?: boolean;
  offload?: boolean;
  skipSockCheck?: boolean;
}
const SWITCHES = ["deadlineMode", "offload", "skipSockCheck"] as const;

export const etfKind: TcKind<"etf", typeof etfSchema, EtfOptions, Etf> = {
  kind: "etf",
  schema: etfSchema,
  toWire(options) {
    known(options, { delta: "time", clock: true, deadlineMode: true, offload: true, skipSockCheck: true });
    const delta = Math.round((given(options, "delta", "time") ?? 0) * 1e6);
    if (delta > 0x7fffffff) fail("delta", -1, "is more than 2.147483647 s");
    let bits = 0;
    for (const name of SWITCHES) if (toggle(options, name)) bits |= etfFlags.values[name];
    return { parms: { delta, clockid: clockToWire(options) ?? clockToWire({ clock: "tai" })!, flags: bits } };
  },
  fromWire: ({ parms }) => ({
    clock: clockFromWire(parms?.clockid ?? -1),
    deltaMs: (parms?.delta ?? 0) / 1e6,
    ...Object.fromEntries(
      SWITCHES.filter((name) => (parms?.flags ?? 0) & etfFlags.values[name]).map((name) => [name, true]),
    ),
  }),
  parse: (words) =>
    readWords(words, {
      // Nanoseconds without a unit, as tc reads them; it knows no unit here.
      delta: (w, word, out) => {
        out.deltaMs = w.time(word, 1);
      },
      clockid: clock,
      offload: sets("offload", true),
      deadline_mode: sets("deadlineMode", true),
      skip_sock_check: sets("skipSockCheck", true),
    }),
  words: (o) => [
    ...["clockid", clockWord(o.clock), "delta", String(Math.round(o.deltaMs * 1e6))],
    ...(o.offload ? ["offload"] : []),
    ...(o.deadlineMode ? ["deadline_mode"] : []),
    ...(o.skipSockCheck ? ["skip_sock_check"] : []),
  ],
  // etf_print_opt of iproute2's tc/q_etf.c.
  show({ parms }, out) {
    if (!parms) return;
    const on = (name: (typeof SWITCHES)[number]) => (parms.flags & etfFlags.values[name] ? "on" : "off");
    out.put("clockid", clockName(parms.clockid), `clockid ${clockName(parms.clockid)} `);
    out.put("delta", parms.delta, `delta ${parms.delta} `);
    out.put("offload", on("offload"), `offload ${on("offload")} `);
    out.put("deadline_mode", on("deadlineMode"), `deadline_mode ${on("deadlineMode")} `);
    out.put("skip_sock_check", on("skipSockCheck"), `skip_sock_check ${on("skipSockCheck")}`);
  },
};
