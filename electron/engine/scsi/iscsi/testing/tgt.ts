/**
 * Debian's `tgt`, an iSCSI tape library from another project, for tests: a process of its own on a port the kernel
 * chooses, in a folder of its own, gone with the test. It serves a changer (LUN 1) and drives (LUN 2 ...).
 */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { accessSync, closeSync, constants, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { slowness } from '../../../testing/slow-computer.ts';

const run = promisify(execFile);
// The tools are not on everybody's path.
const folders = ['/usr/sbin', '/usr/bin', '/sbin', '/bin'];
const find = (tool: string): string | undefined => folders.map((folder) => join(folder, tool)).find(isExecutable);

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

const tools = ['tgtd', 'tgtadm', 'tgtimg', 'setpriv'];
/** Why these tests cannot run here; undefined where they can. Put it into the name of what is skipped. */
export const tgtMissing: string | undefined = ((): string | undefined => {
  const missing = tools.filter((tool) => !find(tool));
  return missing.length === 0 ? undefined : `${missing.join(', ')} not installed (Debian package tgt)`;
})();

/** `default` makes the target ask for nearly all data (R2T, 8 KiB PDUs); `tuned` takes whole records unasked. */
export type TgtProfile = 'default' | 'tuned';

export interface TgtOptions {
  profile?: TgtProfile;
  drives?: number;
  /** Barcodes by slot, at most ten characters each. */
  barcodes?: readonly string[];
  slots?: number;
  mailSlots?: number;
  cartridgeMib?: number;
  chap?: { user: string; secret: string; mutualUser?: string; mutualSecret?: string };
  headerDigest?: boolean;
  dataDigest?: boolean;
  /** No cartridge file grows beyond this: writing on is a medium error. */
  fileLimitKib?: number;
}

export const firstSlot = 4096;
export const firstDrive = 256;
export const firstMailSlot = 16;
const readyLimitMs = 10_000 * slowness;

export class Tgt {
  readonly target = 'iqn.2003-01.com.example:vtl';
  readonly folder: string;
  readonly options: Required<Omit<TgtOptions, 'chap' | 'fileLimitKib'>> & TgtOptions;
  port = 0;
  #process: ChildProcess | undefined;
  /** Set when it ended without being told to: a crash looks like a plain connection reset otherwise. */
  died: string | undefined;

  private constructor(options: TgtOptions) {
    this.options = {
      profile: 'default',
      drives: 2,
      barcodes: [],
      slots: 8,
      mailSlots: 2,
      cartridgeMib: 64,
      headerDigest: false,
      dataDigest: false,
      ...options,
    };
    // Paths of its sockets and cartridges have to be short.
    this.folder = mkdtempSync(join(tmpdir(), 'rvt-'));
  }

  static async start(options: TgtOptions = {}): Promise<Tgt> {
    const tgt = new Tgt(options);
    try {
      await tgt.#spawn();
      for (const barcode of tgt.options.barcodes) await tgt.makeCartridge(barcode);
      writeFileSync(join(tgt.folder, 'smc'), Buffer.alloc(1024));
      await tgt.#configure();
      return tgt;
    } catch (error) {
      await tgt.close();
      throw error;
    }
  }

  get portal(): string {
    return `127.0.0.1:${this.port}`;
  }

  get pid(): number {
    return this.#process?.pid ?? 0;
  }

  cartridgePath(barcode: string): string {
    return join(this.folder, barcode);
  }

  async makeCartridge(barcode: string, sizeMib = this.options.cartridgeMib): Promise<void> {
    const type = ['--op', 'new', '--device-type', 'tape', '--type', 'data'];
    const which = ['--barcode', barcode, '--size', String(sizeMib), '--file', this.cartridgePath(barcode)];
    await run(find('tgtimg') as string, [...type, ...which]);
  }

  /** tgtadm, for what an administrator of the target does. */
  async admin(...args: string[]): Promise<string> {
    const { stdout } = await run(find('tgtadm') as string, ['-C', '0', '--lld', 'iscsi', ...args], {
      env: this.#env(),
    });
    return stdout;
  }

  /** Parameters of one logical unit of the library. */
  async unit(lun: number, params: string): Promise<void> {
    await this.admin('--mode', 'logicalunit', '--op', 'update', '--tid', '1', '--lun', String(lun), '--params', params);
  }

  /** Hands at the library: a cartridge put into a slot (2) or mail slot (3). */
  async put(elementType: 2 | 3, address: number, barcode: string): Promise<void> {
    await this.unit(1, `element_type=${elementType},address=${address},barcode=${barcode},sides=1`);
  }

  async takeAway(elementType: 2 | 3, address: number): Promise<void> {
    await this.unit(1, `element_type=${elementType},address=${address},clear_slot=1`);
  }

  async setTarget(name: string, value: string): Promise<void> {
    await this.admin('--mode', 'target', '--op', 'update', '--tid', '1', '-n', name, '-v', value);
  }

  /** Cuts every connection, as a failing switch does. Returns how many there were. */
  async cutConnections(): Promise<number> {
    const shown = await this.admin('--mode', 'conn', '--op', 'show', '--tid', '1');
    const sessions = [...shown.matchAll(/Session: (\d+)/g)].map((match) => match[1] as string);
    for (const sid of sessions) {
      await this.admin('--mode', 'conn', '--op', 'delete', '--tid', '1', '--sid', sid, '--cid', '0');
    }
    return sessions.length;
  }

  signal(name: 'SIGSTOP' | 'SIGCONT' | 'SIGKILL'): void {
    this.#process?.kill(name);
  }

  /** Kills the target as a power cut does, and waits until it is gone. */
  async kill(): Promise<void> {
    const child = this.#process;
    this.#process = undefined;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const gone = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await gone;
  }

  /** Starts it again after {@link kill}, at the same port, its cartridges in their slots (where they were is lost). */
  async restart(): Promise<void> {
    await this.kill();
    await this.#spawn(this.port);
    await this.#configure();
  }

  async close(): Promise<void> {
    await this.kill();
    rmSync(this.folder, { recursive: true, force: true });
  }

  #env(): NodeJS.ProcessEnv {
    return { ...process.env, TGT_IPC_SOCKET: join(this.folder, 'ipc') };
  }

  async #spawn(port = 0): Promise<void> {
    const log = openSync(join(this.folder, 'log'), 'a');
    const command = [find('tgtd') as string, '-f', '-C', '0', '--iscsi', `portal=127.0.0.1:${port}`];
    const { fileLimitKib } = this.options;
    // SIGXFSZ ignored: a write beyond the limit fails instead of ending the process.
    const limited = `trap '' XFSZ; ulimit -f ${fileLimitKib}; exec "$@"`;
    const [tool, ...args] = fileLimitKib ? ['/bin/bash', '-c', limited, 'tgtd', ...command] : command;
    // It dies with this process, however that ends.
    const child = spawn(find('setpriv') as string, ['--pdeathsig', 'KILL', tool as string, ...args], {
      stdio: ['ignore', log, log],
      env: this.#env(),
    });
    closeSync(log);
    this.#process = child;
    this.died = undefined;
    child.once('exit', (code, signal) => {
      if (this.#process === child) this.died = `tgtd ended by itself (${signal ?? code}):\n${this.log()}`;
    });
    for (const until = Date.now() + readyLimitMs; ; ) {
      const shown = await this.admin('--op', 'show', '--mode', 'portal').catch(() => '');
      const portals = [...shown.matchAll(/Portal: (\S+?):(\d+),/g)];
      if (portals.length > 0) {
        // With a busy port it would silently listen for the whole network.
        if (portals.length > 1 || portals[0]?.[1] !== '127.0.0.1') throw new Error(`tgtd listens elsewhere: ${shown}`);
        this.port = Number(portals[0][2]);
        return;
      }
      if (this.died || Date.now() > until) throw new Error(this.died ?? `tgtd is not ready:\n${this.log()}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  log(): string {
    return readFileSync(join(this.folder, 'log'), 'utf8').slice(-2000);
  }

  async #configure(): Promise<void> {
    const { profile, drives, slots, mailSlots, barcodes, chap, headerDigest, dataDigest } = this.options;
    await this.admin('--op', 'new', '--mode', 'target', '--tid', '1', '-T', this.target);
    if (profile === 'tuned') {
      await this.setTarget('MaxRecvDataSegmentLength', '1048576');
      await this.setTarget('InitialR2T', 'No');
      await this.setTarget('ImmediateData', 'Yes');
      await this.setTarget('FirstBurstLength', '1048576');
      await this.setTarget('MaxBurstLength', '4194304');
    }
    if (headerDigest) await this.setTarget('HeaderDigest', 'CRC32C');
    if (dataDigest) await this.setTarget('DataDigest', 'CRC32C');
    const unit = ['--mode', 'logicalunit', '--op', 'new', '--tid', '1', '--lun'];
    for (let drive = 0; drive < drives; drive++) {
      await this.admin(...unit, String(2 + drive), '--device-type', 'tape', '--bstype', 'ssc');
      await this.unit(2 + drive, `vendor_id=EXAMPLE,product_id=ULTRIUM,product_rev=0100,scsi_sn=DRV000${drive + 1}`);
    }
    await this.admin(...unit, '1', '--device-type', 'changer', '-b', join(this.folder, 'smc'));
    await this.unit(1, 'vendor_id=EXAMPLE,product_id=VTL,product_rev=0100,scsi_sn=LIB0001');
    await this.unit(1, `media_home=${this.folder}`);
    await this.unit(1, 'element_type=1,start_address=1,quantity=1');
    await this.unit(1, `element_type=3,start_address=${firstMailSlot},quantity=${mailSlots}`);
    await this.unit(1, `element_type=4,start_address=${firstDrive},quantity=${drives}`);
    for (let drive = 0; drive < drives; drive++) {
      await this.unit(1, `element_type=4,address=${firstDrive + drive},tid=1,lun=${2 + drive}`);
    }
    await this.unit(1, `element_type=2,start_address=${firstSlot},quantity=${slots}`);
    for (const [index, barcode] of barcodes.entries()) await this.put(2, firstSlot + index, barcode);
    if (chap) {
      const account = ['--mode', 'account', '--op'];
      await this.admin(...account, 'new', '--user', chap.user, '--password', chap.secret);
      await this.admin(...account, 'bind', '--tid', '1', '--user', chap.user);
      if (chap.mutualUser && chap.mutualSecret) {
        await this.admin(...account, 'new', '--user', chap.mutualUser, '--password', chap.mutualSecret);
        await this.admin(...account, 'bind', '--tid', '1', '--user', chap.mutualUser, '--outgoing');
      }
    }
    // Last: until the access list is there nobody can log in.
    await this.admin('--mode', 'target', '--op', 'bind', '--tid', '1', '-I', '127.0.0.1');
  }
}
