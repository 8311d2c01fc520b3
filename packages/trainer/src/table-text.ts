type Rows = readonly (readonly string[])[];

/** The rows of a table as lines, its columns in line. */
export function tableLines(rows: Rows): string[] {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows.map((row) => `  ${row.map((cell, column) => cell.padEnd(widths[column]!)).join('  ')}`.trimEnd());
}

/** The forms that a table can be written in; the first row is its head. */
export const formats = {
  text: tableLines,
  markdown: ([head, ...rows]: Rows) => {
    const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
    return [line(head!), line(head!.map(() => '---')), ...rows.map(line)];
  },
  csv: (rows: Rows) => rows.map((cells) => cells.map(quoted).join(',')),
} satisfies Record<string, (rows: Rows) => string[]>;

export const tableText = (rows: Rows, format: keyof typeof formats): string => `${formats[format](rows).join('\n')}\n`;

/** A cell of a CSV file (RFC 4180). */
const quoted = (cell: string) => (/[",\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell);
