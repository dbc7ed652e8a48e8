/* The verdicts of the rules that sliders concern, when a value changes.

   Each is the rule of that name in `rtreview/rules/`, exemption by exemption; which design must be left alone,
   and why, is told there. Facts are what `rtreview.render.page.facts` makes of a connection or of a feature:
   plain values by their names in the spec, `"none"` for a decision against, nothing where the spec is silent. */
(() => {
  "use strict";

  const [VIOLATED, OPEN, PASSED, EXEMPT] = ["violated", "open", "passed", "not-applicable"];
  const GRAVEST = [VIOLATED, OPEN, PASSED, EXEMPT];

  /** Ends a rule with a verdict, from wherever it is found. */
  class Settled {
    constructor(verdict) {
      this.verdict = verdict;
    }
  }
  const settle = (verdict) => {
    throw new Settled(verdict);
  };
  const settled = (judge) => {
    try {
      return judge();
    } catch (end) {
      if (end instanceof Settled) return end.verdict;
      throw end;
    }
  };

  /** What is said of a connection or a feature. */
  class Subject {
    constructor(facts) {
      Object.assign(this, facts);
    }

    leaf(name) {
      return { value: this.values[name], isGuess: this.assumed.includes(name) };
    }

    isStated(name) {
      return this.values[name] !== undefined;
    }

    isNone(name) {
      return this.values[name] === "none";
    }

    /** The value; nothing where it is `none` or not stated. */
    content(name) {
      return this.isNone(name) ? undefined : this.values[name];
    }

    has(name, ...options) {
      return options.includes(this.content(name));
    }

    isSpan(name) {
      return Array.isArray(this.content(name));
    }

    known(name) {
      return measured(this.leaf(name));
    }
  }

  // Numbers, each a formula over leaves: one that is not stated leaves the verdict open, whatever the formula.

  const derived = (compute, ...inputs) => ({ compute, inputs });
  const leavesOf = (number) => (number.inputs ? number.inputs.flatMap(leavesOf) : [number]);
  const evaluated = (number) => (number.inputs ? number.compute(...number.inputs.map(evaluated)) : number.value);
  const constant = (value) => ({ value, isGuess: false });

  /** The value of a number; nothing where something that goes into it is not stated. */
  const contentOf = (number) =>
    leavesOf(number).some(({ value }) => value === undefined || value === "none") ? undefined : evaluated(number);

  const measured = (number) => {
    const values = leavesOf(number).map((leaf) => leaf.value);
    if (values.includes("none")) settle(EXEMPT);
    if (values.includes(undefined)) settle(OPEN);
    const value = evaluated(number);
    return Number.isNaN(value) ? settle(EXEMPT) : value;
  };

  /** Nothing is divided by 0: there is no such number then. */
  const over = (number, divisor) => (divisor ? number / divisor : NaN);
  const isClose = (one, other) =>
    one === other || Math.abs(one - other) <= 1e-9 * Math.max(Math.abs(one), Math.abs(other));

  /** Whether `left` is below `right`, or at most as much. What holds only by a guess is open. */
  const limit = (left, right, orEqual = false) =>
    settled(() => {
      const most = measured(right), value = measured(left);
      if (!(isClose(value, most) ? orEqual : value < most)) return VIOLATED;
      return [left, right].flatMap(leavesOf).some((leaf) => leaf.isGuess) ? OPEN : PASSED;
    });

  // The connection, and the numbers of its return: `design.py`, `numbers.py`.

  const CLIENTS = "workload.connections", NODES = "topology.nodes", ACCEPT_RATE = "topology.node.accept_rate";
  const REJECT_COST = "topology.node.reject_cost", ADMISSION = "operations.admission", KIND = "transport.kind";
  const SERVICE = "transport.service", BEAT = "transport.heartbeat";
  const PLAN = "transport.reconnect", STRATEGY = `${PLAN}.strategy`, JITTER = `${PLAN}.jitter`;
  const FIRST = `${PLAN}.first_delay`, BASE = `${PLAN}.base`, CAP = `${PLAN}.cap`, DELAYS = `${PLAN}.delays`;
  const HINT = `${PLAN}.server_hint`, INTERVAL = `${BEAT}.interval`, TIMEOUT = `${BEAT}.timeout`;
  const QUEUE = "backpressure.queue", OVERFLOW = "backpressure.overflow", USUAL = "workload.messages.size.typical";

  const browserDecides = (c) => c.has(KIND, "sse") && (c.has(STRATEGY, "browser") || !c.hasPlan);
  const isServed = (c) => c.content(SERVICE) && !c.isStated(NODES);

  const acceptedWithin = (c, seconds) => {
    const [clients, nodes, rate] = [CLIENTS, NODES, ACCEPT_RATE].map((name) => c.content(name));
    const all = ![clients, nodes, rate].includes(undefined);
    return all && clients <= nodes * rate * seconds;
  };

  const reconnects = (c) => {
    if (c.has(KIND, "polling") || c.isNone(PLAN)) settle(EXEMPT);
  };

  const returning = (c) => {
    reconnects(c);
    if (isServed(c) || c.has(KIND, "webrtc") || c.has(CLIENTS, 0)) settle(EXEMPT);
  };

  const isExact = (c) => {
    if (c.isSpan(FIRST) || c.has(HINT, "random")) return false;
    const atOnce = c.has(STRATEGY, "immediate") && !c.isStated(JITTER);
    return c.isNone(JITTER) || c.has(JITTER, 0) || atOnce;
  };

  const capacity = (c) => derived((nodes, rate) => nodes * rate, c.leaf(NODES), c.leaf(ACCEPT_RATE));
  const capacityOfTheOthers = (c) =>
    derived((nodes, rate) => Math.max(0, nodes - 1) * rate, c.leaf(NODES), c.leaf(ACCEPT_RATE));
  const perNode = (c) =>
    derived((clients, nodes) => (nodes ? clients / nodes : Infinity), c.leaf(CLIENTS), c.leaf(NODES));

  const listed = (c, at) => ({ ...c.leaf(DELAYS), value: c.content(DELAYS).at(at) });

  const firstDelay = (c) => {
    if (c.isStated(FIRST)) return c.leaf(FIRST);
    return c.content(DELAYS)?.length ? listed(c, 0) : c.leaf(BASE);
  };

  const longestDelay = (c) => {
    if (c.isStated(CAP)) return c.leaf(CAP);
    if (c.content(DELAYS)?.length) return listed(c, -1);
    return c.leaf(c.has(STRATEGY, "fixed") ? BASE : CAP);
  };

  const firstAttemptSpread = (c) => {
    reconnects(c);
    const width = ([least, most]) => most - least, nothing = () => 0;
    if (c.isSpan(FIRST)) return derived(width, c.leaf(FIRST));
    const waitsForRetry = c.has(KIND, "sse") && (!c.saysHow || c.has(STRATEGY, "browser"));
    if (waitsForRetry) return derived(nothing, c.leaf("transport.retry"));
    if (c.has(STRATEGY, "immediate") && !c.isSpan(JITTER)) return derived(nothing, c.leaf(STRATEGY));
    if (c.isNone(JITTER)) return { ...c.leaf(JITTER), value: 0 };
    if (c.isSpan(JITTER)) return derived(width, c.leaf(JITTER));
    const shares = { full: 1, equal: 0.5, decorrelated: 2 };
    return derived((first, jitter) => first * (shares[jitter] ?? 2 * jitter), firstDelay(c), c.leaf(JITTER));
  };

  const peakOf = (clients, c) =>
    derived((all, spread) => all / Math.max(spread, 1), clients, firstAttemptSpread(c));

  const meanDelayAtCap = (c) => {
    reconnects(c);
    const cap = longestDelay(c), shares = { full: 0.5, equal: 0.75, decorrelated: 0.62 };
    if (cap.value === "none") settle(EXEMPT);
    if (c.isNone(JITTER)) return derived((most) => most, cap);
    if (c.isSpan(JITTER)) return derived((most, span) => most + (span[0] + span[1]) * 0.5, cap, c.leaf(JITTER));
    return derived((most, jitter) => most * (shares[jitter] ?? 1 - jitter / 4), cap, c.leaf(JITTER));
  };

  const rejectionLoad = (c) => {
    const mean = meanDelayAtCap(c), cost = c.leaf(REJECT_COST);
    if (c.content(REJECT_COST) !== undefined) {
      return derived((clients, delay, each, rate) => over(clients, delay) * each * rate,
        c.leaf(CLIENTS), mean, cost, c.leaf(ACCEPT_RATE));
    }
    // A fifth of an accept is typical, and assumed where the spec is silent.
    const share = c.isNone(REJECT_COST) ? cost : { value: 0.2, isGuess: true };
    return derived((clients, delay, each) => over(clients, delay) * each, c.leaf(CLIENTS), mean, share);
  };

  // Heartbeats and queues: `rules/detection.py`, `rules/queues.py`.

  const isSilence = (c) => {
    if (c.has(`${BEAT}.layer`, "sse-comment")) return true;
    const confirmed = c.content(`${BEAT}.confirmed`);
    if (confirmed !== undefined) return !confirmed;
    const [interval, timeout] = [c.content(INTERVAL), c.content(TIMEOUT)];
    return interval !== undefined && timeout > interval;
  };

  const noticedWithin = (c) => {
    const layer = `${BEAT}.layer`, from = `${BEAT}.from`;
    const confirmed = `${BEAT}.confirmed`, misses = `${BEAT}.misses`;
    if (c.has(KIND, "polling", "long-polling") || c.isNone(BEAT)) settle(EXEMPT);
    if ((c.has(confirmed, false) && c.has(from, "server")) || c.has(layer, "sse-comment")) settle(EXEMPT);
    if (c.has(from, "client") && c.has(confirmed, true)) settle(EXEMPT);
    if (c.has(from, "client") && !isSilence(c)) settle(OPEN);
    const sweep = c.content(`${BEAT}.sweep`) === undefined ? constant(0) : c.leaf(`${BEAT}.sweep`);
    const spans = [c.leaf(INTERVAL), c.leaf(TIMEOUT), sweep];
    if (isSilence(c)) return derived((_, timeout, look) => timeout + look, ...spans);
    const times = c.content(misses) === undefined ? constant(1) : c.leaf(misses);
    return derived((every, wait, look, missed) => Math.max(1, missed) * every + wait + look, ...spans, times);
  };

  const isBounded = (feature, connection) => {
    if (connection.has(KIND, "polling") || feature.has("direction", "client-to-server")) settle(EXEMPT);
    if (feature.isNone(QUEUE) || feature.has(QUEUE, "unbounded")) settle(EXEMPT);
  };

  const boundOfQueue = (feature, size) => {
    const [keys, messages, bytes] = ["max_keys", "max_messages", "max_bytes"].map((name) => `${QUEUE}.${name}`);
    const count = feature.content(keys) === undefined ? messages : keys;
    const isCounted = feature.content(count) !== undefined, hasBytes = feature.content(bytes) !== undefined;
    if (!isCounted) return hasBytes ? feature.leaf(bytes) : settle(OPEN);
    const counted = derived((most, each) => most * each, feature.leaf(count), feature.leaf(size));
    return hasBytes ? derived(Math.min, feature.leaf(bytes), counted) : counted;
  };

  const memoryOfQueues = (feature, connection, size) => {
    const one = boundOfQueue(feature, size), clients = perNode(connection);
    const isShared = feature.has("fan_out.serialise", "once") && !connection.content("transport.compression");
    if (!isShared) return derived((bound, many) => bound * many, one, clients);
    if (feature.hasOneWriter && !feature.hasRooms) return one;
    const rooms = feature.leaf("workload.rooms.count");
    return derived((bound, many, count) => bound * Math.min(many, count), one, clients, rooms);
  };

  const ofConnection = {
    "first-reconnect-spread-too-small": (c) => {
      returning(c);
      if (browserDecides(c)) return EXEMPT;
      if (!c.hasPlan) return OPEN;
      if (isExact(c) || c.content(ADMISSION)) return EXEMPT;
      if (c.has(HINT, "random") && !c.isSpan(FIRST)) return OPEN;
      if (acceptedWithin(c, 2)) return EXEMPT;
      const apart = c.path?.length === 0 && !c.has("operations.rollout", "all-at-once");
      if (apart && c.content(NODES) > 1) return limit(peakOf(perNode(c), c), capacityOfTheOthers(c), true);
      return limit(peakOf(c.leaf(CLIENTS), c), capacity(c), true);
    },

    "reconnect-without-jitter": (c) => {
      c.known(KIND);
      if (c.has(KIND, "polling", "webrtc") || c.isNone(PLAN) || isServed(c) || browserDecides(c)) return EXEMPT;
      if (acceptedWithin(c, 1)) return EXEMPT;
      if (!c.hasPlan) return OPEN;
      const isRandom = (name) => c.isSpan(name) || c.has(name, "full", "equal", "decorrelated", "random");
      if ([JITTER, FIRST, HINT].some(isRandom) || c.content(JITTER) > 0) return PASSED;
      return c.has(STRATEGY, "immediate") || c.isStated(JITTER) ? VIOLATED : OPEN;
    },

    "backoff-cap-below-herd": (c) => {
      returning(c);
      if (browserDecides(c)) return EXEMPT;
      if (!c.hasPlan) return OPEN;
      const givesUp = c.content(`${PLAN}.max_attempts`) !== undefined;
      if (c.has(STRATEGY, "immediate") || givesUp || c.content(HINT) || c.has(ADMISSION, "queue")) return EXEMPT;
      if (c.content(ADMISSION) && !c.isStated(REJECT_COST)) return OPEN;
      if (contentOf(meanDelayAtCap(c)) === 0) return EXEMPT;
      return limit(rejectionLoad(c), capacity(c));
    },

    "node-loss-overload": (c) => {
      if (c.has(KIND, "polling") || c.isNone(PLAN) || isServed(c) || c.known(NODES) <= 1) return EXEMPT;
      const afterLoss = derived((clients, nodes) => clients / (nodes - 1), c.leaf(CLIENTS), c.leaf(NODES));
      return limit(afterLoss, c.leaf("topology.node.max_connections"), true);
    },

    "close-all-at-once": (c) => {
      returning(c);
      const spread = "operations.close_spread";
      if (c.content(NODES) <= 1 || c.content(ADMISSION)) return EXEMPT;
      if (c.content(spread) !== undefined && c.content(spread) !== 0) return PASSED;
      const peak = peakOf(perNode(c), c), half = derived((others) => others * 0.5, capacityOfTheOthers(c));
      // Not to be told is no fault where the others can take them.
      return c.isStated(spread) || contentOf(peak) <= contentOf(half) ? limit(peak, half, true) : OPEN;
    },

    "heartbeat-slower-than-path": (c) => {
      if (c.has(KIND, "polling") || c.isNone(BEAT) || c.has(`${BEAT}.layer`, "tcp")) return EXEMPT;
      if (c.path === null) return OPEN;
      if (!c.path.length) return EXEMPT;
      const beat = c.leaf(c.has(KIND, "long-polling") ? "transport.poll_interval" : INTERVAL);
      return gravest(c.path.map((idle) => (idle === "none" ? PASSED : limit(beat, constant(idle ?? undefined)))));
    },
  };

  const ofFeature = {
    "detection-slower-than-promise": (feature, connection) => {
      const promise = "targets.offline_visible_within", removal = "presence.removal";
      if (feature.content(promise) === undefined || feature.has(removal, "ttl", "lease")) return EXEMPT;
      if (feature.content("presence.ttl") !== undefined && !feature.isStated(removal)) return EXEMPT;
      return limit(noticedWithin(connection), feature.leaf(promise), true);
    },

    "slow-client-memory-budget": (feature, connection) => {
      isBounded(feature, connection);
      const largest = "workload.messages.size.max", memory = feature.leaf("topology.node.memory");
      const usual = memoryOfQueues(feature, connection, USUAL);
      const tooMuch = contentOf(usual) > contentOf(memory);
      const counts = feature.content(largest) !== undefined && !tooMuch;
      return limit(counts ? memoryOfQueues(feature, connection, largest) : usual, memory, true);
    },

    "queue-older-than-staleness": (feature, connection) => {
      isBounded(feature, connection);
      if (feature.has(OVERFLOW, "coalesce") || feature.content(`${QUEUE}.max_keys`) !== undefined) return EXEMPT;
      feature.known("targets.staleness");
      const allowed = feature.leaf("targets.staleness"), age = `${QUEUE}.max_age`;
      if (feature.content(age) !== undefined) return limit(feature.leaf(age), allowed, true);
      const drained = (most, rate) => (rate ? most / rate : Infinity);
      const most = boundOfQueue(feature, USUAL), rate = feature.leaf("workload.downlink");
      return limit(derived(drained, most, rate), allowed, true);
    },
  };

  const gravest = (verdicts) => GRAVEST.find((verdict) => verdicts.includes(verdict));
  const judged = (rules, ...subjects) =>
    Object.fromEntries(Object.entries(rules).map(([name, rule]) => [name, settled(() => rule(...subjects))]));

  /** The verdict of each rule by its name: those of a connection, and with a feature on it those of both. */
  models.verdicts = (connection, feature = null) => {
    const shared = new Subject(connection);
    return {
      ...judged(ofConnection, shared),
      ...(feature ? judged(ofFeature, new Subject(feature), shared) : {}),
    };
  };

  const numberOf = (find) => {
    const value = settled(() => measured(find()));
    return typeof value === "number" ? value : null;
  };

  /** Numbers of a feature and its connection that a scenario is made of; null where they are not known.

      `noticed`: when the server notices a loss at the latest. `bound`: bytes of one queue of usual messages.
      `queues`: how many of those lie in the memory of a node at once. */
  models.numbers = (connection, feature) => {
    const shared = new Subject(connection), own = new Subject(feature);
    const bound = numberOf(() => boundOfQueue(own, USUAL));
    const held = numberOf(() => memoryOfQueues(own, shared, USUAL));
    return {
      noticed: numberOf(() => noticedWithin(shared)),
      bound,
      queues: held === null ? null : held / bound,
    };
  };

  /** Facts in which some fields have another value, as if the spec stated it. */
  models.changed = (facts, changes) => {
    const names = Object.keys(changes), values = { ...facts.values, ...changes };
    // A section that was `none` is none any more when one of its fields is there.
    for (const name of names) {
      for (let end = name.lastIndexOf("."); end > 0; end = name.lastIndexOf(".", end - 1)) {
        delete values[name.slice(0, end)];
      }
    }
    const plans = names.some((name) => name.startsWith(`${PLAN}.`));
    return {
      ...facts,
      values,
      assumed: facts.assumed.filter((name) => !names.includes(name)),
      hasPlan: facts.hasPlan || plans,
      saysHow: facts.saysHow || plans,
    };
  };
})();
