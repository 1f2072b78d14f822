/** A worker that opens, writes and closes a file, again and again, until it is told to stop; its answer is what went wrong. */

/** What of a worker's globals is used here: TypeScript has them in a library that excludes this project's. */
const worker = globalThis as unknown as {
  onmessage: (event: MessageEvent) => void;
  postMessage(message: string): void;
  close(): void;
};

let asked = true;

worker.onmessage = ({ data: { path } }) => {
  worker.onmessage = () => asked = false;
  openAgainAndAgain(path).then(() => "", String).then((wrong) => {
    worker.postMessage(wrong);
    worker.close();
  });
};

async function openAgainAndAgain(path: string): Promise<void> {
  while (asked) {
    for (let i = 0; i < 1000; i++) {
      using file = Deno.openSync(path, { create: true, write: true });
      file.writeSync(new Uint8Array(1));
    }
    await new Promise((resolve) => setTimeout(resolve, 0));
  }
}
