import { hostname, networkInterfaces } from 'node:os';

const loopbackNames = ['127.0.0.1', 'localhost', '[::1]'];

/** True for addresses that only programs of this computer reach. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(host);
}

/** An address as it is written in a URL. */
export function bracketed(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}

/** Every address means: the names of this computer, and each of its addresses. */
export function hostNamesOf(host: string, allowHosts: readonly string[], computer = thisComputer()): string[] {
  const everywhere = host === '0.0.0.0' || host === '::';
  const own = everywhere
    ? [...loopbackNames, computer.name, ...computer.addresses.map(bracketed)]
    : isLoopback(host)
      ? [...loopbackNames, bracketed(host)]
      : [bracketed(host)];
  return [...new Set([...allowHosts, ...own].map((name) => name.toLowerCase()))];
}

function thisComputer(): { name: string; addresses: string[] } {
  const addresses = Object.values(networkInterfaces()).flatMap((all) => all ?? []);
  // Link-local IPv6 addresses carry a zone, which no browser sends.
  return { name: hostname(), addresses: addresses.map((one) => one.address).filter((one) => !one.startsWith('fe80')) };
}
