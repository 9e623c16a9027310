/** Traffic control in the user's terms: the kinds of qdiscs, classes, filters and actions, and tc's words. @module */
export { type BpfAction, type BpfActionOptions, bpfAction } from "./action/bpf.ts";
export { type Connmark, type ConnmarkOptions, connmark } from "./action/connmark.ts";
export { type ChecksumOf, type Csum, type CsumOptions, csum } from "./action/csum.ts";
export { type Ct, type CtNat, type CtOptions, ct } from "./action/ct.ts";
export { type Ctinfo, type CtinfoOptions, ctinfo } from "./action/ctinfo.ts";
export { type Gact, type GactOptions, type GactRandom, gact } from "./action/gact.ts";
export {
  type Gate,
  type GateClock,
  type GateEntry,
  type GateEntryOptions,
  type GateOptions,
  gate,
} from "./action/gate.ts";
export { type Ife, type IfeMeta, type IfeOptions, ife } from "./action/ife.ts";
export { type Mirred, type MirredOptions, mirred } from "./action/mirred.ts";
export { type Mpls, type MplsOptions, mpls } from "./action/mpls.ts";
export { type Nat, type NatOptions, nat } from "./action/nat.ts";
export {
  type Pedit,
  type PeditEdit,
  type PeditField,
  type PeditHeader,
  type PeditOptions,
  pedit,
} from "./action/pedit.ts";
export { type Police, type PoliceOptions, police } from "./action/police.ts";
export { type Sample, type SampleOptions, sample } from "./action/sample.ts";
export { type Simple, type SimpleOptions, simple } from "./action/simple.ts";
export { type Skbedit, type SkbeditOptions, skbedit } from "./action/skbedit.ts";
export { type Skbmod, type SkbmodOptions, skbmod } from "./action/skbmod.ts";
export {
  type ErspanOption,
  type GeneveOption,
  type TunnelKey,
  type TunnelKeyOptions,
  tunnelKey,
} from "./action/tunnel-key.ts";
export { type Vlan, type VlanOptions, type VlanProtocol, vlan } from "./action/vlan.ts";
export type { ActionCommon, ActionOptions, ActionUse } from "./action-base.ts";
export { type ActionKind, type ActionOptionsIn, type ActionOptionsOut, actionKinds } from "./action-kinds.ts";
export type { Action, ActionBase, ActionExtras, ActionSpec, OtherKind } from "./action-list.ts";
export type { BpfInstruction, BpfProgram, BpfProgramOptions } from "./bpf-program.ts";
export * from "./class-kinds.ts";
export type { Clock } from "./clock.ts";
export type { Control } from "./control.ts";
export {
  DISTRIBUTIONS,
  type Distribution,
  type DistributionName,
  type DistributionTable,
  distributionOf,
  distributionTable,
  formatDistribution,
  type MeasuredDistribution,
  parseDistribution,
  type ReadDistribution,
  type Samples,
} from "./distribution.ts";
export type { Ematch, EmatchOut } from "./ematch.ts";
export type {
  EmAlign,
  EmCanid,
  EmCmp,
  EmIpset,
  EmLayer,
  EmMeta,
  EmNbyte,
  EmOperand,
  EmText,
  EmU32,
  MetaId,
  MetaObject,
  MetaObjectOut,
} from "./ematch-kinds.ts";
export { type Basic, type BasicOptions, basic } from "./filter/basic.ts";
export { type Bpf, type BpfOptions, bpf } from "./filter/bpf.ts";
export { type Cgroup, type CgroupOptions, cgroup } from "./filter/cgroup.ts";
export { type Flow, type FlowKey, type FlowOptions, flow } from "./filter/flow.ts";
export { type Flower, type FlowerLse, type FlowerOptions, type FlowerPort, flower } from "./filter/flower.ts";
export type { GeneveOption as FlowerGeneveOption, TunnelOptions, TunnelOptionsOut } from "./filter/flower-tunnel.ts";
export { type Fw, type FwOptions, fw } from "./filter/fw.ts";
export type { Masked, MaskedOut } from "./filter/masked.ts";
export { type Matchall, type MatchallOptions, matchall } from "./filter/matchall.ts";
export { type RouteClassifier, type RouteClassifierOptions, routeFilter } from "./filter/route.ts";
export { type U32, type U32Options, u32Filter } from "./filter/u32.ts";
export type {
  U32EtherMatch,
  U32IcmpMatch,
  U32Ip6Match,
  U32IpMatch,
  U32Match,
  U32PortMatch,
  U32RawMatch,
} from "./filter/u32-match.ts";
export * from "./filter-kinds.ts";
export { formatHandle, parseHandle } from "./handle.ts";
export {
  optionsFromWire,
  optionsToWire,
  parseOptions,
  printOptions,
  showOptions,
  showXstats,
  type TcContext,
  type TcKind,
  type XstatsOut,
} from "./kind.ts";
export { type LossGoal, lossModelFor } from "./loss/fit.ts";
export {
  type GilbertElliottLoss,
  type KernelLoss,
  type LossModel,
  type LossModelRead,
  lossFromKernel,
  lossModelOf,
  lossToKernel,
  type RandomLoss,
  type StateLoss,
} from "./loss/model.ts";
export { type LossSimulation, lossSimulator } from "./loss/simulate.ts";
export { type LossStatistics, lossStatistics } from "./loss/statistics.ts";
export { modernPsched, type Psched, parsePsched } from "./psched.ts";
export { type Cake, type CakeOptions, cake } from "./qdisc/cake.ts";
export { type Cbs, type CbsOptions, cbs } from "./qdisc/cbs.ts";
export { type Choke, type ChokeOptions, choke } from "./qdisc/choke.ts";
export { type Codel, type CodelOptions, codel } from "./qdisc/codel.ts";
export { type DrrClass, type DrrClassOptions, drrClass } from "./qdisc/drr.ts";
export { type Etf, type EtfOptions, etf } from "./qdisc/etf.ts";
export { type Ets, type EtsClass, type EtsClassOptions, type EtsOptions, ets, etsClass } from "./qdisc/ets.ts";
export {
  type Bfifo,
  type BfifoOptions,
  bfifo,
  type Pfifo,
  type PfifoOptions,
  pfifo,
  pfifoHeadDrop,
} from "./qdisc/fifo.ts";
export { type Fq, type FqOptions, fq } from "./qdisc/fq.ts";
export { type FqCodel, type FqCodelOptions, fqCodel } from "./qdisc/fq-codel.ts";
export { type FqPie, type FqPieOptions, fqPie } from "./qdisc/fq-pie.ts";
export { type Gred, type GredOptions, type GredQueue, type GredQueueOptions, gred } from "./qdisc/gred.ts";
export {
  type Hfsc,
  type HfscClass,
  type HfscClassOptions,
  type HfscOptions,
  hfsc,
  hfscClass,
  type ServiceCurve,
  type ServiceCurveRead,
} from "./qdisc/hfsc.ts";
export { type Hhf, type HhfOptions, hhf } from "./qdisc/hhf.ts";
export { type Htb, type HtbClass, type HtbClassOptions, type HtbOptions, htb, htbClass } from "./qdisc/htb.ts";
export {
  type ClassMap,
  type Mqprio,
  type MqprioOptions,
  mqprio,
  type Preemption,
  type QueueRange,
} from "./qdisc/mqprio.ts";
export { type Multiq, type MultiqOptions, multiq } from "./qdisc/multiq.ts";
export { type Netem, type NetemOptions, netem } from "./qdisc/netem.ts";
export type { NetemRate, NetemRateRead } from "./qdisc/netem-rate.ts";
export type { NetemSlot, NetemSlotRead } from "./qdisc/netem-slot.ts";
export { clsact, drr, ingress, mq, noqueue, qfq, teql0 } from "./qdisc/optionless.ts";
export { type Pie, type PieOptions, pie } from "./qdisc/pie.ts";
export { type PlugOptions, plug } from "./qdisc/plug.ts";
export { type Prio, type PrioOptions, pfifoFast, prio } from "./qdisc/prio.ts";
export { type QfqClass, type QfqClassOptions, qfqClass } from "./qdisc/qfq.ts";
export { type Red, type RedOptions, red } from "./qdisc/red.ts";
export { type Sfb, type SfbOptions, sfb } from "./qdisc/sfb.ts";
export { type Sfq, type SfqOptions, type SfqRed, type SfqRedOptions, sfq } from "./qdisc/sfq.ts";
export { type Skbprio, type SkbprioOptions, skbprio } from "./qdisc/skbprio.ts";
export {
  type Schedule,
  type ScheduleEntry,
  type ScheduleOptions,
  type Taprio,
  type TaprioOptions,
  taprio,
} from "./qdisc/taprio.ts";
export { type Tbf, type TbfOptions, tbf } from "./qdisc/tbf.ts";
export * from "./qdisc-kinds.ts";
export type { LinkLayer } from "./rate-spec.ts";
