/** Routing tables with a name of their own. @module */
import { names } from "../schema/scalar.ts";

/** `compat` stands in a one-byte field for a table above 255, whose number is in an attribute. */
export const routeTables = names("RT_TABLE_", { unspec: 0, compat: 252, default: 253, main: 254, local: 255 });
