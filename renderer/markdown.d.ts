/** Chapters of the guide come into the console as they are written. */
declare module '*.md?raw' {
  const text: string;
  export default text;
}
