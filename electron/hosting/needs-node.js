// Plain JavaScript in words that every Node knows: one that is too old cannot read TypeScript at all, and would end with
// ERR_UNKNOWN_FILE_EXTENSION. Programs import this first, and the rest of themselves by `import()`; npm scripts give it to
// Node as `--import`.
const needed = [24, 2];
const [major, minor] = process.versions.node.split('.').map(Number);

if (major < needed[0] || (major === needed[0] && minor < needed[1])) {
  const byNpm = process.env.npm_lifecycle_event !== undefined;
  process.stderr.write(
    `Reelvault needs Node ${needed.join('.')} or later. This is ${process.version} (${process.execPath}).\n` +
      (byNpm
        ? `npm found no newer one in node_modules: run "npm ci", without --omit=optional. If that does not bring one, there is\n` +
          `no package with Node for ${process.platform} on ${process.arch}, and Node ${needed[0]} has to be installed from nodejs.org.\n`
        : `After "npm ci" the project has its own, which npm scripts use: "npm run reelvault -- --help" for the command line,\n` +
          `"npm start" for the console, "npm run demo" for the demonstration, "npm test" for the tests.\n`),
  );
  process.exit(1);
}
