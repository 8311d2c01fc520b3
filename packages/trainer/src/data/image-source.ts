/** Where one image lies. Plain data, so it can cross threads; there may be millions, so it holds no more than this. */
export interface ImageEntry {
  /** What messages call it: its path, or for a member of a tar shard `<shard>/<member>`. */
  readonly name: string;
  /** The file to read: the image itself or the shard that holds it. */
  readonly file: string;
  /** Where the image begins in `file` and how long it is, in bytes; absent, it is the whole file. */
  readonly offset?: number;
  readonly size?: number;
  /** Its class, where the layout tells. */
  readonly label?: number;
}

/** The images that a folder, a list or shards hold, in an order that does not depend on the file system. */
export interface ImageSource {
  readonly layout: 'folder' | 'list' | 'classes' | 'imagenet' | 'coco' | 'tar';
  /** One phrase for people: how many images of what were found. */
  readonly description: string;
  readonly entries: readonly ImageEntry[];
  /** The names that labels count, for folders of classes. */
  readonly classes?: readonly string[];
}
