/** Which noun handles which message. To add one is to add a line. @module */
import { addressHandlers } from "./address.ts";
import { chainHandlers } from "./chain.ts";
import type { Handler } from "./dispatch.ts";
import { emptyHandlers } from "./empty.ts";
import { filterHandlers } from "./filter.ts";
import { linkHandlers } from "./link.ts";
import { neighborHandlers } from "./neighbor.ts";
import { netconfHandlers } from "./netconf.ts";
import { nexthopHandlers } from "./nexthop.ts";
import { nsidHandlers } from "./nsid.ts";
import { qdiscHandlers } from "./qdisc.ts";
import { routeHandlers } from "./route.ts";
import { ruleHandlers } from "./rule.ts";
import { classHandlers } from "./tclass.ts";

export type HandlerTable = readonly (readonly [type: number, handler: Handler])[];

export const handlers: ReadonlyMap<number, Handler> = /* @__PURE__ */ new Map(
  [
    linkHandlers,
    addressHandlers,
    routeHandlers,
    ruleHandlers,
    neighborHandlers,
    nexthopHandlers,
    nsidHandlers,
    netconfHandlers,
    qdiscHandlers,
    classHandlers,
    filterHandlers,
    chainHandlers,
    emptyHandlers,
  ].flat(),
);
