/** Addresses of IPsec: sixteen bytes of which IPv4 takes the first four, and whose family stands elsewhere (xfrm_address_t). @module */
import { bytes, select } from "../schema/attrs.ts";
import { in6Addr, inAddr, pad, struct, union } from "../schema/struct.ts";

export const AF_INET = 2;
export const AF_INET6 = 10;

/** In a struct whose member `by` says the family. Of no family, as in the selectors of states that the kernel makes, it stays bytes. */
export const addressBy = /* @__PURE__ */ <const B extends string>(by: B) =>
  union(by, { [AF_INET]: inAddr, [AF_INET6]: in6Addr });

const v4 = struct("", { size: 16 }, { address: inAddr, _rest: pad(12) });
const v6 = struct("", { size: 16 }, { address: in6Addr });
/** As an attribute, of a message whose head says the family. */
export const addressAttribute = /* @__PURE__ */ select("family", { [AF_INET]: v4, [AF_INET6]: v6 }, bytes);
