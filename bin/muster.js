#!/usr/bin/env node
import { exitOnComplaint } from './check-install.js';

exitOnComplaint();
// Not a static import: an old Node would stop at the first type annotation, before it could say what is wrong.
import('../src/cli/main.ts');
