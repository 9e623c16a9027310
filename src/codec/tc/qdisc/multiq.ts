/** multiq: a band for each of the device's queues (net/sched/sch_multiq.c). @module */
import { u16 } from "../../schema/scalar.ts";
import { struct } from "../../schema/struct.ts";
import type { TcKind } from "../kind.ts";
import { optionless } from "../optionless.ts";
import { known } from "../options.ts";

/** `struct tc_multiq_qopt`: sent, though the kernel only writes it. */
export const multiqSchema = struct("tc_multiq_qopt", { size: 4 }, { bands: u16, maxBands: u16 });
/** Nothing to give. */
export interface MultiqOptions {
  readonly bands?: number | undefined;
  readonly maxBands?: number | undefined;
}
export interface Multiq {
  /** Queues in use, and those that the device has. */
  bands: number;
  maxBands: number;
}
export const multiqKind: TcKind<"multiq", typeof multiqSchema, MultiqOptions, Multiq> = {
  ...optionless("multiq"),
  schema: multiqSchema,
  toWire(options) {
    known(options, { bands: true, maxBands: true });
    return {};
  },
  fromWire: ({ bands, maxBands }) => ({ bands, maxBands }),
  show({ bands, maxBands }, out) {
    out.put("bands", bands, `bands ${bands}`);
    out.put("max_bands", maxBands, `/${maxBands} `);
  },
};
