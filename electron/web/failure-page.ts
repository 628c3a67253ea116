/** What a browser sees when the engine did not start: why, and what to do; no script, so it cannot fail in turn. */
export function failurePage(reason: string, nonce: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>Reelvault: the engine did not start</title>
<style nonce="${nonce}">
:root { color-scheme: light dark; }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 44rem; margin: 12vh auto; padding: 0 1.5rem; }
pre { white-space: pre-wrap; overflow-wrap: anywhere; border-inline-start: 4px solid #c4314b; padding: .5rem 1rem; }
</style>
</head>
<body>
<main>
<h1>The engine did not start</h1>
<pre role="alert">${escapeHtml(reason)}</pre>
<p>Backups and tapes are untouched. Mend what the message names, restart Reelvault and reload this page.</p>
</main>
</body>
</html>
`;
}

function escapeHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
