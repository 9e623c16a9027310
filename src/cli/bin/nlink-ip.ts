#!/usr/bin/env node
/** The program `nlink-ip`. @module */
import { main } from "../main.ts";

await main("ip");
