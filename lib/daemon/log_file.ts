/** The daemon's log, in files of limited size. @module */

import { configure, dispose, getLogger, type LogRecord } from "npm:@logtape/logtape@2.3.10";
import { getRotatingFileSink } from "npm:@logtape/file@2.3.10";
import type { Log } from "../reconcile/deps.ts";

/** Bytes in one file before the next one begins. */
const MAX_BYTES = 10_000_000;

/** Files kept, with the newest. */
const FILES = 3;

/** A log that its user has to close. */
export interface LogFile extends Log {
  close(): Promise<void>;
}

/**
 * Opens the log.
 *
 * @param path the file
 * @param echo called with each line too, for a daemon in the foreground
 */
export async function openLog(path: string, echo: (line: string) => void): Promise<LogFile> {
  await configure({
    reset: true,
    sinks: {
      file: getRotatingFileSink(path, {
        maxSize: MAX_BYTES,
        maxFiles: FILES - 1, // beside the newest
        formatter: line,
        bufferSize: 0,
      }),
      echo: (record) => echo(line(record).trimEnd()),
    },
    loggers: [
      { category: "xcore", sinks: ["file", "echo"], lowestLevel: "info" },
      { category: ["logtape", "meta"], sinks: ["echo"], lowestLevel: "error" },
    ],
  });
  const logger = getLogger("xcore");
  return {
    info: (message) => logger.info("{message}", { message }),
    warn: (message) => logger.warn("{message}", { message }),
    close: () => dispose(),
  };
}

function line(record: LogRecord): string {
  const level = record.level === "warning" ? "WARN" : record.level.toUpperCase();
  return `${new Date(record.timestamp).toISOString()} ${level} ${
    record.properties.message ?? record.rawMessage
  }\n`;
}
