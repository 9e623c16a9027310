/** Recordings and captures that answer requests. @module */
export { type RecordingTransport, record } from "./record.ts";
export { type Facts, type ReadOptions, type Recorded, Recording, readRecording } from "./recording.ts";
export { ReplayError, type ReplayOptions, ReplayTransport, replay } from "./replay.ts";
