/** Classes of every kind that has options, with their minimal options and with rich ones, as options and in tc's words. @module */
import * as tc from "../../src/codec/tc/index.ts";

export interface ClassRow {
  /** The qdisc that it is of, at its device's root as 1:. */
  readonly qdisc: tc.QdiscSpec;
  readonly spec: tc.ClassSpec;
  readonly words: string;
  /** `"1:"` if it is not given; or a class that is made before. */
  readonly parent?: string;
  readonly change?: readonly [spec: tc.ClassSpec, words: string];
  readonly read?: object;
  /** It is there with the qdisc, and can only be changed. */
  readonly there?: string;
  /** What this tc reckons or writes otherwise. */
  readonly otherText?: RegExp;
}

// This tc reckons sizes of buckets by whole microseconds.
const BUCKETS = /(c?burst) \S+/g;
const HTB = { qdisc: tc.htb(), otherText: BUCKETS } as const;

export const classRows: readonly ClassRow[] = [
  {
    ...HTB,
    spec: tc.htbClass({ rate: "10mbit" }),
    words: "rate 10mbit",
    read: { rateBytesPerSecond: 1_250_000, ceilBytesPerSecond: 1_250_000, priority: 0, linklayer: "ethernet" },
    change: [tc.htbClass({ rate: "11mbit", ceil: "20mbit" }), "rate 11mbit ceil 20mbit"],
  },
  {
    ...HTB,
    spec: tc.htbClass({
      rate: "1mbit",
      ceil: "50mbit",
      burst: "10kb",
      burstCell: 64,
      cburst: "20kb",
      priority: 2,
      quantum: "3000b",
      mtu: 9000,
      mpu: 64,
      overhead: 14,
      linklayer: "atm",
    }),
    words:
      "rate 1mbit ceil 50mbit burst 10kb/64 cburst 20kb prio 2 quantum 3000 mtu 9000 mpu 64 overhead 14 linklayer atm",
    read: {
      burstBytes: 10_240,
      cburstBytes: 20_480,
      priority: 2,
      quantumBytes: 3000,
      mpu: 64,
      overhead: 14,
      linklayer: "atm",
    },
  },
  {
    ...HTB,
    spec: tc.htbClass({ rate: "50gbit", ceil: "80gbit", quantum: "60kb", burst: "1mb", cburst: "1mb" }),
    words: "rate 50gbit ceil 80gbit quantum 61440 burst 1mb cburst 1mb",
    read: { rateBytesPerSecond: 6.25e9, ceilBytesPerSecond: 10e9 },
  },
  {
    ...HTB,
    parent: "1:1",
    spec: tc.htbClass({ rate: "5mbit", ceil: "10mbit" }),
    words: "rate 5mbit ceil 10mbit",
  },
  {
    qdisc: tc.hfsc(),
    spec: tc.hfscClass({ sc: "10mbit", ul: "20mbit" }),
    words: "sc rate 10mbit ul rate 20mbit",
    read: {
      rt: { m1BytesPerSecond: 0, dMs: 0, m2BytesPerSecond: 1_250_000 },
      ls: { m1BytesPerSecond: 0, dMs: 0, m2BytesPerSecond: 1_250_000 },
      ul: { m1BytesPerSecond: 0, dMs: 0, m2BytesPerSecond: 2_500_000 },
    },
    change: [tc.hfscClass({ ls: "7mbit" }), "ls rate 7mbit"],
  },
  {
    qdisc: tc.hfsc({ default: 5 }),
    spec: tc.hfscClass({ rt: { m1: "2mbit", d: "10ms", m2: "1mbit" }, ls: { m2: "3mbit" } }),
    words: "rt m1 2mbit d 10ms m2 1mbit ls m2 3mbit",
    read: { rt: { m1BytesPerSecond: 250_000, dMs: 10, m2BytesPerSecond: 125_000 } },
  },
  {
    qdisc: tc.hfsc(),
    parent: "1:1",
    spec: tc.hfscClass({
      rt: { umax: "1500b", dmax: "30ms", rate: "100kbit" },
      ls: "1mbit",
      ul: { m1: "5mbit", d: "100ms", m2: "3mbit" },
    }),
    words: "rt umax 1500b dmax 30ms rate 100kbit ls rate 1mbit ul m1 5mbit d 100ms m2 3mbit",
  },
  { qdisc: tc.drr(), spec: tc.drrClass(), words: "", change: [tc.drrClass({ quantum: "10kb" }), "quantum 10kb"] },
  { qdisc: tc.drr(), spec: tc.drrClass({ quantum: "3000b" }), words: "quantum 3000", read: { quantumBytes: 3000 } },
  { qdisc: tc.qfq(), spec: tc.qfqClass(), words: "", change: [tc.qfqClass({ weight: 5 }), "weight 5"] },
  {
    qdisc: tc.qfq(),
    spec: tc.qfqClass({ weight: 10, maxPacket: 2048 }),
    words: "weight 10 maxpkt 2048",
    read: { weight: 10, maxPacket: 2048 },
  },
  {
    qdisc: tc.ets({ bands: 5, strict: 2, quanta: [1000, 2000, 3000] }),
    there: "1:4",
    spec: tc.etsClass({ quantum: 1700 }),
    words: "quantum 1700",
    read: { quantum: 1700 },
  },
];
