/** Tables that nothing is put into here: they are listed as a kernel lists them that has nothing in them. @module */
import { bridgeVlan } from "../../codec/rtnetlink/bridge-vlan.ts";
import { mdb } from "../../codec/rtnetlink/mdb.ts";
import { RTM } from "../../codec/rtnetlink/types.ts";
import { action } from "../../codec/tc/action.ts";
import type { HandlerTable } from "./handlers.ts";

export const emptyHandlers: HandlerTable = (
  [
    [RTM.getmdb, mdb],
    [RTM.getvlan, bridgeVlan],
    [RTM.getaction, action],
  ] as const
).map(([type, schema]) => [type, { dump: () => [{ type: type - 2, schema, items: [], fill: () => undefined }] }]);
