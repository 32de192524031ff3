// Runs the stories against a real server and a real browser: node main.js SERVER CHROMIUM [FOLDER] [PART]
// With FOLDER (or "-"), screenshots are written there; with PART only stories with that in their name run.
// Each story waits for facts and none for time; each has a server of its own.
"use strict";
const { chromium } = require("playwright-core");
const { Stage } = require("./stage");

// Much of a story is waiting.
const AT_ONCE = 3;
const STORIES = ["talk", "back", "once", "slow", "text", "keys", "faces"];

const main = async () => {
  const [program, executablePath, folder, part] = process.argv.slice(2);
  const args = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--host-resolver-rules=MAP papo.local 127.0.0.1"];
  const quiet = ["--disable-background-networking", "--disable-component-update", "--disable-sync"];
  const browser = await chromium.launch({ executablePath, args: args.concat(quiet) });
  const shots = folder && folder !== "-" ? folder : null;
  const stories = STORIES.flatMap(file => Object.entries(require("./stories/" + file)).map(([name, story]) => [file + ": " + name, story]));
  const chosen = stories.filter(([name]) => !part || name.includes(part));
  let failed = 0;
  const play = async ([name, story]) => {
    const began = Date.now();
    const stage = new Stage(program, browser, shots);
    try {
      await story(stage);
      stage.check();
      console.log("ok   %s (%d ms)", name, Date.now() - began);
    } catch (error) {
      failed++;
      console.error("FAIL %s\n%s\n%s", name, error.stack, await stage.evidence());
    }
    await stage.end();
  };
  const player = async () => {
    while (chosen.length) await play(chosen.shift());
  };
  await Promise.all(Array.from({ length: AT_ONCE }, player));
  await browser.close();
  process.exitCode = failed ? 1 : 0;
};
main();
