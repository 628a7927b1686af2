import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { PortalError } from '../shared/portal/errors.ts';
import { metricsText, type StationFigures } from './metrics-text.ts';

export interface MetricsEndpoint {
  url: string;
  port: number;
  close(): Promise<void>;
}

const LOOPBACK = '127.0.0.1';
const PATH = '/metrics';

/**
 * Serves the figures to scrapers on this machine alone. Port 0 = one that is free. Rejects with PORT_IN_USE, and
 * SERVER_FAILED for a port that may not be listened on.
 */
export async function openMetricsEndpoint(wanted: number, read: () => StationFigures): Promise<MetricsEndpoint> {
  const server = createServer((request, response) => {
    answer(request, response, read).catch((thrown: unknown) => response.writeHead(500).end(`${String(thrown)}\n`));
  });
  const port = await new Promise<number>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(notListening(wanted, error)));
    server.listen({ host: LOOPBACK, port: wanted, exclusive: true }, () => {
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : wanted);
    });
  });
  return {
    url: `http://${LOOPBACK}:${port}${PATH}`,
    port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        // A scraper keeps its connection for the next time, which there is none.
        server.closeAllConnections();
      }),
  };
}

async function answer(request: IncomingMessage, response: ServerResponse, read: () => StationFigures): Promise<void> {
  if (request.url?.split('?')[0] !== PATH) return void response.writeHead(404).end(`only ${PATH} is here\n`);
  if (request.method !== 'GET') return void response.writeHead(405, { allow: 'GET' }).end('GET only\n');
  const { user, system } = process.cpuUsage();
  const { contentType, text } = await metricsText(read(), { cpuS: (user + system) / 1e6, rssBytes: process.memoryUsage.rss() });
  response.writeHead(200, { 'content-type': contentType, 'cache-control': 'no-store' }).end(text);
}

function notListening(port: number, error: NodeJS.ErrnoException): PortalError {
  if (error.code !== 'EADDRINUSE') return new PortalError('SERVER_FAILED', `cannot serve metrics on ${LOOPBACK}:${port}`, { got: error.message, fix: 'Choose a port above 1023, or 0 for a free one.', cause: error });
  return new PortalError('PORT_IN_USE', `port ${port} for metrics is taken by another program`, {
    expected: `port ${port} to be free`, got: 'in use', fix: `End the program that uses port ${port}, choose another with --metrics-port, or 0 for a free one.`,
  });
}
