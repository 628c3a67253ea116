import { EventEmitter } from 'node:events';
import { pathToFileURL } from 'node:url';
import { PortDouble } from './ports.ts';
import { PortRelay, type Relayed } from './relay.ts';

// Runs in the process that stands for a utility process: gives it `process.parentPort` and loads its module.
const [, , modulePath = '', ...args] = process.argv;
const send = (message: Relayed): void => void process.send?.(message, undefined, undefined, () => {});
const relay = new PortRelay(send, 2);
const parentPort = Object.assign(new EventEmitter(), {
  postMessage: (data: unknown) => send({ kind: 'parent', data, ports: [] }),
});
process.on('message', (message: Relayed) => {
  if (message.kind !== 'parent') return relay.receive(message);
  const ports = message.ports.map((number) => {
    const { port1, port2 } = PortDouble.pair();
    relay.adopt(number, port1);
    return port2;
  });
  const event = { data: message.data, ports };
  if (parentPort.listenerCount('message') > 0) parentPort.emit('message', event);
  else early.push(event);
});
// As in Electron, messages wait until there is somebody who listens.
const early: { data: unknown; ports: PortDouble[] }[] = [];
parentPort.on('newListener', (name) => {
  if (name === 'message') setImmediate(() => early.splice(0).forEach((event) => parentPort.emit('message', event)));
});
// A utility process dies with its parent.
process.on('disconnect', () => process.exit(1));
Object.defineProperty(process, 'parentPort', { value: parentPort });
process.argv = [process.execPath, modulePath, ...args];
await import(pathToFileURL(modulePath).href);
