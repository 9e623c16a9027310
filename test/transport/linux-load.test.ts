import { describe, expect, test } from "vitest";
import { NamespaceNotFound, TransportUnavailable } from "../../src/transport/errors.ts";
import { loadLibc } from "../../src/transport/linux/libc.ts";
import { isNetnsName } from "../../src/transport/linux/netns.ts";

function errorOf(run: () => unknown): unknown {
  try {
    run();
  } catch (error) {
    return error;
  }
  return undefined;
}

describe("where there can be no kernel socket", () => {
  test.each(["darwin", "win32", "freebsd"])(
    "on %s, the platform is named and koffi not even looked for",
    (platform) => {
      const error = errorOf(() => loadLibc(platform, () => expect.fail("koffi was loaded")));
      expect(error).toBeInstanceOf(TransportUnavailable);
      expect(error).toMatchObject({ reason: "platform", message: expect.stringContaining(`this is ${platform}`) });
    },
  );

  test("without koffi, the message says how to get it", () => {
    const cause = Object.assign(new Error("Cannot find module 'koffi'"), { code: "MODULE_NOT_FOUND" });
    const error = errorOf(() =>
      loadLibc("linux", () => {
        throw cause;
      }),
    );
    expect(error).toBeInstanceOf(TransportUnavailable);
    expect(error).toMatchObject({
      reason: "koffi",
      message: "netlink sockets need the optional package koffi, which is not installed: npm install koffi",
      cause,
    });
  });

  test("with a koffi that does not load, the message says why", () => {
    const error = errorOf(() =>
      loadLibc("linux", () => {
        throw new Error("Cannot find the native Koffi module");
      }),
    );
    expect(error).toMatchObject({
      reason: "koffi",
      message: expect.stringContaining("does not load (Cannot find the native Koffi module)"),
    });
  });

  test("in a 32-bit process, the structures would be wrong", () => {
    const error = errorOf(() => loadLibc("linux", () => ({ sizeof: () => 4 })));
    expect(error).toMatchObject({ reason: "platform", message: expect.stringContaining("64-bit") });
  });
});

describe("namespace names", () => {
  test.each(["blue", "a.b", "...", "with space", "-x", "ü", "x".repeat(255)])("%j may be one", (name) => {
    expect(isNetnsName(name)).toBe(true);
  });
  test.each(["", ".", "..", "a/b", "/", "a\0b", "x".repeat(256), "ü".repeat(128)])("%j may not", (name) => {
    expect(isNetnsName(name)).toBe(false);
  });
  test("the error's text is fixed", () => {
    expect(new NamespaceNotFound("myns").message).toBe("namespace not found: myns");
    expect(new NamespaceNotFound("pid 123").message).toBe("namespace not found: pid 123");
  });
});
