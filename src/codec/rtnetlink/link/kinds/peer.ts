/** The other end of a pair of links, as veth, vxcan and netkit are created with. @module */
import { type Attrs, type Bare, bare, lazy } from "../../../schema/attrs.ts";
import type { Input, Value } from "../../../schema/codec.ts";
import { link } from "../link.ts";

// A link contains link info contains a peer contains a link. TypeScript resolves that only through interfaces and declared
// types, and modules load in any order only through functions: this one, and `lazy` wherever the circle closes.
/** A link inside a link. */
export interface PeerLink extends Value<typeof link> {}
/** What a link inside a link is encoded from. */
export interface PeerLinkInput extends Input<typeof link> {}

/**
 * A whole link, struct ifinfomsg and IFLA_* attributes: the peer's name, address, MTU, and the namespace it is to live in.
 * User space sends it; the kernel never does, but says by IFLA_LINK and IFLA_LINK_NETNSID where the peer is. Without
 * NLA_F_NESTED, because a struct leads.
 */
export function peer(): Bare<PeerLink, PeerLinkInput> {
  return bare(lazy((): Attrs<PeerLink, PeerLinkInput> => link));
}
