/** Largest transfer of READ(6) and WRITE(6). */
export const largestTransferBytes = 0xff_ffff;

/**
 * What is written at most behind the first early warning. A tape ends some time after it; one known target never says
 * so and writes for ever. What a session still has to write there (the rest of a slice, the tape's catalogue) is less.
 */
export const mostAfterWarningBytes = 1_073_741_824;
