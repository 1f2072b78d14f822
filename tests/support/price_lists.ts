/** Price lists as a server may send them: a few made-up rows, and what is no price list. @module */

/** The columns. */
export const HEADER =
  "InstanceType,AcceleratorName,AcceleratorCount,vCPUs,MemoryGiB,GpuInfo,Price,SpotPrice,Region,AvailabilityZone";
/** A machine type in one zone. */
export const ROW = "c5.xlarge,,,4,8,,0.17,0.07,us-east-1,use1-az1";
/** A list of two regions. */
export const LIST =
  `${HEADER}\n${ROW}\nt3.small,,,2,2,,0.0208,,us-east-1,use1-az1\nt3.small,,,2,2,,0.02,,eu-west-1,euw1-az1\n`;

/** An answer that never ends, or not before 10 GB. */
function endless(): Response {
  const row = ROW.replace(",8,,", `,8,"${"T4 ".repeat(10_000)}",`);
  const part = new TextEncoder().encode(`${row}\n`.repeat(30));
  let sent = 0;
  return new Response(
    new ReadableStream({
      pull: (stream) => {
        if (sent === 0) stream.enqueue(new TextEncoder().encode(`${HEADER}\n`));
        stream.enqueue(part);
        sent += part.length;
        if (sent > 10e9) stream.close();
      },
    }),
  );
}

/** What is no price list, by what is wrong with it. */
export const HOSTILE: Readonly<Record<string, () => Response>> = {
  "a page": () => new Response("<!doctype html>\n<title>Sign in</title>\n"),
  "nothing": () => new Response(""),
  "not there": () => new Response("gone", { status: 404 }),
  "cut off in a line": () => new Response(LIST.slice(0, -20)),
  "cut off in quotes": () => new Response(`${HEADER}\n"c5.xlarge,,,4,8,,0.17,0.07,us-east-1,use1-az1\n`),
  "a negative price": () => new Response(LIST.replace("0.17", "-0.17")),
  "a price in words": () => new Response(LIST.replace("0.17", "cheap")),
  "an absurd price": () => new Response(LIST.replace("0.17", "1e300")),
  "a formula": () => new Response(LIST.replace("c5.xlarge", "=cmd|'/c calc'!A0")),
  "escapes": () => new Response(LIST.replace("c5.xlarge", "c5\u001b[31m")),
  "another region": () => new Response(LIST.replaceAll("us-east-1", "us-west-9")),
  "fewer columns": () => new Response("InstanceType,Price\nc5.xlarge,0.17\n"),
  "one long line": () => new Response(`${HEADER}\n${"x".repeat(200_000)}\n`),
  "ten gigabytes": endless,
  "an address without https": () => leadingTo("http://192.0.2.1/v8/aws/vms.csv"),
  "a file": () => leadingTo("file:///etc/passwd"),
  "a circle": () => leadingTo("/v8/aws/vms.csv"),
};

/** An answer that leads on to another address. */
export function leadingTo(location: string): Response {
  return new Response(null, { status: 302, headers: { location } });
}
