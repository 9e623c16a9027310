import { constants } from "node:os";
import { describe, expect, test } from "vitest";
import { errno, errnoName, errnoText } from "../../src/transport/linux/errno.ts";

describe("errno", () => {
  test.each([
    [1, "EPERM", "Operation not permitted"],
    [17, "EEXIST", "File exists"],
    [95, "EOPNOTSUPP", "Operation not supported"],
    [105, "ENOBUFS", "No buffer space available"],
    [133, "EHWPOISON", "Memory page has hardware error"],
    [524, "ENOTSUPP", "Unknown error 524"],
    [999, "E999", "Unknown error 999"],
    [0, "E0", "Unknown error 0"],
  ])("%i is %s: %s, and so is its negative", (number, name, text) => {
    expect([errnoName(number), errnoText(number)]).toEqual([name, text]);
    expect([errnoName(-number), errnoText(-number)]).toEqual([name, text]);
  });

  test("by symbol", () => {
    expect(errno.EEXIST).toBe(17);
    expect(errno.ENOTSUPP).toBe(524);
  });

  test("is complete from 1 to 133, but for the two numbers that Linux does not use", () => {
    const missing = Array.from({ length: 133 }, (_, i) => i + 1).filter((n) => errnoName(n) === `E${n}`);
    expect(missing).toEqual([41, 58]);
  });

  test.skipIf(process.platform !== "linux")(
    "agrees with this system's headers (skipped elsewhere: other numbers)",
    () => {
      // The second symbols of their numbers.
      const aliases = new Set(["EWOULDBLOCK", "ENOTSUP"]);
      for (const [name, number] of Object.entries(constants.errno)) {
        if (!aliases.has(name)) expect([name, errnoName(number)]).toEqual([name, name]);
      }
    },
  );
});
