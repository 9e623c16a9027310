/** Sockets between virtual machines and their host (linux/vm_sockets_diag.h). @module */
import { attrs } from "../schema/attrs.ts";
import type { Value } from "../schema/codec.ts";
import { enumeration, flags, u8, u32 } from "../schema/scalar.ts";
import { list, pad, struct } from "../schema/struct.ts";
import { shutdowns } from "./inet.ts";
import { socketStates } from "./state.ts";
import { socketTypes } from "./types.ts";

export const vsockRequest = attrs(
  "vsockRequest",
  {
    c: "",
    head: struct(
      "vsock_diag_req",
      { size: 24, c: "vdiag_", names: { family: "sdiag_family", protocol: "sdiag_protocol" } },
      { family: u8, protocol: u8, _pad: pad(2), states: u32, ino: u32, show: u32, cookie: list(u32, 2) },
    ),
  },
  {},
);

export const vsockSocket = attrs(
  "vsockSocket",
  {
    c: "",
    head: struct(
      "vsock_diag_msg",
      { size: 32, c: "vdiag_" },
      {
        family: u8,
        type: enumeration(u8, socketTypes),
        state: enumeration(u8, socketStates),
        shutdown: flags(u8, shutdowns),
        /** Context ids: 2 is the host, 0xffffffff any. */
        srcCid: u32,
        srcPort: u32,
        dstCid: u32,
        dstPort: u32,
        ino: u32,
        cookie: list(u32, 2),
      },
    ),
  },
  {},
);
export interface VsockMessage extends Value<typeof vsockSocket> {}
