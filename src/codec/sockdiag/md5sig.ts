/** Keys of TCP's MD5 signatures. The kernel shows them to CAP_NET_ADMIN only. @module */
import { u8, u16 } from "../schema/scalar.ts";
import { byteArray, struct } from "../schema/struct.ts";

/** struct tcp_diag_md5sig. `addr` begins with 4 bytes of an IPv4 address or holds 16 of IPv6; of `key`, `keylen` bytes count. */
export const md5sig = struct(
  "tcp_diag_md5sig",
  { size: 100, c: "tcpm_" },
  { family: u8, prefixlen: u8, keylen: u16, addr: byteArray(16), key: byteArray(80) },
);
