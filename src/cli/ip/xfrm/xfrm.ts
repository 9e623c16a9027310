/** `nlink ip xfrm`: IPsec. @module */
import { group } from "../../grammar/command.ts";
import { monitorCommand } from "./monitor.ts";
import { policy } from "./policy.ts";
import { state } from "./state.ts";

export const xfrm = group({
  name: "xfrm",
  help: "IPsec: security associations and policies",
  entries: [state, policy, monitorCommand],
});
