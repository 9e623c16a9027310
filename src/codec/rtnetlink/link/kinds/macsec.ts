/** Links of kind `macsec`: IEEE 802.1AE. @module */
import { attrs } from "../../../schema/attrs.ts";
import type { Value } from "../../../schema/codec.ts";
import { be16, be64, bigNames, bool, enumeration, names, u8, u32, u64 } from "../../../schema/scalar.ts";

/** What is done with frames that do not authenticate. */
export const macsecValidation = names("MACSEC_VALIDATE_", { disabled: 0, check: 1, strict: 2 });
/** Who encrypts. */
export const macsecOffload = names("MACSEC_OFFLOAD_", { off: 0, phy: 1, mac: 2 });
/**
 * The cipher suites' 64-bit ids by iproute2's words (MACSEC_CIPHER_ID_* of linux/if_macsec.h). The kernel reports
 * `gcm-aes-128` under the id of an early draft, `0x0080020001000001n` (MACSEC_DEFAULT_CIPHER_ID).
 */
export const macsecCipherSuites = bigNames("MACSEC_CIPHER_ID_", {
  "gcm-aes-128": 0x0080c20001000001n,
  "gcm-aes-256": 0x0080c20001000002n,
  "gcm-aes-xpn-128": 0x0080c20001000003n,
  "gcm-aes-xpn-256": 0x0080c20001000004n,
});

/** IFLA_INFO_DATA of `macsec` (macsec_fill_info in drivers/net/macsec.c). */
export const macsec = attrs(
  "macsec",
  { c: "IFLA_MACSEC_" },
  {
    /** Secure channel identifier: the link-layer address in the upper 48 bits, the port in the lower 16. Big endian. */
    sci: [1, be64],
    /** Bytes of the integrity check value. */
    icvLen: [3, u8],
    /** One of {@link macsecCipherSuites}, or the draft's. */
    cipherSuite: [4, enumeration(u64, macsecCipherSuites)],
    /** The association (0…3) that encrypts. */
    encodingSa: [6, u8],
    encrypt: [7, bool(u8)],
    protect: [8, bool(u8)],
    incSci: [9, bool(u8)],
    /** End station. */
    es: [10, bool(u8)],
    /** Single copy broadcast. */
    scb: [11, bool(u8)],
    replayProtect: [12, bool(u8)],
    validation: [13, enumeration(u8, macsecValidation)],
    offload: [15, enumeration(u8, macsecOffload)],
    /** Packets by which one may come late under `replayProtect`. */
    window: [5, u32],
    /** Port of the identifier that the kernel is to build from the device's address. Big endian. */
    port: [2, be16],
  },
);
export interface Macsec extends Value<typeof macsec> {}
