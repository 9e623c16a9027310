#!/usr/bin/env node
/** The program `nlink-ss`. @module */
import { main } from "../main.ts";

await main("ss");
