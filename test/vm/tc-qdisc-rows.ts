/** Qdiscs of every kind, with their minimal options and with rich ones, each as options and in tc's words. @module */
import type { QdiscPlace } from "../../src/api/tc/qdiscs.ts";
import * as tc from "../../src/codec/tc/index.ts";

export interface QdiscRow {
  readonly spec: tc.QdiscSpec;
  /** tc's words for the same; undefined where this tc has none. */
  readonly words: string | undefined;
  /** Transmit queues of the device, 1 if they are not given. */
  readonly queues?: number;
  readonly place?: QdiscPlace;
  /** tc's words for the place, which stand before the kind. */
  readonly placeWords?: string;
  /** A change of it, both ways. */
  readonly change?: readonly [spec: tc.QdiscSpec, words: string];
  /** What is read, if it is more than the kernel's rounding of what was given. */
  readonly read?: object;
  /** Keys of tc's JSON, and what our text says, that iproute2 6.1 does not print yet. */
  readonly later?: readonly string[];
  readonly laterText?: RegExp;
  /** Options that the kernel draws anew each time. */
  readonly drawn?: readonly string[];
  /** Options that have no word in iproute2 6.1. */
  readonly unspelt?: readonly string[];
  /** What is read when what was read is put again, where the kernel makes something else of it, and why. */
  readonly readAgain?: { readonly options: object; readonly why: string };
  /** Why the kernel refuses to be told again what it reports. */
  readonly noReplace?: RegExp;
  /** tc prints text where it should print JSON. */
  readonly noJson?: true;
}

// This kernel reports a seed with every netem, another one each time.
const SEED = { later: ["seed"], laterText: /seed \d+/, drawn: ["seed"], unspelt: ["seed"] };
const FLOWS = /Flows number|Invalid argument|EINVAL/;
const FQ = {
  later: ["bands", "priomap ", "weights ", "offload_horizon"],
  laterText: /bands 3 priomap [\d ]+ weights [\d ]+ (?=quantum)/,
  unspelt: ["priomap", "weights"],
};
const TAPRIO = { noJson: true, laterText: /max-sdu[ \d]+|fp[ EP?]+/g } as const;
const CLASSES = { trafficClasses: 3, map: [2, 2, 1, 0, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2] } as const;
const QUEUES = [
  { count: 1, offset: 0 },
  { count: 1, offset: 1 },
  { count: 2, offset: 2 },
] as const;
const CLASS_WORDS = "num_tc 3 map 2 2 1 0 2 2 2 2 2 2 2 2 2 2 2 2 queues 1@0 1@1 2@2";

export const qdiscRows: readonly QdiscRow[] = [
  // ---- netem
  { spec: tc.netem(), words: "", change: [tc.netem({ delay: "5ms" }), "delay 5ms"], ...SEED },
  {
    spec: tc.netem({
      delay: "100ms",
      jitter: "10ms",
      correlation: "25%",
      loss: "1%",
      lossCorrelation: "25%",
      duplicate: "1%",
      duplicateCorrelation: "2%",
      corrupt: "0.1%",
      corruptCorrelation: "3%",
      reorder: "25%",
      reorderCorrelation: "50%",
      gap: 5,
      rate: { rate: "1mbit", packetOverhead: 10, cellSize: 48, cellOverhead: -4 },
      ecn: true,
      limit: 500,
    }),
    words:
      "limit 500 delay 100ms 10ms 25% loss 1% 25% duplicate 1% 2% corrupt 0.1% 3% reorder 25% 50% gap 5 rate 1mbit 10 48 -4 ecn",
    read: {
      delayMs: 100,
      jitterMs: 10,
      correlationPercent: 25,
      lossPercent: 1,
      lossCorrelationPercent: 25,
      duplicatePercent: 1,
      duplicateCorrelationPercent: 2,
      corruptPercent: 0.1,
      corruptCorrelationPercent: 3,
      reorderPercent: 25,
      reorderCorrelationPercent: 50,
      gap: 5,
      rate: { rateBytesPerSecond: 125_000, packetOverhead: 10, cellSize: 48, cellOverhead: -4 },
      ecn: true,
      limit: 500,
    },
    change: [tc.netem({ delay: "50ms", loss: "2%" }), "delay 50ms loss 2%"],
    ...SEED,
  },
  {
    spec: tc.netem({ loss: { model: "gemodel", p: "1%", r: "10%", h: "30%", k: "99.9%" } }),
    words: "loss gemodel 1% 10% 70% 0.1%",
    read: { lossModel: { model: "gemodel", pPercent: 1, rPercent: 10, hPercent: 30, kPercent: 99.9 } },
    ...SEED,
  },
  {
    spec: tc.netem({ loss: { model: "state", p13: "1%", p31: "90%", p32: "2%", p23: "80%", p14: "3%" } }),
    words: "loss state 1% 90% 2% 80% 3%",
    read: {
      lossModel: { model: "state", p13Percent: 1, p31Percent: 90, p32Percent: 2, p23Percent: 80, p14Percent: 3 },
    },
    ...SEED,
  },
  {
    spec: tc.netem({ slot: { minDelay: "800us", maxDelay: "1ms", packets: 10, bytes: 1500 } }),
    words: "slot 800us 1ms packets 10 bytes 1500",
    read: { slot: { minDelayMs: 0.8, maxDelayMs: 1, packets: 10, bytes: 1500 } },
    ...SEED,
  },
  { spec: tc.netem({ rate: "40gbit" }), words: "rate 40gbit", read: { rate: { rateBytesPerSecond: 5e9 } }, ...SEED },
  // Beyond what 32 bits of ticks hold; tc cannot say it.
  {
    spec: tc.netem({ delay: "300s", jitter: "280s" }),
    words: undefined,
    read: { delayMs: 300_000 },
    ...SEED,
    later: ["seed", "delay"],
    laterText: /delay .*$/,
  },
  {
    spec: tc.netem({ seed: 2n ** 63n + 5n, loss: "1%" }),
    words: undefined,
    read: { seed: 2n ** 63n + 5n },
    later: ["seed"],
    laterText: /seed \d+/,
  },
  // ---- shapers
  {
    spec: tc.tbf({ rate: "1mbit", burst: "32kb", limit: "100kb" }),
    words: "rate 1mbit burst 32kb limit 100kb",
    read: { rateBytesPerSecond: 125_000, burstBytes: 32_768, limitBytes: 102_400 },
    change: [tc.tbf({ rate: "2mbit", burst: "16kb", latency: "400ms" }), "rate 2mbit burst 16kb latency 400ms"],
  },
  {
    spec: tc.tbf({
      rate: "1mbit",
      burst: "32kb",
      burstCell: 8,
      latency: "50ms",
      peakrate: "2mbit",
      mtu: "1540b",
      mpu: 64,
      overhead: 14,
      linklayer: "atm",
    }),
    words: "rate 1mbit burst 32kb/8 latency 50ms peakrate 2mbit mtu 1540 mpu 64 overhead 14 linklayer atm",
    read: { peakrateBytesPerSecond: 250_000, mpu: 64, overhead: 14, linklayer: "atm" },
  },
  {
    spec: tc.tbf({ rate: "40gbit", burst: "1mb", limit: "10mb", peakrate: "50gbit", mtu: "9000b" }),
    words: "rate 40gbit burst 1mb limit 10mb peakrate 50gbit minburst 9000",
    read: { rateBytesPerSecond: 5e9, peakrateBytesPerSecond: 6.25e9, limitBytes: 10_485_760 },
    // This tc reckons sizes of buckets by whole microseconds.
    later: ["burst", "mtu"],
    laterText: /(burst|mtu) \S+/g,
  },
  {
    spec: tc.htb(),
    words: "",
    noReplace: /htb|Change operation not supported|EINVAL/,
  },
  {
    spec: tc.htb({ default: "1:10", r2q: 20, directQlen: 500 }),
    words: "default 10 r2q 20 direct_qlen 500",
    read: { default: "10", r2q: 20, directQlen: 500 },
    noReplace: /EINVAL|Change operation not supported/,
  },
  {
    spec: tc.hfsc(),
    words: "",
    change: [tc.hfsc({ default: 0x1f }), "default 1f"],
    noJson: true,
  },
  { spec: tc.hfsc({ default: "1:30" }), words: "default 30", read: { default: "30" }, noJson: true },
  { spec: tc.drr(), words: "", noJson: true },
  { spec: tc.qfq(), words: "", noJson: true },
  {
    spec: tc.cbs({ idleslopeKbit: 98_688, sendslopeKbit: -901_312, hicreditBytes: 153, locreditBytes: -1389 }),
    words: "idleslope 98688 sendslope -901312 hicredit 153 locredit -1389",
    change: [
      tc.cbs({ idleslopeKbit: 1000, sendslopeKbit: -99_000, hicreditBytes: 30, locreditBytes: -1470 }),
      "idleslope 1000 sendslope -99000 hicredit 30 locredit -1470",
    ],
  },
  { spec: tc.cbs({}), words: "idleslope 0 sendslope 0 hicredit 0 locredit 0" },
  // ---- fair queueing, and queues that drop early
  {
    spec: tc.fqCodel(),
    words: "",
    noReplace: FLOWS,
    change: [tc.fqCodel({ ecn: false, target: "7ms" }), "noecn target 7ms"],
  },
  {
    spec: tc.fqCodel({
      target: "10ms",
      interval: "200ms",
      limit: 1000,
      flows: 512,
      quantum: "300b",
      memoryLimit: "4mb",
      ceThreshold: "1ms",
      ceThresholdSelector: 2,
      ceThresholdMask: 3,
      dropBatchSize: 32,
      ecn: false,
    }),
    words:
      "target 10ms interval 200ms limit 1000 flows 512 quantum 300 memory_limit 4mb ce_threshold 1ms ce_threshold_selector 0x2/0x3 drop_batch 32 noecn",
    noReplace: FLOWS,
  },
  { spec: tc.codel(), words: "", change: [tc.codel({ limit: 10, ecn: true }), "limit 10 ecn"] },
  {
    spec: tc.codel({ limit: 100, target: "4ms", interval: "60ms", ecn: true, ceThreshold: "2ms" }),
    words: "limit 100 target 4ms interval 60ms ecn ce_threshold 2ms",
    change: [tc.codel({ ecn: false }), "noecn"],
  },
  { spec: tc.fq(), words: "", change: [tc.fq({ limit: 77, horizonDrop: false }), "limit 77 horizon_cap"], ...FQ },
  {
    spec: tc.fq({
      limit: 1000,
      flowLimit: 50,
      buckets: 2048,
      orphanMask: 1023,
      pacing: false,
      quantum: "3000b",
      initialQuantumBytes: 15_000,
      maxrate: "1gbit",
      lowRateThreshold: "100kbit",
      refillDelay: "20ms",
      timerSlack: "50us",
      ceThreshold: "1ms",
      horizon: "2s",
      horizonDrop: false,
    }),
    words:
      "limit 1000 flow_limit 50 buckets 2048 orphan_mask 1023 nopacing quantum 3000 initial_quantum 15000 maxrate 1gbit low_rate_threshold 100kbit refill_delay 20ms timer_slack 50us ce_threshold 1ms horizon 2s horizon_cap",
    change: [tc.fq({ pacing: true, horizonDrop: true }), "pacing horizon_drop"],
    ...FQ,
  },
  {
    spec: tc.fq({ priomap: [1, 2, 2, 2, 1, 2, 0, 0, 1, 1, 1, 1, 1, 1, 1, 0], weights: [200_000, 65_536, 16_384] }),
    words: undefined,
    read: { priomap: [1, 2, 2, 2, 1, 2, 0, 0, 1, 1, 1, 1, 1, 1, 1, 0], weights: [200_000, 65_536, 16_384] },
    ...FQ,
  },
  {
    spec: tc.cake(),
    words: "",
    change: [tc.cake({ bandwidth: "10mbit", autorateIngress: false, nat: true }), "bandwidth 10mbit nat"],
  },
  {
    spec: tc.cake({
      bandwidth: "100mbit",
      autorateIngress: false,
      rtt: "50ms",
      target: "2500us",
      diffserv: "diffserv4",
      flowMode: "dual-srchost",
      nat: true,
      wash: true,
      ackFilter: "filter",
      overhead: 48,
      mpu: 64,
      memlimit: "8mb",
      fwmark: 0xff00,
      splitGso: false,
      ingress: true,
      atm: "ptm",
    }),
    words:
      "bandwidth 100mbit rtt 50ms diffserv4 dual-srchost nat wash ack-filter ptm overhead 48 mpu 64 memlimit 8mb fwmark 0xff00 no-split-gso ingress",
    change: [
      tc.cake({ autorateIngress: true, diffserv: "besteffort", flowMode: "flowblind", overhead: -4, atm: "atm" }),
      "autorate-ingress besteffort flowblind atm overhead -4",
    ],
  },
  {
    spec: tc.cake({ raw: true, atm: "none", rtt: "1s", target: "50ms" }),
    words: "satellite raw",
    read: { raw: true, rttMs: 1000 },
  },
  {
    spec: tc.prio(),
    words: "",
    change: [tc.prio({ bands: 4, priomap: [3, 3, 2, 1] }), "bands 4 priomap 3 3 2 1 1 2 0 0 1 1 1 1 1 1 1 1"],
  },
  {
    spec: tc.prio({ bands: 5, priomap: [4, 3, 2, 1, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2] }),
    words: "bands 5 priomap 4 3 2 1 0 0 0 0 1 1 1 1 2 2 2 2",
  },
  {
    spec: tc.sfq(),
    words: "",
    noReplace: /EINVAL|not supported|ENOSYS/,
    readAgain: { options: { flows: 127 }, why: "no more flows than the limit, once there is one (sfq_change)" },
  },
  {
    spec: tc.sfq({
      limit: 1000,
      perturb: "10s",
      quantum: "3000b",
      divisor: 2048,
      flows: 100,
      depth: 50,
      headdrop: true,
    }),
    words: "limit 1000 perturb 10 quantum 3000 divisor 2048 flows 100 depth 50 headdrop",
    noReplace: /EINVAL|not supported|ENOSYS/,
  },
  {
    spec: tc.sfq({
      limit: 100,
      red: {
        limit: "100000b",
        min: "8000b",
        max: "60000b",
        avpkt: "1000b",
        burst: 20,
        probability: "10%",
        ecn: true,
        harddrop: true,
      },
    }),
    words: "limit 100 redflowlimit 100000 min 8000 max 60000 avpkt 1000 burst 20 probability 0.1 ecn harddrop",
    noReplace: /EINVAL|not supported|ENOSYS/,
  },
  {
    spec: tc.red({ limit: "400000b", avpkt: "1000b" }),
    words: "limit 400000 avpkt 1000",
    change: [
      tc.red({
        limit: "1mb",
        min: "30kb",
        max: "90kb",
        avpkt: "1500b",
        burst: 55,
        bandwidth: "1gbit",
        ecn: true,
        nodrop: true,
      }),
      "limit 1mb min 30kb max 90kb avpkt 1500 burst 55 bandwidth 1gbit ecn nodrop",
    ],
  },
  {
    spec: tc.red({
      limit: "400000b",
      min: "30000b",
      max: "90000b",
      avpkt: "1000b",
      burst: 55,
      bandwidth: "10mbit",
      probability: "10%",
      ecn: true,
      harddrop: true,
      adaptive: true,
    }),
    words:
      "limit 400000 min 30000 max 90000 avpkt 1000 burst 55 bandwidth 10mbit probability 0.1 ecn harddrop adaptive",
  },
  {
    spec: tc.red({
      limit: "400kb",
      avpkt: "1kb",
      min: "30kb",
      max: "90kb",
      burst: 55,
      ecn: true,
      earlyDropBlock: 910,
      markBlock: 911,
    }),
    words: "limit 400kb avpkt 1kb min 30kb max 90kb burst 55 ecn qevent early_drop block 910 qevent mark block 911",
    read: { earlyDropBlock: 910, markBlock: 911, ecn: true },
  },
  {
    spec: tc.choke({ limit: 1000, bandwidth: "10mbit" }),
    words: "limit 1000 bandwidth 10mbit",
    change: [tc.choke({ limit: 500, bandwidth: "100mbit", ecn: true }), "limit 500 bandwidth 100mbit ecn"],
  },
  {
    spec: tc.choke({
      limit: 1000,
      min: 83,
      max: 250,
      avpkt: "1000b",
      burst: 100,
      bandwidth: "10mbit",
      probability: "10%",
      ecn: true,
    }),
    words: "limit 1000 min 83 max 250 avpkt 1000 burst 100 bandwidth 10mbit probability 0.1 ecn",
  },
  {
    spec: tc.gred({ queues: 2, default: 0 }),
    words: "setup vqs 2 default 0",
    change: [
      tc.gred({
        queue: {
          index: 0,
          limit: "60kb",
          min: "15kb",
          max: "45kb",
          burst: 20,
          avpkt: "1000b",
          bandwidth: "10mbit",
          harddrop: true,
        },
      }),
      "vq 0 limit 60kb min 15kb max 45kb burst 20 avpkt 1000 bandwidth 10mbit harddrop",
    ],
  },
  {
    spec: tc.gred({ queues: 4, default: 2, grio: true, limit: "1mb" }),
    words: "setup vqs 4 default 2 grio limit 1mb",
    change: [
      tc.gred({
        queue: {
          index: 1,
          priority: 2,
          limit: "60kb",
          min: "15kb",
          max: "45kb",
          burst: 20,
          avpkt: "1000b",
          bandwidth: "10mbit",
          probability: "5%",
        },
      }),
      "vq 1 prio 2 limit 60kb min 15kb max 45kb burst 20 avpkt 1000 bandwidth 10mbit probability 0.05",
    ],
  },
  {
    spec: tc.gred({ queues: 16, default: 15, limit: "1mb", ecn: true }),
    words: "setup vqs 16 default 15 limit 1mb ecn",
  },
  { spec: tc.sfb(), words: "", change: [tc.sfb({ limit: 50, max: 10, target: 5 }), "limit 50 max 10 target 5"] },
  {
    spec: tc.sfb({
      rehash: "500s",
      warmup: "50s",
      limit: 200,
      max: 20,
      target: 10,
      increment: "0.1%",
      decrement: "0.01%",
      penaltyRate: 5,
      penaltyBurst: 10,
    }),
    words:
      "rehash 500000 db 50000 limit 200 max 20 target 10 increment 0.001 decrement 0.0001 penalty_rate 5 penalty_burst 10",
  },
  { spec: tc.pie(), words: "", change: [tc.pie({ ecn: true, limit: 9 }), "ecn limit 9"] },
  {
    spec: tc.pie({
      limit: 100,
      target: "20ms",
      tupdate: "32ms",
      alpha: 4,
      beta: 21,
      ecn: true,
      bytemode: true,
      dqRateEstimator: true,
    }),
    words: "limit 100 target 20ms tupdate 32ms alpha 4 beta 21 ecn bytemode dq_rate_estimator",
    change: [tc.pie({ ecn: false, bytemode: false, dqRateEstimator: false }), "noecn nobytemode no_dq_rate_estimator"],
  },
  { spec: tc.fqPie(), words: "", noReplace: FLOWS, change: [tc.fqPie({ limit: 77, ecn: true }), "limit 77 ecn"] },
  {
    spec: tc.fqPie({
      limit: 100,
      flows: 512,
      target: "20ms",
      tupdate: "32ms",
      alpha: 4,
      beta: 21,
      quantum: "3000b",
      memoryLimit: "16mb",
      ecnProb: 20,
      ecn: true,
      bytemode: true,
      dqRateEstimator: true,
    }),
    words:
      "limit 100 flows 512 target 20ms tupdate 32ms alpha 4 beta 21 quantum 3000 memory_limit 16mb ecn_prob 20 ecn bytemode dq_rate_estimator",
    noReplace: FLOWS,
  },
  { spec: tc.hhf(), words: "", change: [tc.hhf({ limit: 50, nonHhWeight: 4 }), "limit 50 non_hh_weight 4"] },
  {
    spec: tc.hhf({
      limit: 100,
      quantum: "3000b",
      hhLimit: 1000,
      resetTimeout: "20ms",
      admit: "100000b",
      evictTimeout: "2s",
      nonHhWeight: 3,
    }),
    words:
      "limit 100 quantum 3000 hh_limit 1000 reset_timeout 20ms admit_bytes 100000 evict_timeout 2s non_hh_weight 3",
  },
  {
    spec: tc.ets({ strict: 3 }),
    words: "strict 3",
    change: [tc.ets({ strict: 1, quanta: [5000] }), "bands 2 strict 1 quanta 5000"],
  },
  {
    spec: tc.ets({ bands: 5, strict: 2, quanta: [1000, 2000, 3000], priomap: [4, 3, 2, 1, 0, 0, 0, 0] }),
    words: "bands 5 strict 2 quanta 1000 2000 3000 priomap 4 3 2 1 0 0 0 0",
  },
  { spec: tc.skbprio(), words: "", change: [tc.skbprio({ limit: 50 }), "limit 50"] },
  { spec: tc.skbprio({ limit: 100 }), words: "limit 100" },
  // ---- the simple ones
  { spec: tc.pfifo(), words: "", change: [tc.pfifo({ limit: 5 }), "limit 5"] },
  { spec: tc.pfifo({ limit: 100 }), words: "limit 100" },
  { spec: tc.bfifo(), words: "", change: [tc.bfifo({ limit: "10kb" }), "limit 10kb"] },
  { spec: tc.bfifo({ limit: "100kb" }), words: "limit 100kb", read: { limitBytes: 102_400 } },
  { spec: tc.pfifoHeadDrop({ limit: 50 }), words: "limit 50", change: [tc.pfifoHeadDrop({ limit: 7 }), "limit 7"] },
  { spec: tc.pfifoFast(), words: "" },
  { spec: tc.noqueue(), words: "" },
  { spec: tc.plug(), words: "", change: [tc.plug({ action: "block" }), "block"] },
  {
    spec: tc.plug({ limit: "10000b" }),
    words: "limit 10000",
    change: [tc.plug({ action: "releaseIndefinite" }), "release_indefinite"],
  },
  {
    spec: tc.etf({ delta: "200us" }),
    words: "clockid CLOCK_TAI delta 200000",
    noReplace: /EINVAL|not supported|ENOSYS/,
  },
  {
    spec: tc.etf({ clock: "tai", delta: "1500us", deadlineMode: true, skipSockCheck: true }),
    words: "clockid CLOCK_TAI delta 1500000 deadline_mode skip_sock_check",
    noReplace: /EINVAL|not supported|ENOSYS/,
  },
  // ---- what any qdisc can have
  {
    spec: tc.pfifo({ limit: 9 }),
    words: "limit 9",
    place: { stab: { mtu: 4096, tsize: 128, mpu: 64, overhead: -10, linklayer: "atm" } },
    placeWords: "stab mtu 4096 tsize 128 mpu 64 overhead -10 linklayer atm",
  },
  {
    spec: tc.pfifo({ limit: 9 }),
    words: "limit 9",
    place: { stab: { overhead: 24 } },
    placeWords: "stab overhead 24",
  },
  {
    spec: tc.codel(),
    words: "",
    place: { estimator: { interval: "1s", average: "8s" }, handle: "abcd:" },
    placeWords: "estimator 1sec 8sec",
  },
  // ---- those with a place of their own
  { spec: tc.ingress(), words: "" },
  { spec: tc.clsact(), words: "" },
  { spec: tc.ingress(), words: "", place: { ingressBlock: 921 }, placeWords: "ingress_block 921", noReplace: /./ },
  {
    spec: tc.clsact(),
    words: "",
    place: { ingressBlock: 922, egressBlock: 923 },
    placeWords: "ingress_block 922 egress_block 923",
    noReplace: /./,
  },
  // ---- several queues
  { spec: tc.mq(), words: "", queues: 4 },
  { spec: tc.multiq(), words: "", queues: 4, noJson: true, read: { bands: 4, maxBands: 4 } },
  {
    spec: tc.mqprio({ ...CLASSES, queues: QUEUES, hw: false }),
    words: `${CLASS_WORDS} hw 0`,
    queues: 4,
    later: ["fp"],
    laterText: /fp:[ EP?]+/,
    noReplace: /EINVAL|not supported|ENOSYS/,
  },
  {
    spec: tc.taprio({
      ...CLASSES,
      queues: QUEUES,
      baseTime: 1_000_000_000,
      schedule: [
        { gates: 1, interval: "300us" },
        { gates: 3, interval: "300us" },
        { command: "set-gates", gates: 4, intervalMs: 0.4 },
      ],
      clock: "tai",
    }),
    words: `${CLASS_WORDS} base-time 1000000000 sched-entry S 01 300000 sched-entry S 03 300000 sched-entry S 04 400000 clockid CLOCK_TAI`,
    queues: 4,
    change: [
      tc.taprio({
        baseTime: 9_000_000_000_000_000_000n,
        cycleTime: 500_000,
        cycleTimeExtension: 1000,
        schedule: [
          { gates: 1, interval: "250us" },
          { gates: 2, interval: "250us" },
        ],
      }),
      "base-time 9000000000000000000 cycle-time 500000 cycle-time-extension 1000 sched-entry S 01 250000 sched-entry S 02 250000 clockid CLOCK_TAI",
    ],
    noReplace: /./,
    ...TAPRIO,
  },
  {
    spec: tc.taprio({
      trafficClasses: 2,
      map: [0, 1],
      queues: [
        { count: 1, offset: 0 },
        { count: 1, offset: 1 },
      ],
      txtimeAssist: true,
      txtimeDelay: "200us",
      schedule: [
        { gates: 1, interval: "300us" },
        { gates: 2, interval: "300us" },
      ],
    }),
    words:
      "num_tc 2 map 0 1 queues 1@0 1@1 base-time 0 sched-entry S 01 300000 sched-entry S 02 300000 flags 0x1 txtime-delay 200000 clockid CLOCK_TAI",
    queues: 4,
    noReplace: /./,
    ...TAPRIO,
  },
  { spec: tc.teql0(), words: "" },
];
