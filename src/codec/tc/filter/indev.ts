/** Names of devices in filters: the kernel wants the name, and at most 15 bytes of it. @module */
import { fail, show } from "../../schema/program.ts";

/** @throws {CodecError} what cannot be a device's name */
export function deviceOption(given: unknown, name: string): string {
  if (typeof given === "string" && /^[^\s/]{1,15}$/.test(given)) return given;
  return fail(name, -1, `${show(given)} is not a device's name`);
}
