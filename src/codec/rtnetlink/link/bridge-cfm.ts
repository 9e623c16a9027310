/** The bridge's Connectivity Fault Management, 802.1Q section 12.14. @module */
import { attrs, bytes, mac, multi } from "../../schema/attrs.ts";
import type { Value } from "../../schema/codec.ts";
import { bool, device, enumeration, names, u8, u32, unit } from "../../schema/scalar.ts";

/** Whether a maintenance end point is of a port or of a VLAN (linux/cfm_bridge.h). */
export const cfmDomains = names("BR_CFM_", { port: 0, vlan: 1 });
export const cfmDirections = names("BR_CFM_MEP_DIRECTION_", { down: 0, up: 1 });
/** How often continuity is checked. */
export const cfmIntervals = names(
  "BR_CFM_CCM_INTERVAL_",
  { none: 0, "3.3ms": 1, "10ms": 2, "100ms": 3, "1s": 4, "10s": 5, "1min": 6, "10min": 7 },
  {
    "3.3ms": "3_3_MS",
    "10ms": "10_MS",
    "100ms": "100_MS",
    "1s": "1_SEC",
    "10s": "10_SEC",
    "1min": "1_MIN",
    "10min": "10_MIN",
  },
);

const mepCreate = attrs(
  "cfm_mep_create",
  { c: "IFLA_BRIDGE_CFM_MEP_CREATE_" },
  {
    instance: [1, u32],
    domain: [2, enumeration(u32, cfmDomains)],
    direction: [3, enumeration(u32, cfmDirections)],
    ifindex: [4, device(u32)],
  },
);
const mepDelete = attrs("cfm_mep_delete", { c: "IFLA_BRIDGE_CFM_MEP_DELETE_" }, { instance: [1, u32] });
const mepConfig = attrs(
  "cfm_mep_config",
  { c: "IFLA_BRIDGE_CFM_MEP_CONFIG_" },
  {
    instance: [1, u32],
    unicastMac: [2, mac],
    /** Maintenance level, 0…7. */
    mdlevel: [3, u32],
    /** 1…8191. */
    mepid: [4, u32],
  },
);
const ccConfig = attrs(
  "cfm_cc_config",
  { c: "IFLA_BRIDGE_CFM_CC_CONFIG_" },
  {
    instance: [1, u32],
    enable: [2, bool(u32)],
    expInterval: [3, enumeration(u32, cfmIntervals)],
    /** Maintenance association identifier, 48 bytes. */
    expMaid: [4, bytes],
  },
);
const ccPeerMep = attrs(
  "cfm_cc_peer_mep",
  { c: "IFLA_BRIDGE_CFM_CC_PEER_" },
  { instance: [1, u32, "MEP_INSTANCE"], mepid: [2, u32] },
);
const ccRdi = attrs("cfm_cc_rdi", { c: "IFLA_BRIDGE_CFM_CC_RDI_" }, { instance: [1, u32], rdi: [2, bool(u32)] });
const ccCcmTx = attrs(
  "cfm_cc_ccm_tx",
  { c: "IFLA_BRIDGE_CFM_CC_CCM_TX_" },
  {
    instance: [1, u32],
    dmac: [2, mac],
    seqNoUpdate: [3, bool(u32)],
    period: [4, unit(u32, "s")],
    ifTlv: [5, bool(u32)],
    ifTlvValue: [6, u8],
    portTlv: [7, bool(u32)],
    portTlvValue: [8, u8],
  },
);
const mepStatus = attrs(
  "cfm_mep_status",
  { c: "IFLA_BRIDGE_CFM_MEP_STATUS_" },
  {
    instance: [1, u32],
    opcodeUnexpSeen: [2, bool(u32)],
    versionUnexpSeen: [3, bool(u32)],
    rxLevelLowSeen: [4, bool(u32)],
  },
);
const ccPeerStatus = attrs(
  "cfm_cc_peer_status",
  { c: "IFLA_BRIDGE_CFM_CC_PEER_STATUS_" },
  {
    instance: [1, u32],
    peerMepid: [2, u32],
    ccmDefect: [3, bool(u32)],
    rdi: [4, bool(u32)],
    portTlvValue: [5, u8],
    ifTlvValue: [6, u8],
    seen: [7, bool(u32)],
    tlvSeen: [8, bool(u32)],
    seqUnexpSeen: [9, bool(u32)],
  },
);

/**
 * IFLA_BRIDGE_CFM: `…Info` is what the kernel reports (br_cfm_config_fill_info and br_cfm_status_fill_info in
 * net/bridge/br_cfm_netlink.c), one of each for every end point or peer; the others are orders to it (br_cfm_parse).
 */
export const bridgeCfm = attrs(
  "bridge_cfm",
  { c: "IFLA_BRIDGE_CFM_" },
  {
    mepCreateInfo: [9, multi(mepCreate)],
    mepConfigInfo: [10, multi(mepConfig)],
    ccConfigInfo: [11, multi(ccConfig)],
    ccRdiInfo: [12, multi(ccRdi)],
    ccCcmTxInfo: [13, multi(ccCcmTx)],
    ccPeerMepInfo: [14, multi(ccPeerMep)],
    mepStatusInfo: [15, multi(mepStatus)],
    ccPeerStatusInfo: [16, multi(ccPeerStatus)],
    mepCreate: [1, mepCreate],
    mepDelete: [2, mepDelete],
    mepConfig: [3, mepConfig],
    ccConfig: [4, ccConfig],
    ccPeerMepAdd: [5, ccPeerMep],
    ccPeerMepRemove: [6, ccPeerMep],
    ccRdi: [7, ccRdi],
    ccCcmTx: [8, ccCcmTx],
  },
);
export interface BridgeCfm extends Value<typeof bridgeCfm> {}
