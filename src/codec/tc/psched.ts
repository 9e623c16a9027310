/** The packet scheduler's clock (PSCHED_SHIFT in net/pkt_sched.h). @module */

/** What `/proc/net/psched` says. */
export interface Psched {
  /** Ticks per microsecond. */
  readonly ticksPerUs: number;
  /** Wake-ups of the timer per second, which tc reckons default bursts by: 10⁹ with high-resolution timers, where the share is nothing. */
  readonly hz: number;
}
/** Every Linux since 2.6.31: a tick is 64 ns. */
export const modernPsched: Psched = { ticksPerUs: 15.625, hz: 1e9 };

/** Parses `/proc/net/psched`: `"000003e8 00000040 000f4240 3b9aca00"`, as tc_core_init and get_hz do. Undefined for what is none. */
export function parsePsched(text: string): Psched | undefined {
  const words = text
    .trim()
    .split(/\s+/)
    .map((word) => (/^[0-9a-f]{8}$/i.test(word) ? Number.parseInt(word, 16) : 0));
  const [t2us, us2t, resolution, hz] = words;
  if (!t2us || !us2t || !resolution || !hz) return undefined;
  return { ticksPerUs: (t2us / us2t) * (resolution / 1e6), hz: resolution === 1e6 ? hz : 100 };
}
