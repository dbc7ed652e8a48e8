/* The parameters of a scenario after sliders have moved: what `rtreview/simulate/` would read from the spec. */
(() => {
  "use strict";

  const orNull = (value) => (value === undefined || value === "none" ? null : value);

  /** The plan of a client; only those fields count that it goes by. */
  const planned = (plan, { values, saysHow }, changes) => {
    const told = (field) => changes[`transport.reconnect.${field}`];
    const strategy = values["transport.reconnect.strategy"], moved = { ...plan };
    const waitsForRetry = values["transport.kind"] === "sse" && (!saysHow || strategy === "browser");
    const grows = !waitsForRetry && strategy !== "immediate" && strategy !== "fixed" && !plan.delays.length;
    if (told("first_delay") !== undefined && strategy !== "immediate") moved.first = orNull(told("first_delay"));
    if (told("jitter") !== undefined && !waitsForRetry) moved.jitter = orNull(told("jitter"));
    if (told("cap") !== undefined && grows) moved.cap = orNull(told("cap"));
    return moved;
  };

  /** Storms scale with the clients and with what a node accepts, whatever their share of both is. */
  const storm = (parameters, connection, feature, changes) => {
    const scale = (field) => (field in changes ? changes[field] / connection.values[field] : 1);
    const faster = scale("topology.node.accept_rate");
    const isTimed = typeof connection.values["topology.node.reject_cost"] === "number";
    return {
      ...parameters,
      clients: parameters.clients * scale("workload.connections"),
      capacity: parameters.capacity * faster,
      refusal: parameters.refusal * (isTimed ? faster : 1),
      plan: planned(parameters.plan, connection, changes),
    };
  };

  /** From the loss to its discovery: see `numbers.py`, `_detection`. */
  const heartbeat = (values) => {
    const read = (field) => orNull(values[`transport.heartbeat.${field}`]);
    const [interval, timeout, confirmed] = ["interval", "timeout", "confirmed"].map(read);
    const sweep = read("sweep") ?? 0;
    const isSilence = confirmed === null ? timeout > interval : !confirmed;
    if (isSilence) return { least: Math.max(0, timeout - interval), cycle: Math.min(timeout, interval), sweep };
    return { least: (Math.max(1, read("misses") ?? 1) - 1) * interval + timeout, cycle: interval, sweep };
  };

  const blip = (parameters, connection, feature, changes) => {
    const { client, plan, server, shown } = parameters;
    const moved = { ...parameters, plan: plan && planned(plan, connection, changes) };
    if (!Object.keys(changes).some((name) => name.startsWith("transport.heartbeat."))) return moved;
    const after = models.changed(connection, changes), lag = heartbeat(after.values);
    const isNoticed = models.numbers(after, feature).noticed !== null;
    const removal = feature.values["presence.removal"], ttl = orNull(feature.values["presence.ttl"]);
    const expires = removal === "ttl" || removal === "lease" || (ttl !== null && removal === undefined);
    if (client) moved.client = { ...lag, sweep: 0 };
    if (server) moved.server = isNoticed ? lag : null;
    // What others see begins with what the server knows, and ends a grace later.
    if (shown && !expires) {
      moved.shown = isNoticed ? { ...lag, least: lag.least + shown.least - server.least } : null;
    }
    return moved.client || moved.server || moved.shown ? moved : null;
  };

  const slowClient = (parameters, connection, feature, changes) => {
    const { arrival, drain, maxAge } = parameters;
    const after = [models.changed(connection, changes), models.changed(feature, changes)];
    if (parameters.bound === null) return parameters;
    const { bound, queues } = models.numbers(...after);
    if (!bound) return null;
    const stall = arrival > drain ? 0 : Math.min(bound / arrival, maxAge ?? Infinity);
    return { ...parameters, bound, queues, stall };
  };

  const KERNELS = { "storm": storm, "slow-client": slowClient, "blip": blip, "growth": (parameters) => parameters };

  /** The parameters of a kernel with other values of some fields; null where it can be told no more.

      `parameters` are those of the design as it stands, and so are the facts of `connection` and `feature`. */
  models.moved = (kernel, ...stands) => KERNELS[kernel](...stands);
})();
