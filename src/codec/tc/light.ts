/** Of traffic control, what can be had without loading its kinds: what users write, handles, and types. @module */

export type { BpfAction, BpfActionOptions } from "./action/bpf.ts";
export type { Connmark, ConnmarkOptions } from "./action/connmark.ts";
export type { ChecksumOf, Csum, CsumOptions } from "./action/csum.ts";
export type { Ct, CtNat, CtOptions } from "./action/ct.ts";
export type { Ctinfo, CtinfoOptions } from "./action/ctinfo.ts";
export type { Gact, GactOptions, GactRandom } from "./action/gact.ts";
export type { Gate, GateClock, GateEntry, GateEntryOptions, GateOptions } from "./action/gate.ts";
export type { Ife, IfeMeta, IfeOptions } from "./action/ife.ts";
export type { Mirred, MirredOptions } from "./action/mirred.ts";
export type { Mpls, MplsOptions } from "./action/mpls.ts";
export type { Nat, NatOptions } from "./action/nat.ts";
export type { Pedit, PeditEdit, PeditField, PeditHeader, PeditOptions } from "./action/pedit.ts";
export type { Police, PoliceOptions } from "./action/police.ts";
export type { Sample, SampleOptions } from "./action/sample.ts";
export type { Simple, SimpleOptions } from "./action/simple.ts";
export type { Skbedit, SkbeditOptions } from "./action/skbedit.ts";
export type { Skbmod, SkbmodOptions } from "./action/skbmod.ts";
export type { ErspanOption, GeneveOption, TunnelKey, TunnelKeyOptions } from "./action/tunnel-key.ts";
export type { Vlan, VlanOptions, VlanProtocol } from "./action/vlan.ts";
export type { ActionCommon, ActionOptions, ActionUse } from "./action-base.ts";
export type { ActionKind, ActionOptionsIn, ActionOptionsOut } from "./action-kinds.ts";
export type { Action, ActionBase, ActionExtras, ActionSpec, OtherKind } from "./action-list.ts";
export type { BpfInstruction, BpfProgram, BpfProgramOptions } from "./bpf-program.ts";
export * from "./builders.ts";
export type { Clock } from "./clock.ts";
export type { Control } from "./control.ts";
export type {
  Distribution,
  DistributionName,
  DistributionTable,
  MeasuredDistribution,
  ReadDistribution,
  Samples,
} from "./distribution.ts";
export {
  DISTRIBUTIONS,
  distributionOf,
  distributionTable,
  formatDistribution,
  parseDistribution,
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
export type { Basic, BasicOptions } from "./filter/basic.ts";
export type { Bpf, BpfOptions } from "./filter/bpf.ts";
export type { Cgroup, CgroupOptions } from "./filter/cgroup.ts";
export type { Flow, FlowKey, FlowOptions } from "./filter/flow.ts";
export type { Flower, FlowerLse, FlowerOptions, FlowerPort } from "./filter/flower.ts";
export type { GeneveOption as FlowerGeneveOption, TunnelOptions, TunnelOptionsOut } from "./filter/flower-tunnel.ts";
export type { Fw, FwOptions } from "./filter/fw.ts";
export type { Masked, MaskedOut } from "./filter/masked.ts";
export type { Matchall, MatchallOptions } from "./filter/matchall.ts";
export type { RouteClassifier, RouteClassifierOptions } from "./filter/route.ts";
export type { U32, U32Options } from "./filter/u32.ts";
export type {
  U32EtherMatch,
  U32IcmpMatch,
  U32Ip6Match,
  U32IpMatch,
  U32Match,
  U32PortMatch,
  U32RawMatch,
} from "./filter/u32-match.ts";
export { formatHandle, parseHandle } from "./handle.ts";
export type { TcContext, TcKind, XstatsOut } from "./kind.ts";
export type { LossGoal } from "./loss/fit.ts";
export { lossModelFor } from "./loss/fit.ts";
export type { GilbertElliottLoss, KernelLoss, LossModel, LossModelRead, RandomLoss, StateLoss } from "./loss/model.ts";
export { lossFromKernel, lossModelOf, lossToKernel } from "./loss/model.ts";
export type { LossSimulation } from "./loss/simulate.ts";
export { lossSimulator } from "./loss/simulate.ts";
export type { LossStatistics } from "./loss/statistics.ts";
export { lossStatistics } from "./loss/statistics.ts";
export type { Psched } from "./psched.ts";
export type { Cake, CakeOptions } from "./qdisc/cake.ts";
export type { Cbs, CbsOptions } from "./qdisc/cbs.ts";
export type { Choke, ChokeOptions } from "./qdisc/choke.ts";
export type { Codel, CodelOptions } from "./qdisc/codel.ts";
export type { DrrClass, DrrClassOptions } from "./qdisc/drr.ts";
export type { Etf, EtfOptions } from "./qdisc/etf.ts";
export type { Ets, EtsClass, EtsClassOptions, EtsOptions } from "./qdisc/ets.ts";
export type { Bfifo, BfifoOptions, Pfifo, PfifoOptions } from "./qdisc/fifo.ts";
export type { Fq, FqOptions } from "./qdisc/fq.ts";
export type { FqCodel, FqCodelOptions } from "./qdisc/fq-codel.ts";
export type { FqPie, FqPieOptions } from "./qdisc/fq-pie.ts";
export type { Gred, GredOptions, GredQueue, GredQueueOptions } from "./qdisc/gred.ts";
export type { Hfsc, HfscClass, HfscClassOptions, HfscOptions, ServiceCurve, ServiceCurveRead } from "./qdisc/hfsc.ts";
export type { Hhf, HhfOptions } from "./qdisc/hhf.ts";
export type { Htb, HtbClass, HtbClassOptions, HtbOptions } from "./qdisc/htb.ts";
export type { ClassMap, Mqprio, MqprioOptions, Preemption, QueueRange } from "./qdisc/mqprio.ts";
export type { Multiq, MultiqOptions } from "./qdisc/multiq.ts";
export type { Netem, NetemOptions } from "./qdisc/netem.ts";
export type { NetemRate, NetemRateRead } from "./qdisc/netem-rate.ts";
export type { NetemSlot, NetemSlotRead } from "./qdisc/netem-slot.ts";
export type { Pie, PieOptions } from "./qdisc/pie.ts";
export type { PlugOptions } from "./qdisc/plug.ts";
export type { Prio, PrioOptions } from "./qdisc/prio.ts";
export type { QfqClass, QfqClassOptions } from "./qdisc/qfq.ts";
export type { Red, RedOptions } from "./qdisc/red.ts";
export type { Sfb, SfbOptions } from "./qdisc/sfb.ts";
export type { Sfq, SfqOptions, SfqRed, SfqRedOptions } from "./qdisc/sfq.ts";
export type { Skbprio, SkbprioOptions } from "./qdisc/skbprio.ts";
export type { Schedule, ScheduleEntry, ScheduleOptions, Taprio, TaprioOptions } from "./qdisc/taprio.ts";
export type { Tbf, TbfOptions } from "./qdisc/tbf.ts";
export type { LinkLayer } from "./rate-spec.ts";
