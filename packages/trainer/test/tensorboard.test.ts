import { mkdtempSync, readdirSync, readFileSync, renameSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { TensorBoardLog, tensorBoardScalars } from '../src/logs/tensorboard.js';

const scratch = () => mkdtempSync(join(tmpdir(), 'cribo-tensorboard-'));

describe('TensorBoardLog', () => {
  it('starts a file with its version and the start of the session', () => {
    const log = new TensorBoardLog(join(scratch(), 'tensorboard'), 0);
    const [version, start] = readEvents(log.file);
    expect(log.file).toMatch(/events\.out\.tfevents\.\d{10}\.[^/]+$/);
    expect(version).toMatchObject({ fileVersion: 'brain.Event:2' });
    expect(start).toMatchObject({ step: 0, sessionStatus: 1 });
    expect(Math.abs(version!.wallTime - Date.now() / 1000)).toBeLessThan(60);
  });

  it('writes every step at once, as float32 under its tags', () => {
    const log = new TensorBoardLog(scratch(), 0);
    log.write(7, { 'loss/total': 1.5, 'schedule/lr': 1e-3 });
    log.write(3_000_000_000, { 'loss/total': Number.NaN });
    const [, , first, second] = readEvents(log.file);
    expect(first).toMatchObject({ step: 7, scalars: { 'loss/total': 1.5, 'schedule/lr': Math.fround(1e-3) } });
    expect(second).toMatchObject({ step: 3_000_000_000, scalars: { 'loss/total': Number.NaN } });
  });

  it('gives every session a file that sorts after the earlier ones, with the step it goes on from', () => {
    const folder = scratch();
    const files = [0, 100, 250].map((firstStep) => new TensorBoardLog(folder, firstStep).file);
    expect(readdirSync(folder).sort()).toEqual(files.map((file) => file.slice(folder.length + 1)));
    expect(files.map((file) => readEvents(file)[1]!.step)).toEqual([0, 100, 250]);
  });

  it.runIf(process.platform === 'linux')('throws what the disk refuses', () => {
    const log = new TensorBoardLog(scratch(), 0);
    renameSync(log.file, `${log.file}.moved`);
    symlinkSync('/dev/full', log.file);
    expect(() => log.write(0, { 'loss/total': 1 })).toThrow(/ENOSPC/);
  });
});

it('rows of metrics.jsonl become tags in groups; nulls and unknown keys are left out', () => {
  const row = {
    step: 4,
    loss: 3,
    lossGlobal: null,
    lossCrossImage: 0.5,
    lr: 0.01,
    stepMs: 80,
    crossImage: true,
    applied: false,
    later: 'key',
    phases: { teacher: 12.5, student: 40 },
  };
  expect(tensorBoardScalars(row)).toEqual({
    'loss/total': 3,
    'loss/cross_image': 0.5,
    'schedule/lr': 0.01,
    'time/step_ms': 80,
    'gradient/applied': 0,
    'phases/teacher_ms': 12.5,
    'phases/student_ms': 40,
  });
});

interface ReadEvent {
  wallTime: number;
  step: number;
  fileVersion?: string;
  sessionStatus?: number;
  scalars: Record<string, number>;
}

/** A reader that shares nothing with the writer: framing, checksums and wire format are spelled out here. */
function readEvents(file: string): ReadEvent[] {
  const bytes = readFileSync(file);
  const events: ReadEvent[] = [];
  for (let at = 0; at < bytes.length; ) {
    const length = Number(bytes.readBigUInt64LE(at));
    const data = bytes.subarray(at + 12, at + 12 + length);
    expect(bytes.readUInt32LE(at + 8)).toBe(masked(bytes.subarray(at, at + 8)));
    expect(bytes.readUInt32LE(at + 12 + length)).toBe(masked(data));
    events.push(readEvent(data));
    at += 16 + length;
  }
  return events;
}

/** CRC-32C bit by bit (reflected polynomial 0x82f63b78), masked as TFRecord files want it. */
function masked(data: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of data) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1;
  }
  const value = BigInt((crc ^ 0xffffffff) >>> 0);
  const rotated = ((value >> 15n) | (value << 17n)) & 0xffffffffn;
  return Number((rotated + 0xa282ead8n) & 0xffffffffn);
}

function readEvent(data: Buffer): ReadEvent {
  const event: ReadEvent = { wallTime: 0, step: 0, scalars: {} };
  for (const { field, bytes, number } of fields(data)) {
    if (field === 1) event.wallTime = bytes.readDoubleLE();
    if (field === 2) event.step = number;
    if (field === 3) event.fileVersion = bytes.toString();
    if (field === 7) event.sessionStatus = fields(bytes)[0]!.number;
    if (field !== 5) continue;
    for (const value of fields(bytes)) {
      const [tag, simple] = fields(value.bytes);
      event.scalars[tag!.bytes.toString()] = simple!.bytes.readFloatLE();
    }
  }
  return event;
}

/** The fields of a protocol buffer message, one level deep. */
function fields(data: Buffer): { field: number; bytes: Buffer; number: number }[] {
  let at = 0;
  const varint = () => {
    for (let value = 0, scale = 1; ; scale *= 128) {
      const byte = data[at++]!;
      value += (byte & 127) * scale;
      if (byte < 128) return value;
    }
  };
  const found = [];
  while (at < data.length) {
    const key = varint();
    const wire = key & 7;
    const number = wire === 0 || wire === 2 ? varint() : 0;
    const length = wire === 1 ? 8 : wire === 5 ? 4 : wire === 2 ? number : 0;
    found.push({ field: key >> 3, bytes: data.subarray(at, at + length), number });
    at += length;
  }
  return found;
}
