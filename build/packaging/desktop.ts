import { mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { Arch, build, Platform } from 'electron-builder';
import { messageOf } from '../../shared/domain/message-of.ts';
import { billName, writeBill } from './bill-of-materials.ts';
import { desktopConfiguration, type Flavour, root } from './desktop-config.ts';
import { inspectDesktop } from './inspect-desktop.ts';

/**
 * Packs the desktop console for the computer this runs on; out/desktop and out/renderer have been built. `dirOnly` stops at
 * the unpacked folder. `electronDist`: an unpacked Electron, instead of the one that electron-builder downloads.
 */
export async function packDesktop(options: {
  flavour: Flavour;
  dirOnly: boolean;
  electronDist?: string;
  output?: string;
}): Promise<string[]> {
  const configuration = desktopConfiguration(options.flavour);
  const output = options.output ?? path.join(root, 'out', 'packages', 'desktop');
  await rm(output, { recursive: true, force: true });
  const platform =
    process.platform === 'win32' ? Platform.WINDOWS : process.platform === 'darwin' ? Platform.MAC : Platform.LINUX;
  const arch = process.arch === 'arm64' ? Arch.arm64 : Arch.x64;
  // Beside the packages, and in each of them.
  await mkdir(output, { recursive: true });
  const bill = path.join(output, billName);
  await writeBill('desktop', bill);
  const made = await build({
    projectDir: root,
    publish: 'never',
    targets: platform.createTarget(options.dirOnly ? ['dir'] : undefined, arch),
    config: {
      ...configuration,
      directories: { ...configuration.directories, output },
      extraResources: [{ from: bill, to: billName }],
      ...(options.electronDist === undefined ? {} : { electronDist: options.electronDist }),
    },
  });
  const mac = process.platform === 'darwin';
  const folder = { linux: 'linux', win32: 'win', darwin: 'mac' }[process.platform as string] ?? 'linux';
  const unpacked = path.join(output, `${folder}${arch === Arch.arm64 ? '-arm64' : ''}${mac ? '' : '-unpacked'}`);
  const wrong = mac
    ? await inspectDesktop(
        path.join(unpacked, 'Reelvault.app', 'Contents'),
        'Frameworks/Electron Framework.framework/Electron Framework',
        options.flavour,
        'Resources',
      )
    : await inspectDesktop(
        unpacked,
        process.platform === 'win32' ? 'Reelvault.exe' : 'reelvault-console',
        options.flavour,
      );
  if (wrong.length > 0) throw new Error(`The package is not as it should be:\n  ${wrong.join('\n  ')}`);
  return made.length > 0 ? made : [unpacked];
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: { dir: { type: 'boolean' }, e2e: { type: 'boolean' }, 'electron-dist': { type: 'string' } },
  });
  try {
    const made = await packDesktop({
      flavour: values.e2e ? 'e2e' : 'release',
      dirOnly: values.dir ?? false,
      ...(values['electron-dist'] === undefined ? {} : { electronDist: path.resolve(values['electron-dist']) }),
    });
    process.stdout.write(`Packed and checked:\n${made.map((file) => `  ${path.relative(root, file)}\n`).join('')}`);
  } catch (error) {
    process.stderr.write(
      `${messageOf(error)}\n\n` +
        'Packing needs Electron’s own program and, for deb, AppImage, nsis and dmg, tools that electron-builder downloads from\n' +
        'GitHub. Where that cannot be reached: --electron-dist FOLDER names an unpacked Electron, --dir packs a folder only.\n',
    );
    process.exitCode = 1;
  }
}
