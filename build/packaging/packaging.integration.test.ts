import { type ChildProcess, execFile, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { build as viteBuild } from 'vite';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { billName } from './bill-of-materials.ts';
import { packDesktop } from './desktop.ts';
import { desktopConfiguration, fusesOf, packageFacts, root } from './desktop-config.ts';
import { fuseSentinel, inspectDesktop, listArchive, readFuses } from './inspect-desktop.ts';
import { packServer } from './server.ts';
import { slowness } from '../../electron/engine/testing/slow-computer.ts';

// electron-builder itself, on a folder that stands for Electron's: what it packs, unpacks and sets is its own work. That
// the packed program starts can be seen with Electron only.

const run = promisify(execFile);
const linux = process.platform === 'linux';
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'reelvault-packing-'));
  for (const part of ['', '.desktop', '.server']) {
    await viteBuild({ configFile: path.join(root, `build/vite${part}.config.ts`), logLevel: 'error' });
  }
});
afterAll(() => rm(folder, { recursive: true }));

/** A folder of the form of Electron's for Linux; its program is nothing but fuses, as they come: nine, mostly on. */
async function emptyElectron(): Promise<string> {
  const dist = path.join(folder, 'electron-dist');
  await mkdir(path.join(dist, 'locales'), { recursive: true });
  await mkdir(path.join(dist, 'resources'));
  const wire = Buffer.concat([Buffer.from(fuseSentinel), Buffer.from([1, 9]), Buffer.from('101100011')]);
  await writeFile(path.join(dist, 'electron'), Buffer.concat([Buffer.from('#!/bin/sh\nexit 3\n'), wire]));
  for (const name of ['chrome-sandbox', 'icudtl.dat', 'LICENSE', 'LICENSES.chromium.html', 'locales/en-US.pak']) {
    await writeFile(path.join(dist, name), '');
  }
  await writeFile(path.join(dist, 'version'), packageFacts().devDependencies.electron ?? '');
  for (const name of ['electron', 'chrome-sandbox']) await chmod(path.join(dist, name), 0o755);
  return dist;
}

test.skipIf(!linux)('electron-builder takes the configuration, packs what is allowed and sets the fuses', async () => {
  const electronDist = await emptyElectron();
  const before = await readFuses(path.join(electronDist, 'electron'));
  expect(before.runAsNode).toBe(true);
  for (const flavour of ['e2e', 'release'] as const) {
    const output = path.join(folder, flavour);
    const [unpacked = ''] = await packDesktop({ flavour, dirOnly: true, electronDist, output });
    const fuses = await readFuses(path.join(unpacked, 'reelvault-console'));
    expect(fuses).toMatchObject(fusesOf(flavour));
    expect(fuses.enableNodeCliInspectArguments).toBe(flavour === 'e2e');
    // A fuse that this version of the tool does not know stays as Electron has it.
    expect(fuses['fuse 8']).toBe(true);
    expect(await inspectDesktop(unpacked, 'reelvault-console', flavour)).toEqual([]);
    const other = flavour === 'e2e' ? 'release' : 'e2e';
    expect((await inspectDesktop(unpacked, 'reelvault-console', other)).join()).toMatch(/enableNodeCliInspect/);
  }

  expect(existsSync(path.join(folder, 'release', billName))).toBe(true);
  const folderName = process.arch === 'arm64' ? 'linux-arm64-unpacked' : 'linux-unpacked';
  expect(existsSync(path.join(folder, 'release', folderName, 'resources', billName))).toBe(true);
  const unpacked = path.join(folder, 'release', folderName);
  const archive = path.join(unpacked, 'resources', 'app.asar');
  const files = (await listArchive(archive)).map((file) => file.path);
  expect(files.filter((file) => /node-linux|react|\.map$/.test(file))).toEqual([]);
  // The engine finds its native modules from where it lies, and every algorithm works.
  const engine = path.join(`${archive}.unpacked`, 'out', 'desktop', 'engine');
  const proof = path.join(engine, 'proof.mjs');
  await writeFile(proof, "import '@napi-rs/blake-hash'; import 'lz4-napi'; console.log('found');");
  expect(execFileSync(process.execPath, [proof], { cwd: tmpdir(), encoding: 'utf8' })).toBe('found\n');
});

test.skipIf(!linux)(
  'the deb as electron-builder hands it to fpm: names, icons, menu entry, AppArmor profile',
  async () => {
    const { build, Platform } = await import('electron-builder');
    // fpm cannot be had offline; what it is given can be looked at.
    const given = path.join(folder, 'fpm-arguments');
    const fpm = path.join(folder, 'fpm');
    const script = `#!/bin/sh
printf '%s\\n' "$@" > "${given}"
while [ $# -gt 1 ]; do
  case $1 in --package) : > "$2" ;; --after-install) cp "$2" "${given}.after-install" ;; esac
  case $1 in *.desktop=*) cp "\${1%%=*}" "${given}.desktop" ;; esac
  shift
done
case $1 in *.desktop=*) cp "\${1%%=*}" "${given}.desktop" ;; esac
`;
    await writeFile(fpm, script, { mode: 0o755 });
    const configuration = desktopConfiguration('release');
    const before = process.env.CUSTOM_FPM_PATH;
    process.env.CUSTOM_FPM_PATH = fpm;
    try {
      await build({
        projectDir: root,
        publish: 'never',
        targets: Platform.LINUX.createTarget('deb'),
        config: {
          ...configuration,
          electronDist: path.join(folder, 'electron-dist'),
          directories: { ...configuration.directories, output: path.join(folder, 'deb') },
        },
      });
    } finally {
      if (before === undefined) delete process.env.CUSTOM_FPM_PATH;
      else process.env.CUSTOM_FPM_PATH = before;
    }
    const words = (await readFile(given, 'utf8')).split('\n');
    const after = (option: string): string => words[words.indexOf(option) + 1] ?? '';
    expect(after('--name')).toBe('reelvault-console');
    expect(after('--url')).toBe('https://reelvault.invalid/');
    expect(after('--maintainer')).toContain('Reelvault');
    expect(
      words.filter((word) => /=\/usr\/share\/icons\/hicolor\/\d+x\d+\/apps\/reelvault-console\.png$/.test(word)),
    ).toHaveLength(7);
    expect(await readFile(`${given}.desktop`, 'utf8')).toMatch(/^Exec=\/opt\/Reelvault\/reelvault-console /m);
    const installs = await readFile(`${given}.after-install`, 'utf8');
    expect(installs).toContain("APPARMOR_PROFILE_TARGET='/etc/apparmor.d/reelvault-console'");
    const unpacked = process.arch === 'arm64' ? 'linux-arm64-unpacked' : 'linux-unpacked';
    const profile = path.join(folder, 'deb', unpacked, 'resources', 'apparmor-profile');
    expect(await readFile(profile, 'utf8')).toContain('profile reelvault-console /opt/Reelvault/reelvault-console ');
  },
);

test('electron-builder refuses a configuration with a word it does not know', async () => {
  const { build, Platform } = await import('electron-builder');
  const config = { ...desktopConfiguration('release'), nsis: { oneClick: false, bogus: true } };
  await expect(
    build({ projectDir: root, publish: 'never', targets: Platform.LINUX.createTarget('dir'), config: config as never }),
  ).rejects.toThrow(/configuration\.nsis should be/);
  const rooted = { ...desktopConfiguration('release'), bogus: true };
  await expect(
    build({ projectDir: root, publish: 'never', targets: Platform.LINUX.createTarget('dir'), config: rooted as never }),
  ).rejects.toThrow(/unknown property 'bogus'/);
});

test('the packages for every platform: fuses, icons and profile as they should be', async () => {
  const release = desktopConfiguration('release');
  expect(release.electronVersion).toMatch(/^\d+\.\d+\.\d+$/);
  expect(release.electronFuses).toEqual({
    runAsNode: false,
    enableCookieEncryption: true,
    enableNodeOptionsEnvironmentVariable: false,
    enableNodeCliInspectArguments: false,
    enableEmbeddedAsarIntegrityValidation: true,
    onlyLoadAppFromAsar: true,
    loadBrowserProcessSpecificV8Snapshot: false,
    grantFileProtocolExtraPrivileges: false,
  });
  expect([release.linux?.target, release.win?.target, release.mac?.target]).toEqual([
    ['deb', 'AppImage'],
    ['nsis'],
    ['dmg'],
  ]);
  const profile = await readFile(String(release.deb?.appArmorProfile), 'utf8');
  expect(profile).toContain(`profile ${release.executableName} /opt/${release.productName}/${release.executableName} `);
  expect(profile).toContain('userns,');
  const ico = await readFile(String(release.win?.icon));
  expect([ico.readUInt16LE(2), ico.readUInt16LE(4)]).toEqual([1, 6]);
  // The last picture of the directory is where it says, and a PNG of 256 pixels.
  const at = 6 + 16 * 5;
  const png = ico.subarray(ico.readUInt32LE(at + 12));
  expect(png.subarray(1, 4).toString()).toBe('PNG');
  expect([png.readUInt32BE(16), png.length]).toEqual([256, ico.readUInt32LE(at + 8)]);
  const icns = await readFile(String(release.mac?.icon));
  expect([icns.subarray(0, 4).toString(), icns.readUInt32BE(4)]).toEqual(['icns', icns.length]);
});

/** Every file below a folder that is not dpkg's own note of what is installed. */
async function filesBelow(place: string): Promise<string[]> {
  const entries = await readdir(place, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => !entry.isDirectory())
    .map((entry) => path.relative(place, path.join(entry.parentPath, entry.name)))
    .filter((file) => !file.startsWith('var/lib/dpkg/'));
}

const installed = (program: string): boolean => {
  try {
    execFileSync(program, ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
};

// The package is really built and really installed, by dpkg, into a root of its own.
describe.skipIf(!linux || !installed('dpkg-deb'))('the server’s package', () => {
  let made: Awaited<ReturnType<typeof packServer>>;
  let place: string;
  let bin: string;
  let server: ChildProcess | undefined;
  // Nothing of this project or of another Node may be on the way.
  const env = { PATH: '/usr/bin:/bin:/usr/sbin:/sbin', HOME: '/nonexistent', LANG: 'C.UTF-8' };
  const dpkg = (...args: string[]) => {
    const forced = ['--force-script-chrootless', '--force-depends', '--force-not-root'];
    return run('dpkg', [`--root=${place}`, ...forced, ...args], { env: { ...process.env, ...env } });
  };
  const rv = async (...args: string[]): Promise<unknown> => {
    const { stdout } = await run(path.join(place, 'usr/bin/reelvault'), [...args, '--json'], { cwd: '/', env });
    return JSON.parse(stdout) as unknown;
  };

  beforeAll(async () => {
    made = await packServer(path.join(folder, 'server'));
    place = path.join(folder, 'root');
    bin = path.join(place, 'usr/lib/reelvault/bin/reelvault');
    await mkdir(path.join(place, 'var/lib/dpkg/info'), { recursive: true });
    await mkdir(path.join(place, 'var/lib/dpkg/updates'));
    await writeFile(path.join(place, 'var/lib/dpkg/status'), '');
    await writeFile(path.join(place, 'var/lib/dpkg/available'), '');
  });
  afterAll(() => server?.kill('SIGKILL'));

  test('is installed, serves the console, works, stops, and goes without leaving anything', async () => {
    await dpkg('-i', made.deb ?? '');
    expect((await dpkg('--verify')).stdout).toBe('');
    expect((await run(path.join(place, 'usr/bin/reelvault'), ['--version'], { env })).stdout).toBe(
      `reelvault ${packageFacts().version}\n`,
    );

    const dataDir = path.join(folder, 'server-data');
    server = spawn(bin, ['serve', '--data-dir', dataDir, '--port', '0'], {
      cwd: '/',
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const exited = once(server, 'exit');
    let printed = '';
    let printedErrors = '';
    server.stderr?.on('data', (chunk: Buffer) => (printedErrors += chunk.toString()));
    server.stdout?.on('data', (chunk: Buffer) => (printed += chunk.toString()));
    await expect.poll(() => printed, { timeout: 60_000 * slowness }).toMatch(/set the password here: \S+#token=/);
    const first = new URL(/set the password here: (\S+)/.exec(printed)?.[1] ?? '');
    const { origin } = first;
    const headers = { origin, 'content-type': 'application/json' };
    const set = await fetch(`${origin}/auth/set-password`, {
      method: 'POST',
      headers,
      body: JSON.stringify({ password: 'a password for tests', token: first.hash.slice('#token='.length) }),
    });
    expect(set.status).toBe(200);
    const signIn = { method: 'POST', headers, body: JSON.stringify({ password: 'a password for tests' }) };
    const signedIn = await fetch(`${origin}/auth/sign-in`, signIn);
    expect([signedIn.status, signedIn.headers.get('set-cookie')]).toEqual([200, expect.stringContaining('HttpOnly')]);
    const page = await fetch(`${origin}/`);
    expect([page.status, await page.text()]).toEqual([200, expect.stringContaining('<title>Reelvault</title>')]);

    // Workers, native modules and the database, through the command line: to tape and back.
    const at = (name: string): string => path.join(folder, 'server-work', name);
    await mkdir(at(''), { recursive: true });
    await writeFile(at('web01.raw'), Buffer.alloc(4 * 2 ** 20, 'a disk of web01 '));
    const data = ['--data-dir', dataDir];
    expect(await rv('system', 'info', ...data)).toMatchObject({ openedForThisCommand: false, dataDir });
    await rv('repository', 'add', 'main', at('main'), ...data);
    const machine = ['--name', 'nightly', '--machine', `web01,${at('web01.raw')}`, '--repository', 'main'];
    await rv('backup', 'create', ...machine, '--run', ...data);
    await rv('library', 'add-virtual', 'vtl', at('vtl'), ...data);
    await rv('pool', 'create', 'weekly', ...data);
    await rv('tape-job', 'create', '--name', 'to-tape', '--from-job', 'nightly', '--pool', 'weekly', '--run', ...data);
    await rv('repository', 'add', 'second', at('second'), ...data);
    await rv('restore', 'from-tape', 'web01', '--to', 'second', ...data);
    await rv('restore', 'disk', 'web01', '--folder', at('out'), ...data);
    const [image = ''] = await readdir(at('out'));
    expect(Buffer.compare(await readFile(path.join(at('out'), image)), await readFile(at('web01.raw')))).toBe(0);

    server.kill('SIGUSR1');
    await new Promise((resolve) => setTimeout(resolve, 1000));
    expect(printedErrors).not.toMatch(/[Dd]ebugger|inspector/);
    server.kill('SIGHUP');
    expect((await exited)[0]).toBe(0);
    expect((await readdir(dataDir)).filter((name) => /running\.json|engine\.lock|partial/.test(name))).toEqual([]);

    await dpkg('-r', 'reelvault-server');
    expect(await filesBelow(place)).toEqual(['etc/default/reelvault']);
    await dpkg('-P', 'reelvault-server');
    expect(await filesBelow(place)).toEqual([]);
  });

  test('the tarball holds the same program, owned by root, with only what it needs', async () => {
    const { stdout } = await run('tar', ['-tvzf', made.tarball], { maxBuffer: 2 ** 26 });
    const lines = stdout.trim().split('\n');
    expect(lines.filter((line) => !/^\S+ 0\/0 /.test(line))).toEqual([]);
    const names = lines.map((line) => line.split(' ').at(-1)?.split('/').slice(1).join('/') ?? '');
    for (const name of [
      'bin/node',
      'bin/reelvault',
      'out/server/reelvault.mjs',
      'out/server/digest-worker.mjs',
      'systemd/reelvault.service',
      `share/${billName}`,
    ]) {
      expect(names).toContain(name);
    }
    expect(
      names.filter((name) => /\.map$|(?<!README)\.ts$|node_modules\/(react|electron|@fluentui)/.test(name)),
    ).toEqual([]);
    expect((await stat(made.tarball)).size).toBeLessThan(100 * 2 ** 20);
  });

  test.skipIf(!installed('systemd-analyze'))('the unit confines the server', async () => {
    const unit = path.join(import.meta.dirname, 'server', 'reelvault.service');
    // Fails when systemd finds it more exposed than 3.0 of 10.
    const { stdout } = await run('systemd-analyze', ['security', '--offline=true', '--threshold=30', unit]);
    expect(stdout).toMatch(/Overall exposure level for reelvault.service: [0-2]\.\d/);
    for (const wanted of ['NoNewPrivileges=yes', 'ProtectSystem=full', 'StateDirectory=reelvault', 'User=reelvault']) {
      expect(await readFile(unit, 'utf8')).toContain(`\n${wanted}\n`);
    }
  });
});
