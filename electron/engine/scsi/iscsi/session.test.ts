import { afterEach, beforeEach, expect, test } from 'vitest';
import { get24, get32 } from '../big-endian.ts';
import { perform } from '../command.ts';
import { TransportError } from '../transport.ts';
import { IscsiTransport } from './iscsi-transport.ts';
import { Nexus } from './nexus.ts';
import { noTag, request, response } from './pdu.ts';
import { type ScriptedPeer, ScriptedTarget } from './testing/scripted-target.ts';
import { iscsiTimes } from './times.ts';

const times = { ...iscsiTimes, loginMs: 1000, reconnectMs: 500, taskManagementMs: 300, cancelGraceMs: 20 };
const testUnitReady = new Uint8Array(6);
const write = Uint8Array.of(0x0a, 0, 0, 4, 0, 0);
const read = Uint8Array.of(0x08, 0, 0, 4, 0, 0);
let target: ScriptedTarget;
const open: Nexus[] = [];

beforeEach(async () => {
  target = await ScriptedTarget.start();
});
afterEach(async () => {
  await Promise.all(open.splice(0).map((nexus) => nexus.close()));
  await target.close();
});

async function connect(more: { dataDigest?: boolean; times?: Partial<typeof times> } = {}) {
  const nexus = await Nexus.open({
    portal: target.portal,
    target: 'iqn.2003-01.com.example:scripted',
    initiatorName: 'iqn.2026-01.net.reelvault:test',
    headerDigest: false,
    dataDigest: more.dataDigest ?? false,
    times: { ...times, ...more.times },
  });
  open.push(nexus);
  const transport = new IscsiTransport(nexus, 2, { name: 'Drive' }, () => nexus.close());
  return { nexus, transport, peer: target.peers.at(-1) as ScriptedPeer };
}

const only = (peer: ScriptedPeer, opcode: number) => peer.received.filter((pdu) => pdu.opcode === opcode);

test('a target that pings gets its own data back', async () => {
  const { peer, transport } = await connect();
  peer.send(response.nopIn, { fields: { 20: 77 }, data: Buffer.from('hello'), noStatus: true });
  await transport.execute(testUnitReady);
  const [pong] = only(peer, request.nopOut);
  expect([pong?.tag, get32(pong?.header as Uint8Array, 20), Buffer.from(pong?.data ?? []).toString()]).toEqual([
    noTag,
    77,
    'hello',
  ]);
});

test('a rejected command fails alone and says why', async () => {
  target.script = (peer, pdu) => {
    if (pdu.opcode !== request.command || only(peer, request.command).length > 1) return undefined;
    peer.send(response.reject, { bytes: { 2: 0x05 }, data: pdu.header });
    return 'done';
  };
  const { transport, nexus } = await connect();
  await expect(transport.execute(testUnitReady)).rejects.toThrow(
    /Drive: the target rejected the command: it does not support/,
  );
  expect(await transport.execute(testUnitReady)).toMatchObject({ status: 0 });
  expect(nexus.generation).toBe(1);
});

test('a target that asks to be left is left when nothing is under way, and come back to', async () => {
  const { peer, transport, nexus } = await connect();
  peer.send(response.async, { fields: { 36: 0x0100_0000 } });
  await expect.poll(() => only(peer, request.logout).length).toBe(1);
  // The new session knows nothing of the old one's position.
  expect((await perform(transport, testUnitReady)).sense).toMatchObject({ key: 6, asc: 0x29, ascq: 0x07 });
  expect(await transport.execute(testUnitReady)).toMatchObject({ status: 0 });
  expect(nexus.generation).toBe(2);
});

test('a target that announces the end of the connection is taken at its word', async () => {
  target.script = (peer, pdu) => {
    if (pdu.opcode !== request.command || target.peers.length > 1) return undefined;
    peer.send(response.async, { fields: { 36: 0x0200_0000 } });
    return 'done';
  };
  const { transport } = await connect();
  await expect(transport.execute(testUnitReady)).rejects.toThrow(/about to be dropped/);
});

test('data with a wrong digest is not taken: the connection is given up', async () => {
  target.loginKeys = [['DataDigest', 'CRC32C']];
  let bad = true;
  target.script = (peer, pdu) => {
    if (pdu.opcode !== request.command || pdu.header[32] !== 0x08) return undefined;
    peer.send(response.dataIn, { tag: pdu.tag, flags: 0x81, data: new Uint8Array(1024), badDigest: bad });
    return 'done';
  };
  const { transport } = await connect({ dataDigest: true });
  await expect(transport.execute(read, { inLength: 1024 })).rejects.toThrow(/wrong data digest/);
  bad = false;
  expect((await transport.execute(read, { inLength: 1024 })).sense).toBeDefined();
  expect((await transport.execute(read, { inLength: 1024 })).in?.length).toBe(1024);
});

test.each([40, 36])('data where none belongs, or out of order (field %i), ends the session', async (field) => {
  target.script = (peer, pdu) => {
    if (pdu.opcode !== request.command || pdu.header[32] !== 0x08) return undefined;
    peer.send(response.dataIn, { tag: pdu.tag, flags: 0x81, fields: { [field]: 1000 }, data: new Uint8Array(512) });
    return 'done';
  };
  const { transport } = await connect();
  await expect(transport.execute(read, { inLength: 1024 })).rejects.toBeInstanceOf(TransportError);
});

test('a target that asks for data there is not is not obeyed', async () => {
  target.loginKeys = [
    ['InitialR2T', 'Yes'],
    ['ImmediateData', 'No'],
  ];
  target.script = (peer, pdu) => {
    if (pdu.opcode !== request.command) return undefined;
    peer.send(response.r2t, { tag: pdu.tag, fields: { 20: 9, 40: 512, 44: 1024 }, noStatus: true });
    return 'done';
  };
  const { transport, peer } = await connect();
  await expect(transport.execute(write, { out: new Uint8Array(1024) })).rejects.toThrow(
    /data that the command does not have/,
  );
  expect(only(peer, request.dataOut)).toEqual([]);
});

/** Answers writes as a target does that takes R2Ts of `burst` bytes. */
function takingBursts(burst: number): void {
  target.script = (peer, pdu) => {
    if (pdu.opcode !== request.command && pdu.opcode !== request.dataOut) return undefined;
    if (((pdu.header[1] as number) & 0x80) === 0) return 'done';
    const total = 8192;
    const isData = pdu.opcode === request.dataOut;
    const next = isData ? get32(pdu.header, 40) + pdu.data.length : pdu.data.length;
    if (next >= total) peer.status(pdu.tag, 0);
    else
      peer.send(response.r2t, {
        tag: pdu.tag,
        fields: { 20: 9, 40: next, 44: Math.min(burst, total - next) },
        noStatus: true,
      });
    return 'done';
  };
}

test.each([
  // [agreed, immediate bytes, unsolicited Data-Outs, solicited Data-Outs]
  [{ InitialR2T: 'Yes', ImmediateData: 'No' }, 0, 0, 4],
  [{ InitialR2T: 'Yes', ImmediateData: 'Yes', FirstBurstLength: '1024' }, 1024, 0, 4],
  [{ InitialR2T: 'No', ImmediateData: 'No', FirstBurstLength: '4096' }, 0, 2, 2],
  [{ InitialR2T: 'No', ImmediateData: 'Yes', FirstBurstLength: '4096' }, 2048, 1, 2],
  [{ InitialR2T: 'No', ImmediateData: 'Yes', FirstBurstLength: '65536' }, 2048, 3, 0],
])('nothing is sent that was not agreed: %o', async (agreed, immediate, unsolicited, solicited) => {
  target.loginKeys = [['MaxRecvDataSegmentLength', '2048'], ...Object.entries(agreed)];
  takingBursts(4096);
  const { transport, peer } = await connect();
  const out = Buffer.from(Array.from({ length: 8192 }, (_, index) => index % 251));
  expect(await transport.execute(write, { out })).toMatchObject({ status: 0 });
  const [command] = only(peer, request.command);
  const data = only(peer, request.dataOut);
  const byTag = (tag: number) => data.filter((pdu) => get32(pdu.header, 20) === tag);
  expect(command?.data.length).toBe(immediate);
  expect(byTag(noTag).length).toBe(unsolicited);
  expect(byTag(9).length).toBe(solicited);
  for (const pdu of data) expect(get24(pdu.header, 5)).toBeLessThanOrEqual(2048);
  expect(Buffer.concat([command?.data ?? out, ...data.map((pdu) => pdu.data)]).equals(out)).toBe(true);
});

test('the command window holds: what does not fit waits', async () => {
  target.window = 1;
  target.script = (peer, pdu) => {
    if (pdu.opcode !== request.command) return undefined;
    peer.window = 0;
    peer.status(pdu.tag, 0);
    setTimeout(() => {
      peer.window = 1;
      peer.send(response.nopIn, { fields: { 20: 5 }, noStatus: true });
    }, 100);
    return 'done';
  };
  const { transport, peer } = await connect();
  await transport.execute(testUnitReady);
  const second = transport.execute(testUnitReady);
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(only(peer, request.command).length).toBe(1);
  expect(await second).toMatchObject({ status: 0 });
});

test('two reads are under way where the caller says so, in the order given; nothing else is', async () => {
  const held: (() => void)[] = [];
  target.script = (peer, pdu) => {
    if (pdu.opcode !== request.command) return undefined;
    held.push(() => peer.status(pdu.tag, 0));
    return 'done';
  };
  const { transport, peer } = await connect();
  const commands = (): number[] => only(peer, request.command).map((pdu) => pdu.header[32] as number);
  /** These have come, and nothing more does. */
  const expectCommands = async (wanted: number[]): Promise<void> => {
    await expect.poll(commands).toEqual(wanted);
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(commands()).toEqual(wanted);
  };
  const ahead = () => transport.execute(read, { inLength: 4, ahead: true });
  const all = Promise.allSettled([
    ahead(),
    ahead(),
    ahead(),
    transport.execute(write, { out: new Uint8Array(4) }),
    ahead(),
  ]);
  await expectCommands([8, 8]);
  for (const wanted of [
    [8, 8, 8],
    [8, 8, 8],
    [8, 8, 8, 10],
    [8, 8, 8, 10, 8],
    [8, 8, 8, 10, 8],
  ]) {
    held.shift()?.();
    await expectCommands(wanted);
  }
  expect((await all).map(({ status }) => status)).toEqual(Array(5).fill('fulfilled'));
});

test('no answer: the task is aborted, then the unit reset, then the connection given up', async () => {
  const asked: number[] = [];
  let answers = [5, 0];
  target.script = (peer, pdu) => {
    if (pdu.opcode === request.command) return 'done';
    if (pdu.opcode !== request.taskManagement) return undefined;
    asked.push((pdu.header[1] as number) & 0x7f);
    const code = answers.shift();
    if (code !== undefined) peer.send(response.taskManagement, { tag: pdu.tag, bytes: { 2: code } });
    return 'done';
  };
  const { transport, nexus } = await connect({ times: { command: { ...times.command, quick: 50 } } });
  await expect(transport.execute(testUnitReady)).rejects.toThrow(/no answer within/);
  expect(asked).toEqual([1, 5]);
  expect((await nexus.session()).lost).toBeUndefined();
  answers = [];
  await expect(transport.execute(testUnitReady)).rejects.toThrow(/no answer/);
  await expect.poll(() => target.peers[0]?.socket.destroyed).toBe(true);
});

test('an answer out of sequence means one was lost: nothing is believed any more', async () => {
  target.script = (peer, pdu) => {
    if (pdu.opcode !== request.command) return undefined;
    peer.statusSn += 1;
    peer.status(pdu.tag, 0);
    return 'done';
  };
  const { transport } = await connect();
  await expect(transport.execute(testUnitReady)).rejects.toThrow(/an answer is missing/);
});

test('a target that does not end the login, moves us around or talks nonsense is left', async () => {
  target.script = (peer, pdu) => {
    peer.send(response.login, { tag: pdu.tag, bytes: { 1: 0 }, plain: true });
    return 'done';
  };
  await expect(connect()).rejects.toThrow(/does not finish the (authentication|login)/);
  target.script = (peer, pdu) => {
    const { port } = target.portal;
    const data = Buffer.from(`TargetAddress=127.0.0.1:${port},1\0`);
    peer.send(response.login, { tag: pdu.tag, bytes: { 1: 0, 36: 1, 37: 1 }, data, plain: true });
    return 'done';
  };
  await expect(connect()).rejects.toThrow(/redirects in a loop/);
  target.script = (peer) => {
    peer.socket.write('HTTP/1.1 400 Bad Request\r\n\r\nThis is not what you are looking for, whatever it is.');
    return 'done';
  };
  await expect(connect()).rejects.toThrow();
  target.script = () => 'done';
  await expect(connect({ times: { loginMs: 100 } })).rejects.toThrow(/did not answer the login/);
});

test('commands that crash a known target are not sent', async () => {
  const { transport, peer } = await connect();
  for (const cdb of [
    Uint8Array.of(0x1a, 0, 0x3f, 0, 0, 0),
    Uint8Array.of(0x5a, 0, 0x3f, 0, 0, 0, 0, 0, 0, 0),
    Uint8Array.of(0x34, 0, 0, 0, 0, 0, 0, 0, 0, 0),
    Uint8Array.of(0x05, 0, 0, 0, 0, 0),
  ]) {
    await expect(transport.execute(cdb)).rejects.toThrow(RangeError);
  }
  expect(only(peer, request.command)).toEqual([]);
});
