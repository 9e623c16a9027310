#!/usr/bin/env node
/** The program `nlink-tc`. @module */
import { main } from "../main.ts";

await main("tc");
