/** Port profiles of virtual functions: 802.1Qbg and the like. @module */
import { attrs, bare, bytes, multi, string } from "../../schema/attrs.ts";
import type { Value } from "../../schema/codec.ts";
import { enumeration, names, u8, u16, u32 } from "../../schema/scalar.ts";
import { byteArray, pad, struct } from "../../schema/struct.ts";

/** What is asked of the switch (linux/if_link.h). */
export const portRequests = names("PORT_REQUEST_", {
  preassociate: 0,
  preassociate_rr: 1,
  associate: 2,
  disassociate: 3,
});
/** What the switch answers: those of VDP from 0, those of port profiles from 256. */
export const portResponses = names(
  "PORT_",
  {
    vdp_response_success: 0,
    vdp_response_invalid_format: 1,
    vdp_response_insufficient_resources: 2,
    vdp_response_unused_vtid: 3,
    vdp_response_vtid_violation: 4,
    vdp_response_vtid_version_violation: 5,
    vdp_response_out_of_sync: 6,
    profile_response_success: 0x100,
    profile_response_inprogress: 0x101,
    profile_response_invalid: 0x102,
    profile_response_badstate: 0x103,
    profile_response_insufficient_resources: 0x104,
    profile_response_error: 0x105,
  },
  // the header's spelling
  { vdp_response_vtid_version_violation: "VDP_RESPONSE_VTID_VERSION_VIOALTION" },
);

/** `struct ifla_port_vsi`; `vsiTypeId` is a number of 24 bits. The kernel ignores it. */
export const portVsi = struct(
  "ifla_port_vsi",
  { size: 8 },
  { vsiMgrId: u8, vsiTypeId: byteArray(3), vsiTypeVersion: u8, _pad: pad(3) },
);

/** IFLA_PORT_SELF, and each of IFLA_VF_PORTS. */
export const linkPort = attrs(
  "port",
  { c: "IFLA_PORT_" },
  {
    /** Number of the virtual function. */
    vf: [1, u32],
    // ifla_port_policy says u8; enic, the one driver that reports it, sends u16, which stays in `unknown`.
    request: [6, enumeration(u8, portRequests)],
    response: [7, enumeration(u16, portResponses)],
    profile: [2, string],
    instanceUuid: [4, bytes],
    hostUuid: [5, bytes],
    vsiType: [3, portVsi],
  },
);
export interface LinkPort extends Value<typeof linkPort> {}

/** IFLA_VF_PORTS. */
export const vfPorts = attrs("vf_ports", { c: "IFLA_VF_" }, { port: [1, multi(bare(linkPort))] });
export interface VfPorts extends Value<typeof vfPorts> {}
