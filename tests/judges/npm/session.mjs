// What every session has: the address and the account, from the command line, and a line for each step.
import { basename } from "node:path";

export const [, script, address, email, token] = process.argv;

/** Do one thing and say so. What goes wrong ends the process, and with it the session. */
export async function step(what, act) {
  try {
    const result = await act();
    console.log(`${basename(script, ".mjs")}: ${what}`);
    return result;
  } catch (error) {
    console.log(`${basename(script, ".mjs")}: ${what}: FAILED`);
    throw error;
  }
}

/** Whatever an async iterator gives, in an array. */
export async function all(iterator) {
  const found = [];
  for await (const one of iterator) found.push(one);
  return found;
}
