import { crc32c } from '@aws-crypto/crc32c';

/**
 * One record of a TFRecord file: length (uint64, little endian), masked CRC-32C of the length, the data, masked CRC-32C
 * of the data.
 */
export function writeRecord(data: Uint8Array): Uint8Array {
  const record = new Uint8Array(data.length + 16);
  const view = new DataView(record.buffer);
  view.setBigUint64(0, BigInt(data.length), true);
  view.setUint32(8, maskedCrc(record.subarray(0, 8)), true);
  record.set(data, 12);
  view.setUint32(12 + data.length, maskedCrc(data), true);
  return record;
}

/** TensorFlow stores checksums rotated and shifted, so that the checksum of data that holds checksums stays strong. */
function maskedCrc(data: Uint8Array): number {
  const crc = crc32c(data);
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
}
