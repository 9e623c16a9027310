/** A scripted transport, for tests of whatever uses netlink. @module */
export type { Request } from "../request.ts";
export {
  type Answer,
  ack,
  bytes,
  type DatagramOptions,
  type DumpAnswerOptions,
  datagram,
  delay,
  done,
  dump,
  echo,
  type HeaderOptions,
  type MessageAnswer,
  message,
  overrun,
  type RefusalOptions,
  refuse,
  silence,
} from "./answer.ts";
export type { Expected, RequestPattern } from "./expectation.ts";
export { type EventFacts, type MockOptions, MockSocket, MockTransport } from "./mock.ts";
export { type Answerer, type Answers, ScriptError } from "./script.ts";
