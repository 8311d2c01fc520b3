/** How the teacher's temperature starts. */
export interface TeacherTempSchedule {
  /** Temperature of the first epoch. Default 0.04. */
  warmupTeacherTemp?: number;
  /** Temperature after the warm-up. Default 0.07. */
  teacherTemp?: number;
  /** Epochs of the warm-up; the last one has the final temperature. Default 30; 0 for none. */
  warmupTeacherTempEpochs?: number;
}

/**
 * The teacher's temperature in an epoch: linear over the warm-up epochs, then constant. A sharp teacher keeps the
 * first epochs stable.
 *
 * @param epoch whole number from 0
 */
export function teacherTempAt(epoch: number, schedule: TeacherTempSchedule = {}): number {
  const { warmupTeacherTemp = 0.04, teacherTemp = 0.07, warmupTeacherTempEpochs = 30 } = schedule;
  if (epoch >= warmupTeacherTempEpochs) return teacherTemp;
  if (epoch === 0) return warmupTeacherTemp;
  return warmupTeacherTemp + ((teacherTemp - warmupTeacherTemp) * epoch) / (warmupTeacherTempEpochs - 1);
}
