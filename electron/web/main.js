#!/usr/bin/env node
import '../hosting/needs-node.js';

const { serve } = await import('./serve.ts');
process.exit(await serve(process.argv.slice(2)));
