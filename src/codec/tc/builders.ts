/**
 * What users write for a kind: `netem({ delay: "10ms" })`. These are apart from the kinds, which they only have types of: so a program that
 * imports them need not load all of traffic control.
 * @module
 */
import type { BpfActionOptions } from "./action/bpf.ts";
import type { ConnmarkOptions } from "./action/connmark.ts";
import type { CsumOptions } from "./action/csum.ts";
import type { CtOptions } from "./action/ct.ts";
import type { CtinfoOptions } from "./action/ctinfo.ts";
import type { GactOptions } from "./action/gact.ts";
import type { GateOptions } from "./action/gate.ts";
import type { IfeOptions } from "./action/ife.ts";
import type { MirredOptions } from "./action/mirred.ts";
import type { MplsOptions } from "./action/mpls.ts";
import type { NatOptions } from "./action/nat.ts";
import type { PeditOptions } from "./action/pedit.ts";
import type { PoliceOptions } from "./action/police.ts";
import type { SampleOptions } from "./action/sample.ts";
import type { SimpleOptions } from "./action/simple.ts";
import type { SkbeditOptions } from "./action/skbedit.ts";
import type { SkbmodOptions } from "./action/skbmod.ts";
import type { TunnelKeyOptions } from "./action/tunnel-key.ts";
import type { VlanOptions } from "./action/vlan.ts";
import type { Control } from "./control.ts";
import type { BasicOptions } from "./filter/basic.ts";
import type { BpfOptions } from "./filter/bpf.ts";
import type { CgroupOptions } from "./filter/cgroup.ts";
import type { FlowOptions } from "./filter/flow.ts";
import type { FlowerOptions } from "./filter/flower.ts";
import type { FwOptions } from "./filter/fw.ts";
import type { MatchallOptions } from "./filter/matchall.ts";
import type { RouteClassifierOptions } from "./filter/route.ts";
import type { U32Options } from "./filter/u32.ts";
import type { CakeOptions } from "./qdisc/cake.ts";
import type { CbsOptions } from "./qdisc/cbs.ts";
import type { ChokeOptions } from "./qdisc/choke.ts";
import type { CodelOptions } from "./qdisc/codel.ts";
import type { DrrClassOptions } from "./qdisc/drr.ts";
import type { EtfOptions } from "./qdisc/etf.ts";
import type { EtsClassOptions, EtsOptions } from "./qdisc/ets.ts";
import type { BfifoOptions, PfifoOptions } from "./qdisc/fifo.ts";
import type { FqOptions } from "./qdisc/fq.ts";
import type { FqCodelOptions } from "./qdisc/fq-codel.ts";
import type { FqPieOptions } from "./qdisc/fq-pie.ts";
import type { GredOptions } from "./qdisc/gred.ts";
import type { HfscClassOptions, HfscOptions } from "./qdisc/hfsc.ts";
import type { HhfOptions } from "./qdisc/hhf.ts";
import type { HtbClassOptions, HtbOptions } from "./qdisc/htb.ts";
import type { MqprioOptions } from "./qdisc/mqprio.ts";
import type { NetemOptions } from "./qdisc/netem.ts";
import type { PieOptions } from "./qdisc/pie.ts";
import type { PlugOptions } from "./qdisc/plug.ts";
import type { PrioOptions } from "./qdisc/prio.ts";
import type { QfqClassOptions } from "./qdisc/qfq.ts";
import type { RedOptions } from "./qdisc/red.ts";
import type { SfbOptions } from "./qdisc/sfb.ts";
import type { SfqOptions } from "./qdisc/sfq.ts";
import type { SkbprioOptions } from "./qdisc/skbprio.ts";
import type { TaprioOptions } from "./qdisc/taprio.ts";
import type { TbfOptions } from "./qdisc/tbf.ts";

// Qdiscs and their classes.

export const cake = (options: CakeOptions = {}) => ({ kind: "cake", options }) as const;
/** `cbs({ idleslopeKbit: 98688, sendslopeKbit: -901312, hicreditBytes: 153, locreditBytes: -1389 })`. */
export const cbs = (options: CbsOptions) => ({ kind: "cbs", options }) as const;
/** `choke({ limit: 1000, bandwidth: "10mbit" })`. */
export const choke = (options: ChokeOptions) => ({ kind: "choke", options }) as const;
export const codel = (options: CodelOptions = {}) => ({ kind: "codel", options }) as const;
export const drrClass = (options: DrrClassOptions = {}) => ({ kind: "drr", options }) as const;
/** `etf({ delta: "200us" })`. */
export const etf = (options: EtfOptions) => ({ kind: "etf", options }) as const;
export const ets = (options: EtsOptions) => ({ kind: "ets", options }) as const;
export const etsClass = (options: EtsClassOptions = {}) => ({ kind: "ets", options }) as const;
export const pfifo = (options: PfifoOptions = {}) => ({ kind: "pfifo", options }) as const;
export const pfifoHeadDrop = (options: PfifoOptions = {}) => ({ kind: "pfifo_head_drop", options }) as const;
export const bfifo = (options: BfifoOptions = {}) => ({ kind: "bfifo", options }) as const;
export const fqCodel = (options: FqCodelOptions = {}) => ({ kind: "fq_codel", options }) as const;
export const fqPie = (options: FqPieOptions = {}) => ({ kind: "fq_pie", options }) as const;
export const fq = (options: FqOptions = {}) => ({ kind: "fq", options }) as const;
/** `gred({ queues: 4, default: 2 })`, then `change` with `gred({ queue: { index: 1, limit: "60kb", min: "15kb", max: "45kb", avpkt: "1000b" } })`. */
export const gred = (options: GredOptions) => ({ kind: "gred", options }) as const;
export const hfsc = (options: HfscOptions = {}) => ({ kind: "hfsc", options }) as const;
/** `hfscClass({ sc: { umax: "1500b", dmax: "10ms", rate: "2mbit" }, ul: "10mbit" })`. */
export const hfscClass = (options: HfscClassOptions) => ({ kind: "hfsc", options }) as const;
export const hhf = (options: HhfOptions = {}) => ({ kind: "hhf", options }) as const;
export const htb = (options: HtbOptions = {}) => ({ kind: "htb", options }) as const;
export const htbClass = (options: HtbClassOptions) => ({ kind: "htb", options }) as const;
/** `mqprio({ trafficClasses: 2, map: [0, 1], queues: [{ count: 1, offset: 0 }, { count: 3, offset: 1 }], hw: false })`. */
export const mqprio = (options: MqprioOptions = {}) => ({ kind: "mqprio", options }) as const;
export const multiq = () => ({ kind: "multiq" }) as const;
export const netem = (options: NetemOptions = {}) => ({ kind: "netem", options }) as const;
export const noqueue = () => ({ kind: "noqueue" }) as const;
export const mq = () => ({ kind: "mq" }) as const;
export const ingress = () => ({ kind: "ingress" }) as const;
export const clsact = () => ({ kind: "clsact" }) as const;
export const drr = () => ({ kind: "drr" }) as const;
export const qfq = () => ({ kind: "qfq" }) as const;
export const teql0 = () => ({ kind: "teql0" }) as const;
export const pie = (options: PieOptions = {}) => ({ kind: "pie", options }) as const;
/** `plug({ limit: "100kb" })`, then `change` with `plug({ action: "release" })`. */
export const plug = (options: PlugOptions = {}) => ({ kind: "plug", options }) as const;
export const prio = (options: PrioOptions = {}) => ({ kind: "prio", options }) as const;
export const pfifoFast = () => ({ kind: "pfifo_fast" }) as const;
export const qfqClass = (options: QfqClassOptions = {}) => ({ kind: "qfq", options }) as const;
/** `red({ limit: "400kb", avpkt: "1000b", bandwidth: "100mbit", ecn: true })`. */
export const red = (options: RedOptions) => ({ kind: "red", options }) as const;
export const sfb = (options: SfbOptions = {}) => ({ kind: "sfb", options }) as const;
/** `sfq({ perturb: "10s" })`. */
export const sfq = (options: SfqOptions = {}) => ({ kind: "sfq", options }) as const;
export const skbprio = (options: SkbprioOptions = {}) => ({ kind: "skbprio", options }) as const;
/** `taprio({ trafficClasses: 2, map: [0, 1], queues: […], schedule: [{ gates: 1, interval: "300us" }, { gates: 2, interval: "700us" }] })`. */
export const taprio = (options: TaprioOptions) => ({ kind: "taprio", options }) as const;
/** `tbf({ rate: "1mbit", burst: "32kb", latency: "50ms" })`. */
export const tbf = (options: TbfOptions) => ({ kind: "tbf", options }) as const;

// Filters.

/** `basic({ match: { cmp: { align: "u8", at: 9, op: "eq", value: 6 } }, classid: "1:10" })`. */
export const basic = (options: BasicOptions = {}) => ({ kind: "basic", options }) as const;
/** `bpf({ fd, directAction: true })`, `bpf({ bytecode: "1,6 0 0 65535", classid: "1:10" })`. */
export const bpf = (options: BpfOptions) => ({ kind: "bpf", options }) as const;
/** `cgroup()`, with a handle. */
export const cgroup = (options: CgroupOptions = {}) => ({ kind: "cgroup", options }) as const;
/** `flow({ mode: "hash", keys: ["src", "dst"], divisor: 1024 })`, with a handle. */
export const flow = (options: FlowOptions) => ({ kind: "flow", options }) as const;
/** `flower({ ipProto: "tcp", dstPort: 443, actions: [gact("drop")] })`. */
export const flower = (options: FlowerOptions = {}) => ({ kind: "flower", options }) as const;
/** `fw({ classid: "1:10" })`, with the mark as the filter's handle. */
export const fw = (options: FwOptions = {}) => ({ kind: "fw", options }) as const;
export const matchall = (options: MatchallOptions = {}) => ({ kind: "matchall", options }) as const;
/** `routeFilter({ to: 10, classid: "1:10" })`. */
export const routeFilter = (options: RouteClassifierOptions) => ({ kind: "route", options }) as const;
/** `u32({ match: [{ ip: { src: "10.0.0.0/8", dport: 80 } }], classid: "1:10" })`. */
export const u32Filter = (options: U32Options) => ({ kind: "u32", options }) as const;

// Actions.

/** `bpfAction({ pinned: "/sys/fs/bpf/act" })`, `bpfAction({ bytecode: "1,6 0 0 0" })`. */
export const bpfAction = (options: BpfActionOptions) => ({ kind: "bpf", options }) as const;
/** `connmark()`, `connmark({ zone: 5 })`. */
export const connmark = (options: ConnmarkOptions = {}) => ({ kind: "connmark", options }) as const;
/** `csum({ update: ["iph", "tcp"] })`. */
export const csum = (options: CsumOptions) => ({ kind: "csum", options }) as const;
/** `ct({ commit: true, mark: 5 })`, `ct({ nat: true })`, `ct({ commit: true, nat: { src: "192.0.2.1" } })`. */
export const ct = (options: CtOptions = {}) => ({ kind: "ct", options }) as const;
/** `ctinfo({ dscpMask: 0xfc000000, dscpStateMask: 0x01000000 })`, `ctinfo({ markMask: 0xff })`. */
export const ctinfo = (options: CtinfoOptions) => ({ kind: "ctinfo", options }) as const;
/** `gact("drop")`, `gact({ control: { chain: 5 } })`. */
export const gact = (options: GactOptions | Control = {}) =>
  ({
    kind: "gact",
    options:
      typeof options === "string" || "jump" in options || "chain" in options
        ? { control: options as Control }
        : (options as GactOptions),
  }) as const;
/** `gate({ clock: "tai", baseTimeNs: 0n, entries: [{ open: true, interval: "10ms" }, { open: false, interval: "5ms" }] })`. */
export const gate = (options: GateOptions) => ({ kind: "gate", options }) as const;
/** `ife({ mode: "encode", mark: "allow", dstMac: "02:00:00:00:00:01" })`, `ife({ mode: "decode", control: "reclassify" })`. */
export const ife = (options: IfeOptions) => ({ kind: "ife", options }) as const;
/** `mirred({ action: "redirect", dev: "ifb0" })`, `mirred({ action: "mirror", direction: "ingress", dev: "eth1" })`. */
export const mirred = (options: MirredOptions) => ({ kind: "mirred", options }) as const;
/** `mpls({ action: "push", label: 100 })`, `mpls({ action: "pop", protocol: "ip" })`. */
export const mpls = (options: MplsOptions) => ({ kind: "mpls", options }) as const;
/** `nat({ direction: "egress", old: "10.0.0.0/8", new: "192.0.2.0" })`. */
export const nat = (options: NatOptions) => ({ kind: "nat", options }) as const;
export const pedit = (options: PeditOptions) => ({ kind: "pedit", options }) as const;
/** `police({ rate: "1mbit", burst: "10kb", control: "drop" })`. */
export const police = (options: PoliceOptions) => ({ kind: "police", options }) as const;
/** `sample({ rate: 100, group: 5 })`. */
export const sample = (options: SampleOptions) => ({ kind: "sample", options }) as const;
/** `simple({ text: "here it comes" })`. */
export const simple = (options: SimpleOptions) => ({ kind: "simple", options }) as const;
/** `skbedit({ priority: "1:10" })`, `skbedit({ mark: 5, markMask: 0xff })`, `skbedit({ queueMapping: [0, 3] })`. */
export const skbedit = (options: SkbeditOptions) => ({ kind: "skbedit", options }) as const;
/** `skbmod({ dstMac: "02:00:00:00:00:01" })`, `skbmod({ swapMac: true })`. */
export const skbmod = (options: SkbmodOptions) => ({ kind: "skbmod", options }) as const;
/** `tunnelKey({ mode: "set", src: "192.0.2.1", dst: "192.0.2.2", id: 42, dstPort: 4789 })`. */
export const tunnelKey = (options: TunnelKeyOptions) => ({ kind: "tunnel_key", options }) as const;
/** `vlan({ action: "push", id: 5 })`, `vlan({ action: "pop" })`. */
export const vlan = (options: VlanOptions) => ({ kind: "vlan", options }) as const;
