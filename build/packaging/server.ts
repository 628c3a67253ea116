import { execFile } from 'node:child_process';
import {
  chmod,
  copyFile,
  cp,
  mkdir,
  readdir,
  readFile,
  realpath,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { billName, writeBill } from './bill-of-materials.ts';
import { packageFacts, root } from './desktop-config.ts';

const run = promisify(execFile);
const toolLimitMs = 300_000;
const sources = path.join(import.meta.dirname, 'server');

/** What the server runs of the product, and where it comes from: an allowlist. */
const contents = ['package.json', 'out/server', 'out/renderer'] as const;
const packages = ['@napi-rs', '@antoniomuso', 'lz4-napi'] as const;
const documents = ['README.md', 'docs'] as const;

export interface ServerPackage {
  tarball: string;
  /** Undefined where dpkg-deb is missing. */
  deb: string | undefined;
}

/**
 * The backup server without a display: engine, web console, command line and the pinned Node, as a tarball that runs from
 * anywhere and as a Debian package with a systemd unit. out/server and out/renderer have been built.
 */
export async function packServer(output: string): Promise<ServerPackage> {
  const { version } = packageFacts();
  const arch = { x64: 'amd64', arm64: 'arm64' }[process.arch as string];
  if (process.platform !== 'linux' || arch === undefined) {
    throw new Error(
      `The server’s package is for Linux on x64 and arm64; this is ${process.platform} on ${process.arch}.`,
    );
  }
  await rm(output, { recursive: true, force: true });
  const name = `reelvault-server-${version}-linux-${process.arch}`;
  const program = path.join(output, name);
  await putProgram(program);

  const tarball = path.join(output, `${name}.tar.gz`);
  const owner = ['--owner=0', '--group=0', '--numeric-owner', '--sort=name'];
  await run('tar', [...owner, '-czf', tarball, '-C', output, name], { timeout: toolLimitMs });

  const deb = path.join(output, `reelvault-server_${version}_${arch}.deb`);
  const made = await putDeb(path.join(output, 'deb'), program, deb, { version, arch });
  await rm(program, { recursive: true });
  await rm(path.join(output, 'deb'), { recursive: true, force: true });
  return { tarball, deb: made ? deb : undefined };
}

/** Everything below one folder: `bin/reelvault` runs it. */
async function putProgram(target: string): Promise<void> {
  const useful = (file: string): boolean => !/\.(map|d\.ts)$/.test(file);
  for (const one of contents)
    await cp(path.join(root, one), path.join(target, one), { recursive: true, filter: useful });
  for (const one of packages) {
    const from = path.join(root, 'node_modules', one);
    // Of native packages npm has installed those of this platform only.
    await cp(from, path.join(target, 'node_modules', one), { recursive: true, filter: useful });
  }
  for (const one of documents) {
    await cp(path.join(root, one), path.join(target, 'share', one), { recursive: true });
  }
  await writeBill('server', path.join(target, 'share', billName));
  const bin = path.join(target, 'bin');
  await mkdir(bin, { recursive: true });
  const node = await realpath(path.join(root, 'node_modules', '.bin', 'node'));
  await copyFile(node, path.join(bin, 'node'));
  await copyFile(path.join(node, '..', '..', 'LICENSE'), path.join(target, 'share', 'LICENSE.node'));
  await copyFile(path.join(sources, 'reelvault.sh'), path.join(bin, 'reelvault'));
  for (const file of ['node', 'reelvault']) await chmod(path.join(bin, file), 0o755);
  // For who puts the tarball in place without the Debian package.
  await mkdir(path.join(target, 'systemd'), { recursive: true });
  for (const file of ['reelvault.service', 'sysusers.conf']) {
    await copyFile(path.join(sources, file), path.join(target, 'systemd', file));
  }
  await writeFile(path.join(target, 'package.json'), JSON.stringify(await trimmedFacts(), undefined, 2));
}

async function trimmedFacts(): Promise<object> {
  const facts = JSON.parse(await readFile(path.join(root, 'package.json'), 'utf8')) as Record<string, unknown>;
  return {
    name: facts.name,
    version: facts.version,
    description: facts.description,
    license: facts.license,
    type: 'module',
  };
}

/** deb(5): the tree as it will be, with DEBIAN/ in it. False where dpkg-deb is not installed. */
async function putDeb(
  tree: string,
  program: string,
  deb: string,
  facts: { version: string; arch: string },
): Promise<boolean> {
  const put = async (file: string, to: string, mode = 0o644): Promise<void> => {
    const target = path.join(tree, to);
    await mkdir(path.dirname(target), { recursive: true, mode: 0o755 });
    await copyFile(path.join(sources, file), target);
    await chmod(target, mode);
  };
  await cp(program, path.join(tree, 'usr/lib/reelvault'), {
    recursive: true,
    filter: (file) => !/\/systemd(\/|$)/.test(file),
  });
  await mkdir(path.join(tree, 'usr/share/doc'), { recursive: true });
  await cp(path.join(program, 'share', 'docs'), path.join(tree, 'usr/share/doc/reelvault-server'), { recursive: true });
  await rm(path.join(tree, 'usr/lib/reelvault/share/docs'), { recursive: true });
  await mkdir(path.join(tree, 'usr/bin'), { recursive: true });
  await symlink('../lib/reelvault/bin/reelvault', path.join(tree, 'usr/bin/reelvault'));
  await put('reelvault.service', 'lib/systemd/system/reelvault.service');
  await put('sysusers.conf', 'usr/lib/sysusers.d/reelvault.conf');
  await put('default', 'etc/default/reelvault');
  for (const script of ['postinst', 'prerm', 'postrm']) await put(script, `DEBIAN/${script}`, 0o755);
  await writeFile(path.join(tree, 'DEBIAN/conffiles'), '/etc/default/reelvault\n');
  await writeFile(
    path.join(tree, 'DEBIAN/control'),
    [
      'Package: reelvault-server',
      `Version: ${facts.version}`,
      `Architecture: ${facts.arch}`,
      'Maintainer: Reelvault <packages@reelvault.invalid>',
      `Installed-Size: ${Math.ceil((await sizeOf(tree)) / 1024)}`,
      // What the Node beside it is linked with.
      'Depends: libc6 (>= 2.28), libstdc++6, libgcc-s1',
      'Suggests: qemu-utils, age',
      'Section: admin',
      'Priority: optional',
      'Description: backup copies to second repositories and to tape, with a web console',
      ' Copies backups of virtual and physical machines to second repositories and to',
      ' tape, and brings them back from tape to a repository. This is the server: its',
      ' engine, web console and command line, with the Node they run on.',
      '',
    ].join('\n'),
  );
  try {
    await run('dpkg-deb', ['--root-owner-group', '-Zgzip', '-z6', '--build', tree, deb], { timeout: toolLimitMs });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
}

async function sizeOf(folder: string): Promise<number> {
  let total = 0;
  for (const entry of await readdir(folder, { withFileTypes: true, recursive: true })) {
    if (entry.isFile()) total += (await stat(path.join(entry.parentPath, entry.name))).size;
  }
  return total;
}

if (import.meta.main) {
  const made = await packServer(path.join(root, 'out', 'packages', 'server'));
  process.stdout.write(
    `Packed:\n  ${path.relative(root, made.tarball)}\n  ${made.deb ? path.relative(root, made.deb) : '(no Debian package: dpkg-deb is not installed)'}\n`,
  );
}
