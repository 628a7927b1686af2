import type { ByteLink, ByteLinkListener } from '../../main/devices/byte-link.ts';

/** PORT ByteLink through another one, which counts what crosses it: whoever counts at the other end too knows when nothing is under way. */
export class CountedLink implements ByteLink {
  writtenBytes = 0;
  heardBytes = 0;
  readonly #link: ByteLink;

  constructor(link: ByteLink) {
    this.#link = link;
  }

  get name(): string {
    return this.#link.name;
  }

  open({ onBytes, onLost }: ByteLinkListener): Promise<void> {
    return this.#link.open({
      onBytes: (bytes) => {
        this.heardBytes += bytes.byteLength;
        onBytes(bytes);
      },
      onLost,
    });
  }

  write(bytes: Uint8Array): Promise<void> {
    this.writtenBytes += bytes.byteLength;
    return this.#link.write(bytes);
  }

  discardInput(): Promise<void> {
    return this.#link.discardInput();
  }

  close(): Promise<void> {
    return this.#link.close();
  }
}
