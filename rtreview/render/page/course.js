/* What a scenario comes to, in one shape for all: `rtreview/course.py`, with the models that it tells of. */
(() => {
  "use strict";

  const AROUND = 1.25, POINTS = 120, HOUR = 3600, EVERYBODY = 1e9, WITHOUT_END = 600;
  const orNever = (number) => number ?? Infinity;

  // How a number with a unit is printed: `rtreview/quantity.py`.

  const plain = (number) => {
    if (!Number.isFinite(number)) return "∞";
    if (!Number.isInteger(number) && Math.abs(number) < 10000) return String(Number(number.toPrecision(4)));
    const whole = models.rounded(number);
    return Math.abs(whole) >= 10000 ? whole.toLocaleString("en-US") : String(whole);
  };
  const scaled = (number, units) => {
    const [name, size] = units.find(([, one]) => number >= one) ?? units.at(-1);
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
    const [name, size] = units.find(([, one]) => time >= one && time % one === 0 && time !== 60)
      ?? units.find(([, one]) => time >= 10 * one) ?? ["s", 1];
    return `${plain(time / size)} ${name}`;
  };
  const rate = (number) => {
    const [name, size] = [["s", 1], ["min", 60]].find(([, one]) => number * one >= 1) ?? ["h", 3600];
    return `${plain(number * size)}/${name}`;
  };

  /** A number of seconds, bytes, shares, or events a second, or a word, as it is printed. */
  models.told = (value, unit = "") => {
    if (typeof value === "string") return value;
    if (unit === "s") return duration(value);
    if (unit === "/s") return rate(value);
    if (unit === "%") return `${plain(value * 100)} %`;
    return unit.startsWith("B") ? bytes(value) + unit.slice(1) : plain(value);
  };

  // The queue of one client that receives less than it is sent: `rtreview/models/slow_client.py`.

  const timeToFill = (size, surplus) => (surplus > 0 ? size / surplus : Infinity);

  /** How a queue goes on: when it is full, how much waits at a time, how old what is received is. */
  models.slowClient = (client) => {
    const { arrival, drain, stall, queues, memory } = client, surplus = arrival - drain;
    const limit = Math.min(orNever(client.maxAge === null ? null : arrival * client.maxAge), orNever(client.bound));
    const effect = client.maxAge !== null && limit !== client.bound ? "drop-oldest" : client.overflow;
    const stalled = arrival * stall, ageWhenFull = drain ? limit / drain : Infinity;

    const reaches = (size) => (size <= stalled ? size / arrival : stall + timeToFill(size - stalled, surplus));
    const waiting = (after) => {
      const still = Math.min(after, stall), filled = Math.min(limit, arrival * still);
      return Math.max(0, Math.min(limit, filled + surplus * (after - still)));
    };
    const age = (after) => {
      if (effect === null || effect === "drop-oldest" || effect === "disconnect") return waiting(after) / arrival;
      const passed = Math.max(0, after - (drain * (after - stall)) / arrival);
      return Math.min(passed, ageWhenFull);
    };

    const fullAfter = reaches(limit), isCutOff = effect === "disconnect" && surplus > 0;
    const emptyAfter = surplus >= 0 ? Infinity : stall + waiting(stall) / -surplus;
    const share = queues === null || memory === null ? Infinity : memory / queues;
    const memoryLasts = share >= limit ? Infinity : reaches(share);

    const bends = [stall, fullAfter, emptyAfter];
    if (surplus > 0 && effect !== "drop-oldest" && effect !== "disconnect") bends.push(fullAfter + ageWhenFull);
    const ends = [...new Set(bends.filter((end) => end > 0 && end < Infinity))].sort((one, other) => one - other);
    if (fullAfter === Infinity && surplus >= 0) {
      ends.push(memoryLasts < Infinity ? memoryLasts : stall + WITHOUT_END);
    } else if (!isCutOff) {
      ends.push(AROUND * ends.at(-1));
    }
    const moments = [0, ...ends];
    return {
      limit, effect, surplus, fullAfter, emptyAfter, isCutOff, memoryLasts, ageWhenFull, moments, waiting, age,
      oldest: Math.max(...moments.map(age)),
      lost: Math.max(0, surplus) / arrival,
    };
  };

  // A client that loses its line without a word: `rtreview/models/blip.py`.

  const meanOf = ({ least, cycle, sweep }) => least + (cycle + sweep) * 0.5;
  const mostOf = ({ least, cycle, sweep }) => least + cycle + sweep;

  /** The chance that a random time is over: the distribution of a sum of two even spans. */
  const shareBy = ({ least, cycle, sweep }, time) => {
    const past = time - least, short = Math.min(cycle, sweep), long = Math.max(cycle, sweep);
    if (past < 0) return 0;
    if (long === 0) return 1;
    if (short === 0) return Math.min(1, past / long);
    const [all, one, other, both] = [0, short, long, short + long].map((end) => Math.max(0, past - end) ** 2);
    return Math.min(1, (all - one - other + both) / (2 * short * long));
  };

  /** Who knows when, when the client is back, and what is seen and lost meanwhile. */
  models.blip = (blip) => {
    const { client, plan, outage, shown, window } = blip;
    const recovery = plan === null || client === null ? null : models.storm({
      clients: 1, capacity: EVERYBODY, plan, refusal: 0, outage, silent: true, answer: 0.1, queue: false,
      noticed: mostOf(client) > client.least ? [client.least, mostOf(client)] : client.least,
      connectTimeout: blip.connectTimeout,
      horizon: HOUR + outage + mostOf(client),
    });
    const whole = recovery?.ending === "back" ? recovery.back.at(-1) : 1;
    const times = [-1, 0, ...(recovery?.times ?? [])];
    const back = [0, 0, ...(recovery?.back ?? []).map((share) => share / whole)];
    const steps = times.slice(1).map((time, at) => ({ middle: (times[at] + time) / 2, share: back[at + 1] - back[at] }));
    const overSteps = (of) => steps.reduce((total, { middle, share }) => total + share * of(middle), 0);

    const backBy = (time) => {
      const at = times.findIndex((end) => end >= time);
      if (at < 0) return back.at(-1);
      return back[at - 1] + ((back[at] - back[at - 1]) * (time - times[at - 1])) / (times[at] - times[at - 1]);
    };
    const seen = shown ? Math.min(1, overSteps((time) => shareBy(shown, time)) + 1 - back.at(-1)) : 0;
    return {
      recovery, backBy,
      meanReturn: back.at(-1) ? overSteps((time) => time) / back.at(-1) : Infinity,
      flickers: seen,
      offlineAt: (time) => (shown ? shareBy(shown, time) * (1 - backBy(time)) : 0),
      covered: window === null ? 0 : backBy(window),
    };
  };

  // A document that is edited without a pause: `rtreview/models/growth.py`.

  /** Bytes of the log and of the document after so many edits; null where they are not known. */
  models.growth = ({ edits, editing, message, kept, encoded, snapshot }) => ({
    allEdits: edits * editing,
    log: (count) => (message === null ? null : message * Math.min(count, orNever(kept))),
    document: (count) => (encoded === null ? null : count * encoded),
    snapshotAfter: snapshot === null || encoded === null ? null : encoded ? snapshot / encoded / edits : Infinity,
  });

  // Figures and curves.

  const significant = (number, digits) => (Number.isFinite(number) ? Number(number.toPrecision(digits)) : number);
  const figure = (name, value, unit = "") => ({ name, value, unit: typeof value === "string" ? "" : unit });
  const seconds = (name, value) => figure(name, significant(value, 3), "s");

  /** A curve, without the levels and moments that there are not. */
  const curve = (name, unit, points, { levels = [], moments = [], isMean = false } = {}) => ({
    name, unit, points, isMean,
    levels: levels.filter(([, value]) => value !== null && Number.isFinite(value)),
    moments: moments.filter(([, at]) => at !== null && at > 0 && at <= points.at(-1)[0]),
  });

  const ofStorm = (storm) => {
    const { times, attempts, back, peak, each, allBack, ending, backAfter } = models.storm(storm);
    const figures = [
      figure("clients that are disconnected", storm.clients),
      figure("accepts a second", storm.capacity, "/s"),
      figure("attempts in the busiest second", peak, "/s"),
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
      curve("share that is back", "%", [[0, 0], ...zipped(back)], { moments: halves }),
    ] };
  };

  const ofSlowClient = (client) => {
    const found = models.slowClient(client), { limit, fullAfter, moments, surplus } = found;
    const isBounded = limit < Infinity, orNoBound = (name, value, unit) => figure(name, isBounded ? value : "no bound", unit);
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
    const lost = models.told(significant(found.lost, 3), "%");
    const ends = {
      "disconnect": "cut off", "drop-oldest": `${lost} is dropped`, "drop-newest": `${lost} is dropped`,
      "coalesce": `${lost} is replaced`, "block": "its sender waits",
    };
    const behind = surplus < 0 ? "it catches up" : "it stays as far behind";
    const ending = surplus > 0 ? ends[found.effect] ?? "it falls behind for ever" : behind;
    return { figures: [...figures, figure("how it ends", ending)], curves };
  };

  const between = (lag) => `${models.told(lag.least, "s")} to ${models.told(mostOf(lag), "s")}`;

  const ofBlip = (blip) => {
    const found = models.blip(blip), { recovery } = found, { outage, shown, window } = blip;
    const chance = (name, value) => figure(name, Number(value.toFixed(3)), "%");
    const figures = [figure("its line is gone for", outage, "s")];
    for (const [side, lag] of [["client", blip.client], ["server", blip.server]]) {
      if (!lag) continue;
      figures.push(figure(`the ${side} knows after`, between(lag)));
      figures.push(figure(`the ${side} knows on average after`, meanOf(lag), "s"));
    }
    if (recovery) {
      figures.push(seconds("it is back on average after", found.meanReturn));
      figures.push(seconds("99 % are back after", recovery.backAfter(0.99)));
      if (recovery.ending === "gave up") figures.push(chance("it gives up", recovery.gaveUp));
    }
    if (shown) {
      figures.push(figure("without it others see it leave after", between(shown)));
      figures.push(chance("others see it leave and return", found.flickers));
    }
    if (window !== null) {
      figures.push(seconds("the replay reaches back", window), chance("the replay covers the gap", found.covered));
    }
    return { figures, curves: curvesOfABlip(blip, found) };
  };

  const curvesOfABlip = ({ outage, client, server, shown, window, rare }, { recovery, backBy, offlineAt }) => {
    const even = (end, of) => Array.from({ length: POINTS + 1 }, (_, at) => [(end * at) / POINTS, of((end * at) / POINTS)]);
    let end = AROUND * Math.max(outage, ...[client, server, shown].filter(Boolean).map(mostOf));
    if (recovery) end = Math.max(end, Math.min(recovery.times.at(-1), 4 * end));
    const overTime = (name, of) => curve(name, "%", even(end, of), { moments: [["its line is back", outage]] });
    const moments = [["the outage shown", outage], ["99 % of outages", rare]];
    const curves = [];
    if (server) curves.push(overTime("chance that the server knows", (time) => shareBy(server, time)));
    if (recovery) curves.push(overTime("chance that it is back", backBy));
    if (shown) {
      curves.push(overTime("chance that others see it as offline", offlineAt));
      const longest = AROUND * Math.max(mostOf(shown), outage) || 1;
      curves.push(curve("absences that others see", "%", even(longest, (time) => shareBy(shown, time)), { moments }));
    }
    if (window !== null) {
      const longest = AROUND * Math.max(outage, rare ?? 0, window) || 1;
      const points = [[0, 1], ...(window < longest ? [[window, 1], [window, 0], [longest, 0]] : [[longest, 1]])];
      curves.push(curve("absences that the replay covers", "%", points, { moments }));
    }
    return curves;
  };

  const ofGrowth = (grown) => {
    const { allEdits, log, document, snapshotAfter } = models.growth(grown), { message, kept, encoded } = grown;
    const options = { levels: [["snapshot", grown.snapshot]], moments: [["a week of 40 h", grown.edits * 40 * HOUR]] };
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

  /** Figures and curves of a scenario by its name, as `course` in Python gives them.

      Figures are `{name, value, unit}`, where a value may be a word. Curves have `name`, `unit`, `points` as
      pairs, `levels` and `moments` as pairs of label and number, and `isMean`. */
  models.course = (name, parameters) =>
    ({ "slow-client": ofSlowClient, "blip": ofBlip, "growth": ofGrowth }[name] ?? ofStorm)(parameters);
})();
