/** Makes the errors of system calls. @module */
import { TransportError } from "../transport.ts";
import { errno, errnoName } from "./errno.ts";

/** `number` is positive. `operation` is the system call's name. */
export function failure(operation: string, number: number, detail?: string): TransportError {
  return new TransportError(operation, errnoName(number), number, detail);
}

/** What `call` returns; Node's error of a system call becomes a `TransportError` about `detail`. */
export function attempt<T>(detail: string, call: () => T): T {
  try {
    return call();
  } catch (cause) {
    throw systemFailure(cause, detail);
  }
}

/** A `TransportError` for Node's error of a system call; anything else as it is. */
export function systemFailure(cause: unknown, detail: string): unknown {
  const { syscall, errno: number } = cause as NodeJS.ErrnoException;
  return syscall === undefined ? cause : failure(syscall, Math.abs(number ?? errno.EIO), detail);
}
