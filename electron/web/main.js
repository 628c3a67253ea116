#!/usr/bin/env node
import '../hosting/needs-node.js';
import '../hosting/no-inspector.js';

const { serve } = await import('./serve.ts');
const { endAtOnce } = await import('../hosting/process-end.ts');
endAtOnce(await serve(process.argv.slice(2)));
