/** Counters of a link, and where its hardware is mapped. @module */
import type { Value } from "../../schema/codec.ts";
import { u8, u16, u32, u64 } from "../../schema/scalar.ts";
import { opt, struct } from "../../schema/struct.ts";

/**
 * `struct rtnl_link_stats64` of linux/if_link.h: packets, except for the two in bytes. It is 184 bytes before Linux
 * 4.6, 192 before 5.19, 200 since.
 */
export const linkStats64 = struct(
  "rtnl_link_stats64",
  { size: 200 },
  {
    rxPackets: u64,
    txPackets: u64,
    rxBytes: u64,
    txBytes: u64,
    rxErrors: u64,
    txErrors: u64,
    rxDropped: u64,
    txDropped: u64,
    multicast: u64,
    collisions: u64,
    rxLengthErrors: u64,
    rxOverErrors: u64,
    rxCrcErrors: u64,
    rxFrameErrors: u64,
    rxFifoErrors: u64,
    rxMissedErrors: u64,
    txAbortedErrors: u64,
    txCarrierErrors: u64,
    txFifoErrors: u64,
    txHeartbeatErrors: u64,
    txWindowErrors: u64,
    rxCompressed: u64,
    txCompressed: u64,
    /** Received by a device whose packets nobody takes, such as a bond's backup port. */
    rxNohandler: opt(u64),
    /** Addressed to another host. */
    rxOtherhostDropped: opt(u64),
  },
);
export interface LinkStats64 extends Value<typeof linkStats64> {}

/** `struct rtnl_link_stats`: the same cut to 32 bits, so they wrap. Prefer {@link linkStats64}. */
export const linkStats = struct(
  "rtnl_link_stats",
  { size: 96 },
  {
    rxPackets: u32,
    txPackets: u32,
    rxBytes: u32,
    txBytes: u32,
    rxErrors: u32,
    txErrors: u32,
    rxDropped: u32,
    txDropped: u32,
    multicast: u32,
    collisions: u32,
    rxLengthErrors: u32,
    rxOverErrors: u32,
    rxCrcErrors: u32,
    rxFrameErrors: u32,
    rxFifoErrors: u32,
    rxMissedErrors: u32,
    txAbortedErrors: u32,
    txCarrierErrors: u32,
    txFifoErrors: u32,
    txHeartbeatErrors: u32,
    txWindowErrors: u32,
    rxCompressed: u32,
    txCompressed: u32,
    rxNohandler: opt(u32),
  },
);
export interface LinkStats extends Value<typeof linkStats> {}

/** `struct rtnl_link_ifmap`: I/O memory, port, interrupt and DMA channel, zero but for old hardware. */
export const linkIfmap = struct(
  "rtnl_link_ifmap",
  { size: 32 },
  { memStart: u64, memEnd: u64, baseAddr: u64, irq: u16, dma: u8, port: u8 },
);
export interface LinkIfmap extends Value<typeof linkIfmap> {}
