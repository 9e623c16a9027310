/** Links of kind `can`. @module */
import { array, attrs } from "../../../schema/attrs.ts";
import type { Value } from "../../../schema/codec.ts";
import { enumeration, flags, names, u16, u32, unit } from "../../../schema/scalar.ts";
import { chars, struct } from "../../../schema/struct.ts";

/** States of the controller, in capitals, as iproute2 prints them. */
export const canStates = names("CAN_STATE_", {
  "ERROR-ACTIVE": 0,
  "ERROR-WARNING": 1,
  "ERROR-PASSIVE": 2,
  "BUS-OFF": 3,
  STOPPED: 4,
  SLEEPING: 5,
});
/** Modes of the controller, in iproute2's words. */
export const canControlModes = names(
  "CAN_CTRLMODE_",
  {
    loopback: 0x1,
    "listen-only": 0x2,
    "triple-sampling": 0x4,
    "one-shot": 0x8,
    "berr-reporting": 0x10,
    fd: 0x20,
    "presume-ack": 0x40,
    "fd-non-iso": 0x80,
    "cc-len8-dlc": 0x100,
    "tdc-auto": 0x200,
    "tdc-manual": 0x400,
  },
  { "listen-only": "LISTENONLY", "triple-sampling": "3_SAMPLES" },
);

const bitrate = unit(u32, "bit/s");
/** Time quanta, or clock periods for what concerns the transmitter delay. */
const quanta = unit(u32, "tq");

/** `struct can_bittiming`. The controller's driver computes what is zero from `bitrate` and `samplePoint`. */
export const canBittiming = struct(
  "can_bittiming",
  { size: 32 },
  {
    bitrate,
    /** Tenths of a percent: 875 is 87.5 %. */
    samplePoint: unit(u32, "1/1000"),
    /** Length of a time quantum. */
    tq: unit(u32, "ns"),
    propSeg: quanta,
    phaseSeg1: quanta,
    phaseSeg2: quanta,
    sjw: quanta,
    /** Prescaler of the clock. */
    brp: u32,
  },
);
/** `struct can_bittiming_const`: the controller's name and limits. */
export const canBittimingConst = struct(
  "can_bittiming_const",
  { size: 48 },
  {
    name: chars(16),
    tseg1Min: quanta,
    tseg1Max: quanta,
    tseg2Min: quanta,
    tseg2Max: quanta,
    sjwMax: quanta,
    brpMin: u32,
    brpMax: u32,
    brpInc: u32,
  },
);
/** `struct can_clock`. */
export const canClock = struct("can_clock", { size: 4 }, { freq: unit(u32, "Hz") });
/** `struct can_ctrlmode`: the modes, and which of them to change. The kernel reports a mask of zero. */
export const canCtrlmode = struct(
  "can_ctrlmode",
  { size: 8 },
  { mask: flags(u32, canControlModes), flags: flags(u32, canControlModes) },
);
/** `struct can_berr_counter`: the controller's error counters. */
export const canBerrCounter = struct("can_berr_counter", { size: 4 }, { txerr: u16, rxerr: u16 });
/** `struct can_device_stats`: IFLA_INFO_XSTATS of `can` (can_fill_xstats). */
export const canDeviceStats = struct(
  "can_device_stats",
  { size: 24 },
  { busError: u32, errorWarning: u32, errorPassive: u32, busOff: u32, arbitrationLost: u32, restarts: u32 },
);
export interface CanDeviceStats extends Value<typeof canDeviceStats> {}

/** IFLA_CAN_TDC: transmitter delay compensation; the limits are read only (can_tdc_fill_info). */
export const canTdc = attrs(
  "can_tdc",
  { c: "IFLA_CAN_TDC_" },
  {
    tdcvMin: [1, quanta],
    tdcvMax: [2, quanta],
    tdcoMin: [3, quanta],
    tdcoMax: [4, quanta],
    tdcfMin: [5, quanta],
    tdcfMax: [6, quanta],
    /** Value, offset and filter window. */
    tdcv: [7, quanta],
    tdco: [8, quanta],
    tdcf: [9, quanta],
  },
);
export interface CanTdc extends Value<typeof canTdc> {}

/** IFLA_CAN_CTRLMODE_EXT: the modes that the controller has. Read only. */
export const canCtrlmodeExt = attrs(
  "can_ctrlmode_ext",
  { c: "IFLA_CAN_CTRLMODE_" },
  { supported: [1, flags(u32, canControlModes)] },
);
export interface CanCtrlmodeExt extends Value<typeof canCtrlmodeExt> {}

/** IFLA_INFO_DATA of `can` (can_fill_info in drivers/net/can/dev/netlink.c). `…Const` and the last two are read only. */
export const can = attrs(
  "can",
  { c: "IFLA_CAN_" },
  {
    bittiming: [1, canBittiming],
    bittimingConst: [2, canBittimingConst],
    clock: [3, canClock],
    state: [4, enumeration(u32, canStates)],
    ctrlmode: [5, canCtrlmode],
    /** From bus-off to the restart; 0: by hand. */
    restartMs: [6, unit(u32, "ms")],
    berrCounter: [8, canBerrCounter],
    /** Of CAN FD's data phase. */
    dataBittiming: [9, canBittiming],
    dataBittimingConst: [10, canBittimingConst],
    termination: [11, unit(u16, "ohm")],
    /** The resistors to choose from. */
    terminationConst: [12, array(unit(u16, "ohm"))],
    /** The bit rates to choose from, of controllers without bit timing. */
    bitrateConst: [13, array(bitrate)],
    dataBitrateConst: [14, array(bitrate)],
    /** 0: not known. */
    bitrateMax: [15, bitrate],
    tdc: [16, canTdc],
    ctrlmodeExt: [17, canCtrlmodeExt],
    /** 1 restarts a controller that is off the bus. */
    restart: [7, u32],
  },
);
export interface Can extends Value<typeof can> {}
