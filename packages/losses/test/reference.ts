/** The losses in plain loops and float64, to compare with. */

/** Cross-entropy and its gradient with respect to the student's logits. */
export function crossEntropy(
  student: number[],
  teacher: number[],
  center: number[],
  studentTemp: number,
  teacherTemp: number,
) {
  const target = softmax(teacher.map((x, i) => (x - center[i]!) / teacherTemp));
  const predicted = softmax(student.map((x) => x / studentTemp));
  const value = -target.reduce((sum, t, i) => sum + (t === 0 ? 0 : t * logOf(student, studentTemp, i)), 0);
  return { value, gradient: predicted.map((p, i) => (p - target[i]!) / studentTemp) };
}

/** Σ over the views m and rows r of weights[m][r] · CE(teacher[m][r], student[1-m][r]), with the gradient `[2][r][D]`. */
export function exchanged(
  { student, teacher, center, studentTemp, teacherTemp }: Sides,
  weights: number[][],
): { value: number; gradient: number[][][] } {
  let value = 0;
  const gradient = student.map((rows) => rows.map((row) => row.map(() => 0)));
  for (const [m, rows] of teacher.entries()) {
    for (const [r, row] of rows.entries()) {
      if (weights[m]![r] === 0) continue;
      const term = crossEntropy(student[1 - m]![r]!, row, center, studentTemp, teacherTemp);
      value += weights[m]![r]! * term.value;
      gradient[1 - m]![r] = term.gradient.map((g) => g * weights[m]![r]!);
    }
  }
  return { value, gradient };
}

export interface Sides {
  /** [view][row][D] */
  student: number[][][];
  teacher: number[][][];
  center: number[];
  studentTemp: number;
  teacherTemp: number;
}

function softmax(x: number[]): number[] {
  const largest = Math.max(...x);
  const exps = x.map((v) => Math.exp(v - largest));
  const total = exps.reduce((a, b) => a + b);
  return exps.map((e) => e / total);
}

function logOf(logits: number[], temperature: number, i: number): number {
  const x = logits.map((v) => v / temperature);
  const largest = Math.max(...x);
  return x[i]! - largest - Math.log(x.reduce((sum, v) => sum + Math.exp(v - largest), 0));
}
