/** What one protocol knows of a link, in messages of its family. @module */
import { select } from "../../schema/attrs.ts";
import { inet6Link } from "./inet6.ts";
import { bridgePort } from "./kinds/bridge-port.ts";

/**
 * IFLA_PROTINFO, by `ifi_family`: of a bridge's port (AF_BRIDGE) or of IPv6 (AF_INET6). Bridges are told by
 * NLA_F_NESTED from the one byte of a port's state that old programs send (br_setlink in net/bridge/br_netlink.c); IPv6
 * reports it without.
 */
export const protinfo = select("family", { 7: bridgePort, 10: inet6Link });
