import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** A TCP proxy before a server's signal port, whose connections can be cut and kept cut, as by a pulled cable. */
export interface CuttableProxy {
  url: string;
  /** Ends every connection; new ones are refused until `mend`. */
  cut(): void;
  mend(): void;
  close(): Promise<void>;
}

export async function startCuttableProxy(targetUrl: string): Promise<CuttableProxy> {
  const target = new URL(targetUrl);
  const sockets = new Set<Socket>();
  let isCut = false;
  const server = createServer((near) => {
    if (isCut) {
      near.destroy();
      return;
    }
    const far = connect(Number(target.port), target.hostname);
    for (const [from, to] of [[near, far], [far, near]] as const) {
      sockets.add(from);
      // Both ends of a cut connection report it; one cut is no error of the test.
      from.on('error', () => undefined).on('close', () => { sockets.delete(from); to.destroy(); });
      from.pipe(to);
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const endAll = (): void => { for (const socket of sockets) socket.destroy(); };
  return {
    url: `ws://127.0.0.1:${port}`,
    cut: () => { isCut = true; endAll(); },
    mend: () => { isCut = false; },
    close: () => new Promise((resolve) => { endAll(); server.close(() => { resolve(); }); }),
  };
}
