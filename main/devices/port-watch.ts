import { portKey, type SerialPortInfo } from './serial-ports.ts';

/** Tells a port by unplugging and plugging in: each look is compared with the one before. */
export class PortWatch {
  #known: Map<string, SerialPortInfo> | null = null;

  /** Ports that are gone and that came since the look before; none at the first. */
  look(ports: readonly SerialPortInfo[]): { gone: SerialPortInfo[]; come: SerialPortInfo[] } {
    const before = this.#known;
    const now = new Map(ports.map((port) => [`${portKey(port)} ${port.path}`, port]));
    this.#known = now;
    if (before === null) return { gone: [], come: [] };
    return { gone: [...before].filter(([key]) => !now.has(key)).map(([, port]) => port), come: [...now].filter(([key]) => !before.has(key)).map(([, port]) => port) };
  }
}
