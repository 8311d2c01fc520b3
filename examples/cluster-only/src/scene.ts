import sharp from 'sharp';

/** A picture for those who have no photo at hand: three objects on a meadow under a sky, 320 × 240, as PNG bytes. */
export function drawScene(): Promise<Buffer> {
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="320" height="240">
    <defs><pattern id="stripes" width="8" height="8" patternUnits="userSpaceOnUse">
      <rect width="8" height="8" fill="#f2e9d0"/><rect width="4" height="8" fill="#3b2f6b"/></pattern></defs>
    <rect width="320" height="130" fill="#8ec5f0"/>
    <rect y="130" width="320" height="110" fill="#4c8c3f"/>
    <circle cx="90" cy="135" r="42" fill="#d8352a"/>
    <rect x="150" y="100" width="70" height="80" fill="url(#stripes)"/>
    <circle cx="250" cy="60" r="26" fill="#f7d046"/>
  </svg>`;
  return sharp(Buffer.from(svg)).png().toBuffer();
}
