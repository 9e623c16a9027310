/** Errors of opening a transport; those of one that is open are `TransportError`. @module */
import { NetlinkError } from "./netlink-error.ts";

/** A network namespace does not exist. `target` is its name, `pid 123`, its path or `fd 7`. */
export class NamespaceNotFound extends NetlinkError {
  override readonly name = "NamespaceNotFound";
  readonly target: string;
  constructor(target: string, cause?: unknown) {
    super({ code: "ENOENT", errno: 2, operation: "find namespace", cause }, `namespace not found: ${target}`);
    this.target = target;
  }
}

/** There can be no kernel socket in this process, whatever the arguments: not Linux, or no koffi. Code `"EOPNOTSUPP"`. */
export class TransportUnavailable extends NetlinkError {
  override readonly name = "TransportUnavailable";
  /** `platform`: not a 64-bit Linux; `koffi`: the optional peer dependency is missing or does not load. */
  readonly reason: "platform" | "koffi";
  constructor(reason: "platform" | "koffi", message: string, options: ErrorOptions = {}) {
    super({ code: "EOPNOTSUPP", errno: 0, operation: "open socket", cause: options.cause }, message);
    this.reason = reason;
  }
}
