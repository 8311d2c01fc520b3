/** The mean over the last tenth of the iterations. */
export function recentLoss(losses: readonly number[]): number {
  const counted = Math.ceil(losses.length / 10);
  return losses.slice(-counted).reduce((sum, loss) => sum + loss / counted, 0);
}
