#!/usr/bin/env node
/** The program `nlink`. @module */
import { main } from "../main.ts";

await main();
