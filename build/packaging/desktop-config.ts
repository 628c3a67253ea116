import { readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Configuration } from 'electron-builder';
import { nativePatterns } from '../node-bundle.ts';

export const root = fileURLToPath(new URL('../..', import.meta.url));

export interface PackageFacts {
  version: string;
  devDependencies: Record<string, string>;
}

export const packageFacts = (): PackageFacts =>
  JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as PackageFacts;

/** `e2e`: the same program, but one that Playwright can drive; never given to anybody. */
export type Flavour = 'release' | 'e2e';

/**
 * Electron's fuses. `runAsNode` off also means that the package cannot serve as a Node: the server has a package of its own.
 * Playwright drives the program through the inspector's switches, which the release does not have.
 */
export const fusesOf = (flavour: Flavour) =>
  ({
    runAsNode: false,
    enableCookieEncryption: true,
    enableNodeOptionsEnvironmentVariable: false,
    enableNodeCliInspectArguments: flavour === 'e2e',
    enableEmbeddedAsarIntegrityValidation: true,
    onlyLoadAppFromAsar: true,
    loadBrowserProcessSpecificV8Snapshot: false,
    grantFileProtocolExtraPrivileges: false,
  }) as const;

/** The desktop console's packages, for electron-builder: deb and AppImage, nsis, dmg. */
export function desktopConfiguration(flavour: Flavour): Configuration {
  const facts = packageFacts();
  return {
    appId: 'app.reelvault.console',
    productName: 'Reelvault',
    executableName: 'reelvault-console',
    copyright: 'Reelvault',
    directories: { output: 'out/packages/desktop', buildResources: 'build/packaging/resources' },
    electronVersion: facts.devDependencies.electron ?? null,
    electronLanguages: ['en-US'],
    // Native modules are prebuilt for Node-API: nothing is compiled.
    npmRebuild: false,
    publish: null,
    removePackageScripts: true,
    // A deb without a home page and an author is refused; there are none to name yet.
    extraMetadata: { homepage: 'https://reelvault.invalid/', author: 'Reelvault <packages@reelvault.invalid>' },
    // An allowlist. Everything of JavaScript is bundled; of node_modules only what is compiled goes in, for npm's own choice
    // would take all dependencies, and the Node that the optional ones bring.
    files: [
      'package.json',
      'out/desktop/**',
      'out/renderer/**',
      '!**/*.map',
      '!node_modules/**',
      { from: 'node_modules', to: 'node_modules', filter: [...nativePatterns, '!**/*.{md,d.ts}'] },
    ],
    asar: true,
    // Worker threads and native modules cannot be started from inside of the archive.
    asarUnpack: ['out/desktop/engine/**', 'node_modules/**'],
    electronFuses: fusesOf(flavour),
    linux: {
      target: ['deb', 'AppImage'],
      icon: path.join(root, 'build/icons/linux'),
      category: 'System;Archiving;',
      synopsis: 'Copies backups to second repositories and to tape',
      description:
        'Copies backups of virtual and physical machines to second repositories and to tape, and brings them back from tape to a repository.',
      maintainer: 'Reelvault <packages@reelvault.invalid>',
      vendor: 'Reelvault',
      artifactName: 'reelvault-console_${version}_${arch}.${ext}',
    },
    deb: {
      packageName: 'reelvault-console',
      // Ubuntu 24.04 lets only programs with a profile make user namespaces, which Chromium's sandbox is made of.
      appArmorProfile: path.join(root, 'build/packaging/resources/apparmor-profile'),
      priority: 'optional',
    },
    // Without the version: a shortcut to it outlives an update. It cannot carry an AppArmor profile; the deb can.
    appImage: { artifactName: 'reelvault-console_${arch}.${ext}' },
    win: { target: ['nsis'], icon: path.join(root, 'build/icons/icon.ico') },
    nsis: {
      oneClick: false,
      perMachine: true,
      allowToChangeInstallationDirectory: true,
      // The data directory is the administrator's.
      deleteAppDataOnUninstall: false,
      artifactName: 'reelvault-console-${version}-${arch}.${ext}',
    },
    mac: {
      target: ['dmg'],
      icon: path.join(root, 'build/icons/icon.icns'),
      category: 'public.app-category.utilities',
      hardenedRuntime: true,
      darkModeSupport: true,
      artifactName: 'reelvault-console-${version}-${arch}.${ext}',
    },
  };
}
