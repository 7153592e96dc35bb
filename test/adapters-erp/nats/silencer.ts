import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

/** Between a client and a server: once armed, what the server says is lost from the first call with this text on. */
export class Silencer {
  private text: string | undefined;
  private readonly sockets = new Set<Socket>();

  private constructor(readonly port: number) {}

  static async before(serverPort: number): Promise<Silencer & { close(): void }> {
    const server = createServer((client) => silencer.join(client, connect(serverPort, '127.0.0.1')));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    const silencer = new Silencer(typeof address === 'object' && address !== null ? address.port : 0);
    return Object.assign(silencer, {
      close: () => {
        server.close();
        for (const socket of silencer.sockets) socket.destroy();
      },
    });
  }

  /** @param text undefined: everything that is said from now on is heard */
  silenceFrom(text: string | undefined): void {
    this.text = text;
  }

  private join(client: Socket, server: Socket): void {
    let isSilent = false;
    for (const socket of [client, server]) this.sockets.add(socket.on('error', () => socket.destroy()));
    client.on('data', (chunk) => {
      isSilent = this.text !== undefined && (isSilent || chunk.includes(this.text));
      server.write(chunk);
    });
    server.on('data', (chunk) => {
      if (!isSilent || this.text === undefined) client.write(chunk);
    });
    client.on('close', () => server.destroy());
    server.on('close', () => client.destroy());
  }
}
