/** The values of a flag that may be given several times, in their order. */
export const collect = (value: string, all: string[] = []): string[] => [...all, value];
