/* What a scenario comes to, in one shape for all: figures and curves, as `rtreview/simulate/` has them. */
(() => {
  "use strict";

  const AROUND = 1.25, POINTS = 120, WEEK_OF_WORK = 40 * 3600;

  // How a number with a unit is printed: `rtreview/quantities/quantity.py`.

  const plain = (number) => {
    if (!Number.isFinite(number)) return "∞";
    if (!Number.isInteger(number) && Math.abs(number) < 10000) return String(Number(number.toPrecision(4)));
    const whole = models.rounded(number);
    return Math.abs(whole) >= 10000 ? whole.toLocaleString("en-US") : String(whole);
  };
  const scaled = (number, units) => {
    const [name, size] = units.find(([, unit]) => number >= unit) ?? units.at(-1);
    return `${plain(number / size)} ${name}`;
  };
  const bytes = (number) => {
    const decimal = scaled(number, [["TB", 1e12], ["GB", 1e9], ["MB", 1e6], ["kB", 1e3], ["B", 1]]);
    if (!Number.isFinite(number) || number < 1024 || number % 1024) return decimal;
    const binary = scaled(number, [["TiB", 2 ** 40], ["GiB", 2 ** 30], ["MiB", 2 ** 20], ["KiB", 2 ** 10]]);
    return binary.length < decimal.length ? binary : decimal;
  };
  const duration = (time) => {
    if (time === Infinity) return "never";
    if (time < 1) return time ? `${plain(time * 1000)} ms` : "0 s";
    const units = [["d", 86400], ["h", 3600], ["min", 60]];
    const [name, size] = units.find(([, unit]) => time >= unit && time % unit === 0 && time !== 60)
      ?? units.find(([, unit]) => time >= 10 * unit) ?? ["s", 1];
    if (time < 1000 * size || time % size) return `${plain(time / size)} ${name}`;
    let left = time;
    const parts = units.map(([name, size]) => {
      const count = Math.floor(left / size);
      left %= size;
      return count ? `${plain(count)} ${name}` : "";
    });
    return parts.filter(Boolean).join(" ");
  };
  const rate = (number) => {
    const [name, size] = [["s", 1], ["min", 60]].find(([, unit]) => number * unit >= 1) ?? ["h", 3600];
    return `${plain(number * size)}/${name}`;
  };

  /** A number of seconds, bytes, shares, or events a second, or a word, as it is printed. */
  models.inUnit = (value, unit = "") => {
    if (typeof value === "string") return value;
    if (unit === "s") return duration(value);
    if (unit === "/s") return rate(value);
    if (unit === "%") return `${plain(value * 100)} %`;
    return unit.startsWith("B") ? bytes(value) + unit.slice(1) : plain(value);
  };

  // Figures and curves.

  const significant = (number, digits) => (Number.isFinite(number) ? Number(number.toPrecision(digits)) : number);
  /** The number of the fewest digits within a hundredth. */
  const roundest = (number) => [1, 2].map((digits) => significant(number, digits))
    .find((shorter) => Math.abs(shorter - number) <= number / 100) ?? significant(number, 3);
  const figure = (name, value, unit = "") => ({ name, value, unit: typeof value === "string" ? "" : unit });
  const seconds = (name, value) => figure(name, significant(value, 3), "s");

  /** A curve, without the levels and moments that there are not. */
  const curve = (name, unit, points, { levels = [], moments = [], isMean = false, never = "" } = {}) => ({
    name, unit, points, isMean, never,
    levels: levels.filter(([, value]) => value !== null && Number.isFinite(value)),
    moments: moments.filter(([, at]) => at !== null && at > 0 && at <= points.at(-1)[0]),
  });

  const ofStorm = (storm) => {
    const { times, attempts, back, peak, each, allBack, ending, backAfter } = models.storm(storm);
    const figures = [
      figure("clients that are disconnected", storm.clients),
      figure("accepts a second", storm.capacity, "/s"),
      figure("attempts in the busiest second", roundest(peak), "/s"),
      figure("attempts of one client", significant(each, 3)),
      seconds("half of them are back after", backAfter(0.5)),
      seconds("99 % are back after", backAfter(0.99)),
      seconds("everybody is back after", allBack),
    ];
    if (ending !== "back") figures.push(figure("how it ends", ending));
    const halves = [["half of them are back", backAfter(0.5)], ["99 % are back", backAfter(0.99)]];
    const zipped = (values) => times.map((time, at) => [time, values[at]]);
    return { figures, curves: [
      curve("attempts/s", "/s", zipped(attempts), { levels: [["accepted", storm.capacity]], isMean: true }),
      curve("share that is back", "%", [[0, 0], ...zipped(back)],
        { moments: halves, never: ending === "back" ? "" : "never all back" }),
    ] };
  };

  const ofSlowClient = (client) => {
    const found = models.slowClient(client), { limit, fullAfter, moments, surplus } = found;
    const isBounded = limit < Infinity;
    const orNoBound = (name, value, unit) => figure(name, isBounded ? value : "no bound", unit);
    const events = [["it receives again", client.stall || null], ["full", fullAfter]];
    const waiting = moments.map((at) => [at, found.waiting(at)]);
    if (found.isCutOff) waiting.push([fullAfter, 0], [AROUND * fullAfter, 0]);
    const ages = moments.filter((at) => at >= client.stall).map((at) => [at, found.age(at)]);
    const curves = [
      curve("bytes that wait for it", "B", waiting, { levels: [["bound", limit]], moments: events }),
      curve("age of what it receives", "s", ages, { levels: [["staleness", client.staleness]], moments: events }),
    ];
    const figures = [
      figure("what it is sent", client.arrival, "B/s"),
      figure("what its line carries", client.drain, "B/s"),
      ...(client.stall ? [seconds("it stands still for", client.stall)] : []),
      orNoBound("the most that waits", limit, "B"),
      seconds("its queue is full after", fullAfter),
      isBounded || surplus <= 0
        ? seconds("what it receives is as old as", found.oldest)
        : figure("what it receives is as old as", "no bound"),
      ...(isBounded ? [seconds("age of the last of a full queue", found.ageWhenFull)] : []),
    ];
    if (client.queues !== null) {
      const held = waiting.map(([at, size]) => [at, size * client.queues]);
      curves.push(curve("bytes that wait on a node whose clients are all slow", "B", held, {
        levels: [["memory of a node", client.memory]],
        moments: [["memory of the node used up", found.memoryLasts]],
      }));
      figures.push(orNoBound("a node of slow clients holds", limit * client.queues, "B"));
      if (client.memory !== null) figures.push(seconds("its memory is used up after", found.memoryLasts));
    }
    const lost = models.inUnit(significant(found.lost, 3), "%");
    const ends = {
      "disconnect": "cut off", "drop-oldest": `${lost} is dropped`, "drop-newest": `${lost} is dropped`,
      "coalesce": `${lost} is replaced`, "block": "its sender waits",
    };
    const isLost = client.queues !== null && client.memory !== null && found.memoryLasts < Infinity;
    const behind = isLost ? "a node whose clients are all so slow is out of memory"
      : surplus < 0 ? "it catches up" : "it stays as far behind";
    const ending = surplus > 0 ? ends[found.effect] ?? "it falls behind forever" : behind;
    return { figures: [...figures, figure("how it ends", ending)], curves };
  };

  const mostOf = ({ least, cycle, sweep }) => least + cycle + sweep;
  const between = (lag) => `${models.inUnit(lag.least, "s")} to ${models.inUnit(mostOf(lag), "s")}`;

  const ofBlip = (blip) => {
    const found = models.blip(blip), { shown, window } = blip;
    const chance = (name, value) => figure(name, Number(value.toFixed(3)), "%");
    const figures = [figure("its line is gone for", blip.outage, "s")];
    for (const [side, lag] of [["client", blip.client], ["server", blip.server]]) {
      if (lag === null) continue;
      figures.push(
        figure(`the ${side} knows after`, between(lag)),
        figure(`the ${side} knows on average after`, lag.least + (lag.cycle + lag.sweep) * 0.5, "s"),
      );
    }
    if (found.returns) {
      figures.push(
        seconds("it is back on average after", found.meanReturn),
        seconds("99 % are back after", found.backAfter(0.99)),
        ...(found.givesUp ? [chance("it gives up", found.givesUp)] : []),
      );
    }
    if (shown !== null) {
      figures.push(
        figure("without it others see it leave after", between(shown)),
        chance("others see it leave and return", found.flickers),
      );
    }
    if (window !== null) {
      figures.push(seconds("the replay reaches back", window), chance("the replay covers the gap", found.covered));
    }
    return { figures, curves: curvesOfABlip(blip, found) };
  };

  const curvesOfABlip = ({ outage, client, server, shown, window, rare, promise }, found) => {
    const even = (end, of) =>
      Array.from({ length: POINTS + 1 }, (_, at) => (end * at) / POINTS).map((time) => [time, of(time)]);
    let end = AROUND * Math.max(outage, ...[client, server, shown].filter(Boolean).map(mostOf)) || 1;
    if (found.returns) end = Math.max(end, Math.min(found.backAfter(0.99), 4 * end));
    const events = [["its line is back", outage], ["promised", promise]];
    const overTime = (name, of) => curve(name, "%", even(end, of), { moments: events });
    const lengths = [["the outage shown", outage], ["99 % of outages", rare]];
    const curves = [];
    const isKnown = (time) => models.shareBy(server, time);
    if (server !== null) curves.push(overTime("chance that the server knows", isKnown));
    if (found.returns) curves.push(overTime("chance that it is back", found.backBy));
    if (shown !== null) {
      curves.push(overTime("chance that others see it as offline", found.offlineAt));
      const longest = AROUND * Math.max(mostOf(shown), outage) || 1;
      const seen = even(longest, (time) => models.shareBy(shown, time));
      curves.push(curve("absences that others see", "%", seen, { moments: [...lengths, ["promised", promise]] }));
    }
    if (window !== null) {
      const longest = AROUND * Math.max(outage, rare ?? 0, window < Infinity ? window : 0) || 1;
      const points = [[0, 1], ...(window < longest ? [[window, 1], [window, 0], [longest, 0]] : [[longest, 1]])];
      curves.push(curve("absences that the replay covers", "%", points, { moments: lengths }));
    }
    return curves;
  };

  const ofGrowth = (grown) => {
    const { allEdits, log, document, snapshotAfter } = models.growth(grown), { message, kept, encoded } = grown;
    const options = {
      levels: [["snapshot", grown.snapshot]], moments: [["a week of 40 h", grown.edits * WEEK_OF_WORK]],
    };
    const figures = [
      figure("edits", grown.edits, "/s"), figure("edits of the whole time", models.rounded(allEdits)),
    ];
    const curves = [];
    if (message !== null) {
      const bend = kept !== null && kept < allEdits ? [kept] : [];
      const points = [0, ...bend, allEdits].map((at) => [at, log(at)]);
      curves.push(curve("log of operations", "B", points, options));
      figures.push(
        figure("bytes of an edit in the log", message, "B"),
        figure("edits that the log keeps", kept === null ? "all" : models.rounded(kept)),
        figure("the log then has", log(allEdits), "B"),
      );
    }
    if (encoded !== null) {
      const points = [0, allEdits].map((at) => [at, document(at)]);
      curves.push(curve("document, of one writer in sequence", "B", points, options));
      figures.push(
        figure("bytes of an edit in the document", encoded),
        figure("the document then has", document(allEdits), "B"),
      );
      if (snapshotAfter !== null) figures.push(seconds("it has its snapshot's size after", snapshotAfter));
    }
    return { figures, curves };
  };

  const KERNELS = { "storm": ofStorm, "slow-client": ofSlowClient, "blip": ofBlip, "growth": ofGrowth };

  /** Figures and curves of a scenario by its kernel, as its `course` in Python gives them.

      Figures are `{name, value, unit}`, where a value may be a word. Curves have `name`, `unit`, `points` as
      pairs, `levels` and `moments` as pairs of label and number, and `isMean`. */
  models.course = (kernel, parameters) => KERNELS[kernel](parameters);
})();
