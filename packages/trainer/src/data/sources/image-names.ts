import { basename, extname } from 'node:path';

const extensions = ['jpg', 'jpeg', 'png', 'webp', 'bmp', 'tif', 'tiff', 'gif', 'avif'];
const imageExtensions = new Set(extensions.map((extension) => `.${extension}`));

/** What a source without images was expected to hold. */
export const imageFiles = `files ending in ${extensions.join(', ')}`;

/** Whether a file is an image, going by its name alone. Hidden files never are: `._photo.jpg` holds no photo. */
export const isImageName = (file: string): boolean =>
  imageExtensions.has(extname(file).toLowerCase()) && !isHidden(basename(file));

export const isHidden = (name: string): boolean => name.startsWith('.');
