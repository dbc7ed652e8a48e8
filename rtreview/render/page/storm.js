/* The storm: what follows a mass disconnect. A port of `rtreview/models/backoff.py` and `reconnection.py`, step
   by step, so that both give the same curves; why they are as they are is told there. */
(() => {
  "use strict";

  const sum = (numbers) => numbers.reduce((total, number) => total + number, 0);
  const pairwise = (list) => list.slice(1).map((next, at) => [list[at], next]);

  /** A half goes to the even number, as in Python: a grid may end there. */
  const rounded = (number) => {
    const up = Math.round(number);
    return up - number === 0.5 && up % 2 ? up - 1 : up;
  };
  models.rounded = rounded;

  // How long a client waits between two attempts: `rtreview/models/backoff.py`.

  const SHORTEST_RETRY = 0.01, CELLS = 32, PARTS = 16, GROWING = 200;
  const COUNTED = 32, COUNTED_CLASSES = 8, CLASSES = 1.3;

  /** A uniform delay, of which all that lies beyond the cap is the cap: pieces of least, most and share. */
  const clipped = (least, most, cap) => {
    if (most <= cap || most === least) return [[least, Math.min(most, cap), 1]];
    const within = Math.max(0, (cap - least) / (most - least));
    return [...(within ? [[least, cap, within]] : []), [cap, cap, 1 - within]];
  };

  const quartered = ([least, most, share]) => {
    if (least === most) return [[least, most, share]];
    const edges = [0, 1, 2, 3, 4].map((part) => least + ((most - least) * part) / 4);
    return pairwise(edges).map(([low, high]) => [low, high, share / 4]);
  };

  const mixed = (stay, leave, share) => [
    ...stay.map(([place, part]) => [place, part * share]),
    ...leave.map(([place, part]) => [place, part * (1 - share)]),
  ];

  /** The waits of a plan, each with what may follow it, and the ones to start with. */
  const chainOf = (plan, answer, horizon) => {
    const { base, factor, jitter, first, delays, hint } = plan;
    const cap = Math.min(horizon, plan.cap ?? Infinity);
    const limit = plan.maxAttempts === null ? Infinity : Math.max(1, plan.maxAttempts);
    const grows = jitter === "decorrelated" && !delays.length;
    const counted = grows ? COUNTED_CLASSES : COUNTED;

    const jittered = (delay, most) => {
      if (jitter === null) return [[delay, delay, 1]];
      if (Array.isArray(jitter)) return [[delay + jitter[0], delay + jitter[1], 1]];
      if (typeof jitter === "number") return clipped(delay - jitter * delay, delay + jitter * delay, most);
      if (jitter === "decorrelated") return clipped(delay, 3 * delay, most);
      return [[jitter === "full" ? 0 : delay / 2, delay, 1]];
    };

    const piecesOf = (attempt) => {
      if (delays.length) {
        const listed = delays[Math.min(attempt, delays.length - 1)];
        return jittered(listed, Math.max(cap, listed));
      }
      const number = attempt - (first === null ? 0 : 1);
      const grown = Math.log(Math.max(base, 1e-9)) + number * Math.log(factor);
      const delay = grown > Math.log(cap + 1e-9) + 1 ? cap : base * factor ** number;
      return jittered(Math.min(cap, delay), cap);
    };

    const firstPieces = () => {
      if (Array.isArray(first)) return [[...first, 1]];
      const pieces = first === null ? piecesOf(0) : jittered(first, Math.max(cap, first));
      return grows ? pieces.flatMap(quartered) : pieces;
    };

    /** Classes of decorrelated delays, on a grid that suits steps of time. */
    const classes = () => {
      const least = Math.min(base, cap), grid = Math.max(SHORTEST_RETRY, least + answer) / 2;
      const edges = new Set([least, cap]);
      for (let edge = 4; edge * grid - answer < cap; edge = Math.max(edge + 2, rounded(edge * CLASSES))) {
        edges.add(edge * grid - answer);
      }
      const sorted = [...edges].sort((left, right) => left - right);
      return [...pairwise(sorted).map(([low, high]) => [low, high, 0]), [cap, cap, 0]];
    };

    /** What each attempt waits for, by the plan and by the server's hint, until nothing changes any more. */
    const rounds = [{ pieces: firstPieces(), hinted: [] }];
    const hinted = hint === null ? [] : [Array.isArray(hint) ? [...hint, 1] : [hint, hint, 1]];
    const same = (pieces, others) => others !== null && String(pieces) === String(others);
    let last = null;
    for (let number = 1, alike = 0; number < limit && alike < counted && number < GROWING + counted; number++) {
      const pieces = grows ? classes() : piecesOf(number);
      if ((same(pieces, last) && number >= delays.length) || number >= GROWING) {
        if (limit === Infinity) break;
        alike++;
      }
      rounds.push({ pieces, hinted });
      last = pieces;
    }

    const places = [];
    let at = 0;
    for (const { pieces, hinted: hints } of rounds) {
      places.push({ own: pieces.map((_, part) => at + part), named: hints.length ? at + pieces.length : -1 });
      at += pieces.length + hints.length;
    }

    /** The next waits after one, with their shares. */
    const onward = ([least, most], number, following, own) => {
      if (!grows) return own.map((place, part) => [place, following[part][2]]);
      const low = Math.min(base, cap);
      const isOwn = number > 0 || !Array.isArray(first);
      const [from, to] = isOwn ? [least, most] : [low, low];
      const shares = following.map(() => 0);
      for (let part = 0; part < PARTS; part++) {
        const longest = Math.max(3 * (from + ((to - from) * (part + 0.5)) / PARTS), low + 1e-9);
        following.slice(0, -1).forEach(([begin, end], place) => {
          shares[place] += Math.max(0, Math.min(longest, end) - begin) / (longest - low) / PARTS;
        });
      }
      shares[shares.length - 1] = Math.max(0, 1 - sum(shares));
      return own.map((place, part) => [place, shares[part]]).filter(([, share]) => share > 0);
    };

    /** The chance that another attempt of the same round follows, where rounds stand for several. */
    const stayOf = (number) => {
      const repeating = Math.min(counted, rounds.length);
      if (limit === Infinity || limit === rounds.length || number < rounds.length - repeating) return 0;
      return 1 - repeating / (limit - (rounds.length - repeating));
    };

    const waits = [];
    rounds.forEach(({ pieces, hinted: hints }, number) => {
      const isLast = limit < Infinity && number + 1 === rounds.length;
      const after = Math.min(number + 1, rounds.length - 1);
      const stay = stayOf(number), { own, named } = places[after], here = places[number];
      for (const piece of [...pieces, ...hints]) {
        let unanswered = isLast ? [] : onward(piece, number, rounds[after].pieces, own);
        let refused = unanswered.length && named >= 0 ? [[named, 1]] : unanswered;
        if (stay) {
          const back = onward(piece, number, pieces, here.own);
          unanswered = mixed(back, unanswered, stay);
          refused = mixed(here.named >= 0 ? [[here.named, 1]] : back, refused, stay);
        }
        const least = number ? piece[0] + answer : piece[0];
        const most = number ? Math.max(SHORTEST_RETRY, piece[1] + answer) : piece[1];
        waits.push({ least, most, refused, unanswered });
      }
    });
    const repeated = grows ? base : Math.max(...rounds.at(-1).pieces.map(([, most]) => most));
    return {
      waits,
      start: places[0].own.map((place, part) => [place, rounds[0].pieces[part][2]]),
      unit: Math.max(SHORTEST_RETRY, repeated + answer),
      cells: grows ? 1 : CELLS,
    };
  };

  // What happens after a mass disconnect: `rtreview/models/reconnection.py`.

  const BACKLOG = 1, COARSE = 0.55, HALVINGS = 8, MOST_STEPS = 80000, FINE = 250, ENOUGH = 8000, STALLED = 4;
  const MOST_WORK = 600000, ENOUGH_WORK = 150000;

  /** What a wait of so many steps does to what enters it, as weights on the prefix sums of what entered. */
  const flowOf = (least, most) => {
    if (most <= Math.max(1, least)) {
      const near = Math.max(1, most);
      return { near, far: near, before: -1, at: 1, leaving: 0 };
    }
    const width = most - least;
    if (least === 0) return { near: 1, far: most, before: -0.5 / width, at: 1.5 / width, leaving: 0.5 / width };
    return { near: least, far: most, before: 0.5 / width, at: 0.5 / width, leaving: 0.5 / width };
  };

  /** The longest step, of those that halve each other, that suits a wait: both ends are multiples of it. */
  const gridOf = ({ least, most }, coarse, halvings, cells) => {
    const width = most - least;
    for (let halved = 0; halved < halvings; halved++) {
      const grid = coarse / 2 ** halved;
      const error = Math.max(...[least, most].map((end) => Math.abs(rounded(end / grid) * grid - end)));
      if (error <= 0.005 * most && !(width > 0 && width < 0.99 * cells * grid)) return grid;
    }
    return coarse / 2 ** halvings;
  };

  /** The shortest grid of each wait and all that may follow it. */
  const along = (waits, grids) => {
    for (let changes = true; changes; ) {
      changes = false;
      for (let place = waits.length - 1; place >= 0; place--) {
        const { refused, unanswered } = waits[place];
        const shortest = Math.min(...[...refused, ...unanswered].map(([after]) => grids[after]));
        if (shortest < grids[place]) {
          grids[place] = shortest;
          changes = true;
        }
      }
    }
    return grids;
  };

  /** The clients who wait, by wait: how many entered up to each step since the first, and how many are there. */
  class Waiting {
    constructor(chain, shortest, horizon) {
      this.coarse = chain.unit / (2 * Math.ceil(chain.unit / 2 / COARSE));
      while (this.coarse * Math.min(MOST_STEPS, MOST_WORK / chain.waits.length) < horizon) this.coarse *= 2;
      this.enough = Math.max(FINE, Math.min(ENOUGH, ENOUGH_WORK / chain.waits.length));
      const wanted = Math.ceil(Math.log2((64 * this.coarse) / Math.max(shortest, 1e-3)));
      const halvings = Math.max(0, Math.min(HALVINGS, wanted));
      this.step = this.coarse / 2 ** halvings;
      const grids = chain.waits.map((wait) => gridOf(wait, this.coarse, halvings, chain.cells));
      this.ends = chain.waits.map(({ least, most }, place) =>
        [least, most].map((end) => rounded(end / grids[place]) * grids[place]));
      this.grids = along(chain.waits, grids);
      this.sums = chain.waits.map(() => null);
      this.flows = [];
      this.left = new Float64Array(chain.waits.length);
      this.entering = new Float64Array(chain.waits.length);
    }

    /** Who attempts in this step: places with their mass. */
    due() {
      const attempts = [];
      this.sums.forEach((sums, place) => {
        if (!sums) return;
        const { near, far, before, at, leaving } = this.flows[place], end = sums.length;
        if (near >= end) return;
        const [gone, earlier] = far < end ? [sums[end - far], sums[end - far - 1]] : [0, 0];
        let mass = this.left[place];
        if (sums[end - 1] !== gone) {
          let moved = before * sums[end - near - 1] + at * sums[end - near];
          if (leaving) moved -= leaving * (gone + earlier);
          mass = Math.min(moved, mass);
        }
        if (mass > 0) {
          this.left[place] -= mass;
          attempts.push([place, mass]);
        }
      });
      return attempts;
    }

    /** Let clients begin to wait, in shares. */
    enter(places, mass) {
      for (const [place, share] of places) this.entering[place] += mass * share;
    }

    /** End the step. */
    advance() {
      this.entering.forEach((mass, place) => {
        if (mass && !this.sums[place]) {
          this.flows[place] = this.flow(place);
          this.sums[place] = [0];
        }
        const sums = this.sums[place];
        if (!sums) return;
        this.left[place] += mass;
        sums.push(sums[sums.length - 1] + mass);
        if (!this.left[place]) this.sums[place] = null;
      });
      this.entering.fill(0);
    }

    /** Double the step where that is exact enough for everything that may still happen, or for long. */
    lengthen(time, start) {
      const longer = 2 * this.step;
      if (longer > this.coarse * 1.01 || time < FINE * longer) return;
      const suits = (place) => this.grids[place] >= longer * 0.99;
      const ahead = [...this.sums.keys()].filter((place) => this.sums[place]);
      const areReady = [...ahead, ...start.map(([place]) => place)].every(suits);
      if (time < this.enough * longer && !areReady) return;
      this.step = longer;
      this.sums.forEach((sums, place) => {
        if (!sums) return;
        const { far } = (this.flows[place] = this.flow(place));
        const kept = [];
        for (let at = sums.length - 1; at >= 0 && kept.length < far + 2; at -= 2) kept.push(sums[at]);
        if (kept.length <= far) kept.push(0);
        this.sums[place] = kept.reverse();
      });
    }

    flow(place) {
      const [least, most] = this.ends[place];
      return flowOf(rounded(least / this.step), rounded(most / this.step));
    }
  }

  /** Accepts and refuses. `saved` is work that could be done at once; below zero it is owed. */
  class Server {
    constructor(capacity, refusal) {
      Object.assign(this, { capacity, refusal, saved: 0 });
    }

    accept(attempts, span) {
      const ready = Math.max(0, this.saved), budget = this.budget(span);
      let accepted = attempts;
      if (attempts > budget) {
        const fair = this.refusal < 1 ? (budget - this.refusal * attempts) / (1 - this.refusal) : 0;
        accepted = Math.max(Math.min(attempts, ready), fair);
      }
      this.leave(budget - accepted - this.refusal * (attempts - accepted));
      return accepted;
    }

    budget(span) {
      return Math.min(this.saved + this.capacity * span, this.capacity * Math.max(span, BACKLOG));
    }

    leave(rest) {
      const most = BACKLOG * this.capacity;
      this.saved = Math.max(-most, Math.min(most, rest));
    }
  }

  const massOf = (attempts) => attempts.reduce((total, [, mass]) => total + mass, 0);

  /** Attempts in their order. Those whose clients have left stand before all others: they are the oldest. */
  class Queue {
    constructor() {
      Object.assign(this, { left: 0, waiting: [] });
    }

    join(time, attempts) {
      if (attempts.length) this.waiting.push({ time, attempts });
    }

    /** The attempts that came before a time, whose clients wait no longer. */
    leave(before) {
      const gone = [];
      while (this.waiting.length && this.waiting[0].time <= before) gone.push(this.waiting.shift().attempts);
      this.left += sum(gone.map(massOf));
      return gone;
    }

    /** Accept as many as the budget reaches; how many that were. */
    serve(server, span) {
      let budget = server.budget(span), accepted = 0;
      const dead = server.refusal ? Math.min(this.left, Math.max(0, budget) / server.refusal) : this.left;
      this.left -= dead;
      budget -= dead * server.refusal;
      while (this.waiting.length && budget > 0) {
        const { attempts } = this.waiting[0];
        let mass = massOf(attempts);
        if (mass <= budget) {
          this.waiting.shift();
        } else {
          const rest = 1 - budget / mass;
          this.waiting[0].attempts = attempts.map(([place, part]) => [place, part * rest]);
          mass = budget;
        }
        budget -= mass;
        accepted += mass;
      }
      server.leave(budget);
      return accepted;
    }
  }

  /** Seconds until the delays of a client grow no more, where each of them is as long as it can be. */
  const untilGrown = (waits) => {
    const left = [];
    for (let place = waits.length - 1; place >= 0; place -= 1) {
      const onward = waits[place].refused.filter(([after]) => after > place);
      left[place] = onward.reduce((sum, [after, share]) => sum + share * left[after], waits[place].most);
    }
    return Math.max(...left);
  };

  /** Attempts in the busiest second: it ends or begins with a step. */
  const busiest = (times, totals) => {
    const end = times.at(-1), total = totals.at(-1);
    // Seen from the end, a second that begins with a step ends with one.
    const timesBack = [...times.slice(0, -1).reverse(), 0].map((time) => end - time);
    const totalsBack = [...totals.slice(0, -1).reverse(), 0].map((soFar) => total - soFar);
    return Math.max(busiestEnding(times, totals), busiestEnding(timesBack, totalsBack));
  };

  /** Attempts in the busiest second that ends with a step. */
  const busiestEnding = (times, totals) => {
    let most = 0, first = 0;
    times.forEach((time, last) => {
      while (first < last && times[first] <= time - 1 + 1e-9) first++;
      const begin = first ? times[first - 1] : 0, passed = first ? totals[first - 1] : 0;
      const part = Math.max(0, time - 1 - begin) / (times[first] - begin);
      most = Math.max(most, totals[last] - passed - part * (totals[first] - passed));
    });
    return most;
  };

  /** The way back of all clients, until everybody is back, has given up, or nothing changes any more.

      Gives `times` (the end of each step), `attempts` (a second, in each step), `back` (share at each end),
      `peak`, `each`, `gaveUp`, `allBack`, `ending`, and `backAfter(share)`; never is Infinity. */
  models.storm = (scenario) => {
    const { clients, capacity, plan, outage, silent, answer, queue: queues, horizon } = scenario;
    const { noticed } = scenario, [least, most] = Array.isArray(noticed) ? noticed : [noticed, noticed];
    const chain = chainOf(plan, answer, horizon), { waits } = chain;
    const timeout = scenario.connectTimeout ?? Infinity;
    const server = new Server(capacity, Math.min(1, scenario.refusal)), queue = new Queue();
    const spans = [most - least, outage, ...waits.flatMap((wait) => [wait.most - wait.least, wait.most])];
    if (capacity) spans.push(clients / capacity);
    const shown = spans.filter((span) => span > 0);
    const waiting = new Waiting(chain, shown.length ? Math.min(...shown) : 1, horizon);
    const inQueue = queues && timeout < Infinity ? Math.min(timeout, horizon) : 0;
    const longest = Math.max(...waits.map((wait) => wait.most)) + inQueue;
    const patience = Math.max(STALLED * Math.max(longest, BACKLOG), longest + untilGrown(waits));
    const givingUp = waits.map(({ refused }) => {
      const kept = massOf(refused);
      return kept < 1 - 1e-9 ? 1 - kept : 0;
    });
    const few = Math.min(0.5, 0.001 * clients);
    const unanswered = [];
    let back = 0, gone = 0, tried = 0;

    const fail = (attempts, answered, share = 1) => {
      for (const [place, mass] of attempts) {
        waiting.enter(answered ? waits[place].refused : waits[place].unanswered, mass * share);
        gone += mass * share * givingUp[place];
      }
    };

    const notice = (time, step) => {
      const share = most > least
        ? (Math.min(most, time + step) - Math.max(least, time)) / (most - least)
        : Number(time <= least && least < time + step);
      if (share > 0) waiting.enter(chain.start, share * clients);
    };

    const pass = (time, step) => {
      const attempts = waiting.due(), total = massOf(attempts);
      const live = Math.max(0, Math.min(step, time + step - outage));
      tried += total;
      while (unanswered.length && unanswered[0].time <= time) fail(unanswered.shift().attempts, false);
      if (!live && silent && attempts.length && timeout < Infinity) {
        unanswered.push({ time: time + timeout - answer, attempts });
      } else if (!live) {
        fail(attempts, false);
      } else if (queues) {
        for (const left of queue.leave(time - timeout)) fail(left, false);
        queue.join(time, attempts);
        back += queue.serve(server, live);
      } else {
        const share = total ? server.accept(total, live) / total : server.accept(0, live);
        back += share * total;
        if (total && share < 1) fail(attempts, true, 1 - share);
      }
      notice(time, step);
      waiting.advance();
    };

    let time = 0, lastAccept = Math.max(outage, most);
    const endingNow = () => {
      const away = clients - back;
      if (away < few) return "back";
      if (away - gone < few) return "gave up";
      if (time >= horizon) return "not within the horizon";
      const stalled = time - lastAccept > patience;
      return stalled && !gone ? "refusals take the whole capacity" : null;
    };

    const times = [], totals = [], backs = [];
    let ending = endingNow();
    for (; ending === null; ending = endingNow()) {
      const { step } = waiting, before = back;
      pass(time, step);
      time += step;
      if (back > before) lastAccept = Math.max(lastAccept, time);
      times.push(time);
      totals.push(tried);
      backs.push(Math.min(1, back / clients));
      waiting.lengthen(time, time < most ? chain.start : []);
    }

    const backAfter = (share) => {
      const at = backs.findIndex((now) => now >= share);
      if (at < 0) return Infinity;
      const before = at ? backs[at - 1] : 0, earlier = at ? times[at - 1] : 0;
      const part = backs[at] > before ? (share - before) / (backs[at] - before) : 0;
      return earlier + part * (times[at] - earlier);
    };
    return {
      times,
      attempts: times.map((end, at) => (totals[at] - (totals[at - 1] ?? 0)) / (end - (times[at - 1] ?? 0))),
      back: backs,
      peak: busiest(times, totals),
      each: tried / clients,
      gaveUp: Math.min(1, gone / clients),
      allBack: ending === "back" ? backAfter(1 - few / clients) : Infinity,
      ending,
      backAfter,
    };
  };
})();
