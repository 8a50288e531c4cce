declare module "@alpinejs/csp" {
  interface Alpine {
    data(name: string, make: (...args: unknown[]) => Record<string, unknown>): void;
    start(): void;
  }
  const alpine: Alpine;
  export default alpine;
}
