/** Errors of opening a transport; those of one that is open are `TransportError`. @module */

/** The namespace to open the socket in does not exist. `target` is its name, `pid 123`, its path or `fd 7`. */
export class NamespaceNotFound extends Error {
  override readonly name = "NamespaceNotFound";
  readonly target: string;
  constructor(target: string) {
    super(`namespace not found: ${target}`);
    this.target = target;
  }
}

/** There can be no kernel socket in this process, whatever the arguments: not Linux, or no koffi. */
export class TransportUnavailable extends Error {
  override readonly name = "TransportUnavailable";
  /** `platform`: not a 64-bit Linux; `koffi`: the optional peer dependency is missing or does not load. */
  readonly reason: "platform" | "koffi";
  constructor(reason: "platform" | "koffi", message: string, options?: ErrorOptions) {
    super(message, options);
    this.reason = reason;
  }
}
