/** How long states and policies live, and what they have seen. @module */
import { time, u32, u64, unit } from "../schema/scalar.ts";
import { struct } from "../schema/struct.ts";

/** All ones of a limit of bytes or packets: none (XFRM_INF). Of times it is 0. */
export const XFRM_INF = 0xffff_ffff_ffff_ffffn;

const seconds = time(u64, "s");
/** At a soft limit the kernel tells of it, at a hard one the object ends; counted from when it was added, and from its first use. */
export const lifetimeLimits = struct(
  "xfrm_lifetime_cfg",
  { size: 64 },
  {
    softByteLimit: unit(u64, "bytes"),
    hardByteLimit: unit(u64, "bytes"),
    softPacketLimit: unit(u64, "packets"),
    hardPacketLimit: unit(u64, "packets"),
    softAddExpiresSeconds: seconds,
    hardAddExpiresSeconds: seconds,
    softUseExpiresSeconds: seconds,
    hardUseExpiresSeconds: seconds,
  },
);
/** Times are seconds since 1970; 0: not yet used. */
export const lifetimeSoFar = struct(
  "xfrm_lifetime_cur",
  { size: 32 },
  { bytes: unit(u64, "bytes"), packets: unit(u64, "packets"), addTime: seconds, useTime: seconds },
);
/** Packets that were refused, and why. */
export const xfrmStats = struct("xfrm_stats", { size: 12 }, { replayWindow: u32, replay: u32, integrityFailed: u32 });
