/** Percentages as tc writes them (parse_percent, print_percent of iproute2). @module */
import { formatG, scaled } from "./number.ts";

export const PERCENT_FORMS = `a percentage from "0%" to "100%"`;

/** 1 for `"1%"`; undefined if it is none. A number without the sign is none, unless `bare` is 1. */
export const parsePercent = (text: string, bare?: number): number | undefined => scaled(text, { "%": 1 }, bare);
export const formatPercent = (percent: number): string => `${formatG(percent)}%`;
