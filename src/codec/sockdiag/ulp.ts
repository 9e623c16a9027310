/** Upper layer protocols on a TCP connection: kernel TLS and MPTCP (INET_DIAG_ULP_INFO). @module */
import { attrs, bare, flag, string } from "../schema/attrs.ts";
import { enumeration, names, u16 } from "../schema/scalar.ts";
import { mptcpSubflow } from "./mptcp-info.ts";

/** TLS_1_*_VERSION */
export const tlsVersions = names(
  "TLS_",
  { "1.2": 0x303, "1.3": 0x304 },
  { "1.2": "1_2_VERSION", "1.3": "1_3_VERSION" },
);

/** TLS_CIPHER_* */
export const tlsCiphers = names("TLS_CIPHER_", {
  "aes-gcm-128": 51,
  "aes-gcm-256": 52,
  "aes-ccm-128": 53,
  "chacha20-poly1305": 54,
  "sm4-gcm": 55,
  "sm4-ccm": 56,
  "aria-gcm-128": 57,
  "aria-gcm-256": 58,
});

/** TLS_CONF_*: who does the encryption: the socket's library, the kernel, the device. */
export const tlsConfigurations = names("TLS_CONF_", { base: 1, sw: 2, hw: 3, "hw-record": 4 });

export const tlsInfo = attrs(
  "tlsInfo",
  { c: "TLS_INFO_" },
  {
    version: [1, enumeration(u16, tlsVersions)],
    cipher: [2, enumeration(u16, tlsCiphers)],
    txconf: [3, enumeration(u16, tlsConfigurations)],
    rxconf: [4, enumeration(u16, tlsConfigurations)],
    zcRoTx: [5, flag],
    rxNoPad: [6, flag],
  },
);

export const ulpInfo = attrs(
  "ulpInfo",
  { c: "INET_ULP_INFO_" },
  {
    /** `"tls"`, `"mptcp"`, `"espintcp"`, `"smc"`. */
    name: [1, string],
    tls: [2, bare(tlsInfo)],
    mptcp: [3, bare(mptcpSubflow)],
  },
);
