import { describe, expect, test } from "vitest";
import * as errors from "../../src/api/errors.ts";
import { kernelError } from "../../src/api/failure.ts";
import { type ErrnoName, errno as numbers } from "../../src/codec/nlmsg/errno.ts";
import { NamespaceNotFound, TransportUnavailable } from "../../src/transport/errors.ts";

const predicates = Object.entries(errors).filter(([name]) => /^is[A-Z]/.test(name)) as [
  string,
  (e: unknown) => boolean,
][];
/** The predicates that hold. */
const holding = (e: unknown): string[] =>
  predicates
    .filter(([, holds]) => holds(e))
    .map(([name]) => name)
    .sort();

describe("errors", () => {
  test.each<[Error, string]>([
    [new errors.InterfaceNotFound("eth99"), "interface not found: eth99"],
    [new errors.InterfaceNotFound(99), "interface not found: 99"],
    [new NamespaceNotFound("myns"), "namespace not found: myns"],
    [new errors.QdiscNotFound("netem", "eth0"), "qdisc not found: netem on eth0"],
  ])("%s: the text word for word", (e, message) => {
    expect(e).toBeInstanceOf(errors.NetlinkError);
    expect(e.message).toBe(message);
    expect(String(e)).toBe(`${e.name}: ${message}`);
    expect(errors.isNotFound(e)).toBe(true);
  });

  test.each<[ErrnoName, string[]]>([
    ["EPERM", ["isPermissionDenied"]],
    ["EACCES", ["isPermissionDenied"]],
    ["ENOENT", ["isNotFound"]],
    ["ESRCH", ["isNotFound"]],
    ["EADDRNOTAVAIL", ["isNotFound"]],
    ["ENODEV", ["isNoDevice", "isNotFound"]],
    ["ENXIO", ["isNoDevice", "isNotFound"]],
    ["EBUSY", ["isBusy"]],
    ["EEXIST", ["isExists"]],
    ["EINVAL", ["isInvalidArgument"]],
    ["ERANGE", ["isInvalidArgument"]],
    ["EOPNOTSUPP", ["isNotSupported"]],
    ["EAFNOSUPPORT", ["isNotSupported"]],
    ["EPROTONOSUPPORT", ["isNotSupported"]],
    ["ENETUNREACH", ["isNetworkUnreachable"]],
    ["EHOSTUNREACH", ["isHostUnreachable"]],
    ["EADDRINUSE", ["isAddressInUse"]],
    ["ETIMEDOUT", ["isTimeout"]],
    ["ECANCELED", ["isAborted"]],
    ["ENOBUFS", ["isNoBufferSpace", "isOverrun"]],
    ["ENOMEM", ["isNoBufferSpace"]],
    ["ENOSPC", ["isNoBufferSpace"]],
    ["EAGAIN", ["isTryAgain"]],
    ["ENAMETOOLONG", ["isNameTooLong"]],
    ["EMSGSIZE", ["isMessageTooLong"]],
    ["ECONNREFUSED", ["isConnectionRefused"]],
    ["EMFILE", ["isTooManyOpenFiles"]],
    ["ENFILE", ["isTooManyOpenFiles"]],
    ["EROFS", ["isReadOnly"]],
  ])("%s: %j", (code, expected) => {
    const errno = numbers[code];
    const e = kernelError(errno, { operation: "try" });
    expect(e).toMatchObject({ name: "NetlinkError", code, errno, operation: "try" });
    expect(holding(e)).toEqual(expected);
  });

  test("what is not an error of the system holds for none", () => {
    for (const e of [new Error("ENOENT"), { code: "ENOENT" }, "ENOENT", undefined, null])
      expect(holding(e)).toEqual([]);
  });
  test("a dump that was interrupted carries what there is", () => {
    const e = new errors.DumpInterrupted("list links", [1, 2], 6);
    expect(e).toMatchObject({ code: "EINTR", partial: [1, 2], operation: "list links" });
    expect(holding(e)).toEqual(["isDumpInterrupted"]);
  });
  test("no kernel to talk to is not supported", () => {
    expect(holding(new TransportUnavailable("koffi", "no koffi"))).toEqual(["isNotSupported"]);
  });
  test("the kernel's text and the attribute at fault are in the message", () => {
    const facts = { kernelMessage: "VXLAN ID must be lower than 16777216", attribute: "linkinfo.data.id" };
    expect(kernelError(34, { operation: "add link x" }, facts).message).toBe(
      "add link x: VXLAN ID must be lower than 16777216 (ERANGE), at: linkinfo.data.id",
    );
    expect(kernelError(22, { operation: "try" }, { missing: "linkinfo" }).message).toBe(
      "try: Invalid argument (EINVAL), missing: linkinfo",
    );
  });
});
