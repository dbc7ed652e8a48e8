/* What happens to one feature, in closed form: ports of `slow_client.py`, `blip.py` and `growth.py` in
   `rtreview/models/`, where it is told why. */
(() => {
  "use strict";

  const sum = (numbers) => numbers.reduce((total, number) => total + number, 0);
  const orNever = (number) => number ?? Infinity;

  // The queue of one client that receives less than it is sent: `rtreview/models/slow_client.py`.

  const AROUND = 1.25, WITHOUT_END = 600;

  const timeToFill = (size, surplus) => (surplus > 0 ? size / surplus : Infinity);

  /** How a queue goes on: when it is full, how much waits at a time, how old what is received is. */
  models.slowClient = (client) => {
    const { arrival, drain, stall, queues, memory } = client, surplus = arrival - drain;
    const inTime = client.maxAge === null ? Infinity : arrival * client.maxAge;
    const limit = Math.min(inTime, orNever(client.bound));
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
    const ends = [...new Set(bends.filter((end) => end > 0 && end < Infinity))].sort((left, right) => left - right);
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

  const HOUR = 3600, EVERYBODY = 1e9, MOMENTS = 240, QUANTILES = 40, GROUPS = 8, LONG = 10, NOTHING = 1e-6;

  const mostOf = ({ least, cycle, sweep }) => least + cycle + sweep;

  const square = (corner) => (corner > 0 ? corner * corner : 0);

  /** The chance that the sum of two even spans from 0 s on is over by a time. */
  const sumBy = (past, first, second) => {
    const short = Math.min(first, second), long = Math.max(first, second);
    if (past < 0) return 0;
    if (past >= short + long) return 1;
    const part = short / long, rest = past / long;
    if (part < NOTHING) return Math.min(1, rest);
    return (square(rest) - square(rest - part) - square(rest - 1)) / (2 * part);
  };

  /** How many of some numbers in order are no larger than a limit. */
  const countUpTo = (numbers, limit) => {
    let least = 0, most = numbers.length;
    while (least < most) {
      const middle = (least + most) >> 1;
      if (numbers[middle] <= limit) least = middle + 1;
      else most = middle;
    }
    return least;
  };

  /** Times to return that are all as likely; infinite for those who give up. */
  const quantilesOf = ({ times, back, ending }) => {
    const whole = ending === "back" ? back.at(-1) : 1;
    let before = 0, earlier = 0, at = 0;
    return Array.from({ length: QUANTILES }, (_, number) => {
      const share = (whole * (number + 0.5)) / QUANTILES;
      for (; at < back.length && back[at] < share; at++) [before, earlier] = [back[at], times[at]];
      if (at === back.length) return Infinity;
      return earlier + ((share - before) / (back[at] - before)) * (times[at] - earlier);
    });
  };

  const ofOne = {
    clients: 1, capacity: EVERYBODY, refusal: 0, noticed: 0, outage: 0, silent: false, answer: 0.1,
    connectTimeout: null, queue: false, horizon: HOUR,
  };

  /** The ways back by the moment in the cycle at which the line is lost: each as likely, each with its times. */
  const waysOf = ({ outage, client, plan, connectTimeout }) => {
    const lates = Array.from({ length: MOMENTS }, (_, number) => (number + 0.5) / MOMENTS);
    if (client === null || plan === null) return lates.map((late) => ({ late, times: [Infinity] }));
    const { least } = client, most = mostOf(client);
    const groups = outage < LONG * most ? GROUPS : 1;
    const width = Math.max(0, Math.min(most, outage) - least) / groups;
    const waits = most >= outage ? quantilesOf(models.storm({ ...ofOne, plan })) : [];
    const tried = [];
    const tries = (group) => {
      const begin = least + group * width;
      tried[group] ??= quantilesOf(models.storm({
        ...ofOne, plan, outage, connectTimeout, silent: true, horizon: HOUR + outage,
        noticed: width ? [begin, begin + width] : begin,
      }));
      return tried[group];
    };
    return lates.map((late) => {
      const noticed = least + (most - least) * late;
      if (noticed >= outage) return { late, times: waits.map((wait) => noticed + wait) };
      return { late, times: tries(width ? Math.min(groups - 1, Math.trunc((noticed - least) / width)) : 0) };
    });
  };

  /** The chance that a random time, a `Lag`, is over by a time. */
  models.shareBy = ({ least, cycle, sweep }, time) => sumBy(time - least, cycle, sweep);

  /** Who knows when, when the client is back, and what is seen and lost meanwhile. */
  models.blip = (blip) => {
    const { shown, window } = blip, ways = waysOf(blip);
    const times = ways.flatMap((way) => way.times).sort((left, right) => left - right);
    const returning = times.filter((time) => time < Infinity);
    const backBy = (time) => countUpTo(times, time) / times.length;

    /** The chance that others see it as offline by a time, if it is not back. */
    const seenBy = (time, { late }) => {
      if (shown === null) return 0;
      if (!blip.together) return models.shareBy(shown, time);
      return sumBy(time - shown.least - shown.cycle * late, 0, shown.sweep);
    };
    const awayAt = (time, way) => 1 - countUpTo(way.times, time) / way.times.length;
    return {
      backBy,
      returns: blip.client !== null && blip.plan !== null,
      backAfter: (share) => times[Math.ceil(share * times.length) - 1],
      meanReturn: returning.length ? sum(returning) / returning.length : Infinity,
      givesUp: (times.length - returning.length) / times.length,
      offlineAt: (time) =>
        ways.reduce((total, way) => total + seenBy(time, way) * awayAt(time, way), 0) / ways.length,
      flickers: sum(ways.flatMap((way) => way.times.map((time) => seenBy(time, way)))) / times.length,
      covered: window === null ? 0 : backBy(window),
    };
  };

  // A document that is edited without a pause: `rtreview/models/growth.py`.

  /** Bytes of the log and of the document after so many edits; null where they are not known. */
  models.growth = ({ edits, editing, message, kept, encoded, snapshot }) => ({
    allEdits: edits * editing,
    log: (count) => (message === null ? null : message * Math.min(count, orNever(kept))),
    document: (count) => (encoded === null ? null : count * encoded),
    snapshotAfter: snapshot === null || encoded === null ? null : snapshot / encoded / edits,
  });
})();
